#include "mnmlog/chosen_object.h"

#include <fmt/format.h>

namespace mnm::mnmlog {

Result<ChosenObject> choose_object(const std::string& kind, const std::string& id,
                                   const Names& names) {
  ChosenObject chosen;
  bool found = false;
  if (kind == "user") {
    chosen.user = names.find_user(id);
    found = names.has(chosen.user);
  } else if (kind == "group") {
    chosen.group = names.find_group(id);
    found = names.has(chosen.group);
  } else if (kind == "node") {
    chosen.node = names.find_node(id);
    found = names.has(chosen.node);
  } else if (kind == "queue") {
    chosen.queue = names.find_node(id);
    found = names.has(chosen.queue);
  } else {
    return fail(ErrorCode::kUsage, kind + ": not one of user, group, node, queue");
  }
  if (!found) return fail(ErrorCode::kNegative, fmt::format("no {} {}", kind, id));
  return chosen;
}

}  // namespace mnm::mnmlog
