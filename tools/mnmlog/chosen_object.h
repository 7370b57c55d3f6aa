// Which objects `state` and `diff` are asked about: user|group|node|queue ID.
//
// Main thread.
#pragma once

#include <string>

#include "base/error.h"
#include "mnmlog/names.h"

namespace mnm::mnmlog {

struct ChosenObject {
  UserNo user;
  GroupNo group;
  NodeNo node;
  NodeNo queue;
};

// One of them is set. kUsage for another kind, kNegative when `names` knows no such thing.
[[nodiscard]] Result<ChosenObject> choose_object(const std::string& kind, const std::string& id,
                                                 const Names& names);

}  // namespace mnm::mnmlog
