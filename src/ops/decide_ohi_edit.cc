// OhiEdit: whom a user tells of its presence. The list is the user's, shared by its nodes; init and
// add extend it, drop shortens it, and it ends with the last connected node that sent an OhiEdit.
#include <algorithm>

#include "ops/store.h"

namespace mnm::ops {
namespace {

constexpr const char* text_of(OhiType type) {
  switch (type) {
    case OhiType::kAdd:
      return "add";
    case OhiType::kDrop:
      return "drop";
    case OhiType::kInit:
      return "init";
  }
  return "";
}

// Those named, each once.
std::vector<UserNo> targets_of(const Context& context, const OhiEdit& command) {
  std::vector<UserNo> targets;
  targets.reserve(command.for_uids.size());
  for (const std::string& uid : command.for_uids) targets.push_back(context.views.find_user(uid));
  std::ranges::sort(targets);
  targets.erase(std::ranges::unique(targets).begin(), targets.end());
  return targets;
}

// The user's own nodes keep their lists alike by it; they know of an init from their own start.
void store_edit(const Context& context, const OhiEdit& command, Decision& decision) {
  NewMessage message;
  message.header.set_kind(message::OHIEDIT);
  message.header.set_type(text_of(command.type));
  for (const std::string& uid : command.for_uids) message.header.add_for_uids(uid);
  message.recipients = live_nodes(context.views, context.user);
  message.answers_request = true;
  store(context, std::move(message), decision);
}

}  // namespace

void decide(const Context& context, const OhiEdit& command, Decision& decision) {
  for (const std::string& uid : command.for_uids) {
    std::string error = why_not_user(context.views, uid);
    if (!error.empty()) return refuse(context, std::move(error), decision);
  }
  const std::vector<UserNo> targets = targets_of(context, command);
  event::OhiEdited& edited = *decision.add(context).mutable_ohi_edited();
  edited.set_type(text_of(command.type));
  for (const UserNo target : targets) edited.add_targets(target.value());

  const bool shows = command.type != OhiType::kDrop;
  const std::vector<UserNo>& before = context.own_user().presence->targets;
  for (const UserNo target : targets) {
    if (std::ranges::binary_search(before, target) == shows) continue;
    tell_presence(context, context.user, target, shows ? 1 : 2, decision);
  }
  // Once more it is no second message. But presence ended with the session that asked first.
  const bool tells_own = command.type != OhiType::kInit && find_repeated(context) == nullptr;
  if (tells_own) store_edit(context, command, decision);
  acknowledge(context, Lsn(), decision);
}

}  // namespace mnm::ops
