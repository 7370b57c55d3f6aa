// What text.h and ids.h return as strings, at the end of one: for who makes many.
//
// Any thread; no state.
#pragma once

#include <string>
#include <string_view>

#include "base/ids.h"

namespace mnm {

void append_hex(std::string& out, std::string_view bytes);  // lowercase
void append_message_id(std::string& out, Lsn lsn);

}  // namespace mnm
