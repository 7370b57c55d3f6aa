// A message's life as JSON: the fields are in doc/mnmlog.md. Main thread.
#pragma once

#include <string>

#include "mnmlog/message_life.h"
#include "mnmlog/names.h"

namespace mnm::mnmlog {

// One object and a line end.
[[nodiscard]] std::string life_as_json(const MessageLife& life, const Names& names);

}  // namespace mnm::mnmlog
