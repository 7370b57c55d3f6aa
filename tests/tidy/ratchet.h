// The ratchet: today's offenders, each with how much it may offend, in tests/tidy/ratchet.txt. It
// may only shrink: what got better must be noted, so that it stays better. Pure; any thread.
//
// A line: RULE SUBJECT AMOUNT, for example "file-length src/base/text.h 612". '#' begins a
// comment.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tidy/rules.h"

namespace mnm::tidy {

// One line for each thing that is wrong: a finding that the ratchet does not allow, an allowance
// that is larger than needed, a line that cannot be read. Empty: all well.
[[nodiscard]] std::vector<std::string> judge(const Findings& findings, std::string_view ratchet);

}  // namespace mnm::tidy
