// Malformed input by the thousand, each row with the exact answer that it must get: what a stranger
// or a client sends, made from a grammar of whole requests and of the ways to spoil one.
//
// Pure; any thread.
#pragma once

#include <string>
#include <vector>

#include "ops/command.h"

namespace mnm::net::testing {

struct MalformedRow {
  std::string name;  // what was done to which request
  ops::Dialect dialect = ops::Dialect::kTmtp;
  bool logged_in = false;  // before it comes
  std::string octets;
  std::string error;  // the text of the quit
};

[[nodiscard]] std::vector<MalformedRow> malformed_rows();

}  // namespace mnm::net::testing
