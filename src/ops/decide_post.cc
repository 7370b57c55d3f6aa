// Post and PostNotify: a message to users and groups, and with a note a second, shorter one about
// it. All recipients are resolved first: one bad entry, and nobody gets anything.
#include <set>

#include "base/canary.h"
#include "ops/store.h"
#include "ops/undelivered.h"

namespace mnm::ops {
namespace {

std::vector<NodeNo> with_own_nodes(const Context& context, std::vector<NodeNo> nodes, bool others,
                                   bool sender) {
  if (others) append_other_nodes(context, nodes);
  if (sender) nodes.push_back(context.node);
  return nodes;
}

// Takes what `to` names; its nodes only when there is no note, which goes to them too.
Lsn store_delivery(const Context& context, const Post& command, Resolved& to, Decision& decision) {
  NewMessage message;
  message.header.set_kind(message::DELIVERY);
  message.header.set_head_bytes(command.head_bytes);
  message.header.set_data_sum(command.data_sum);
  const bool not_self = command.note && command.note->not_self;
  if (command.note) {
    const std::size_t entries = command.to.size() + command.note->to.size() + (not_self ? 0 : 1);
    message.header.set_notify(static_cast<std::uint32_t>(entries));
  }
  message.recipients = with_own_nodes(context, command.note ? to.nodes : std::move(to.nodes),
                                      !not_self || to.sender_named, to.sender_named);
  message.body = &command.body;
  message.targets = std::move(to.targets);
  message.answers_request = true;
  return store(context, std::move(message), decision);
}

void store_note(const Context& context, const Post::Note& note, const Resolved& to,
                const Resolved& also_to, Lsn post_id, Decision& decision) {
  NewMessage message;
  message.header.set_kind(message::NOTIFY);
  message.header.set_head_bytes(note.head_bytes);
  message.header.set_data_sum(note.data_sum);
  std::vector<NodeNo> nodes = to.nodes;
  nodes.insert(nodes.end(), also_to.nodes.begin(), also_to.nodes.end());
  message.recipients =
      with_own_nodes(context, std::move(nodes), true, to.sender_named || also_to.sender_named);
  message.body = &note.body;
  message.targets = also_to.targets;
  message.post_id = post_id;
  store(context, std::move(message), decision);
}

}  // namespace

void decide(const Context& context, const Post& command, Decision& decision) {
  if (answer_repeated(context, decision)) return;
  if (context.own_user().receive_only && !MNM_CANARY("receive-only-posts")) {
    return refuse(context, std::string(kReceiveOnlyError), decision);
  }
  Resolved to = resolve(context, command.to);
  if (!to.error.empty()) return refuse(context, std::move(to.error), decision);
  Resolved note_to;
  if (command.note) {
    note_to = resolve(context, command.note->to);
    if (!note_to.error.empty() && !MNM_CANARY("bad-note-still-delivers"))
      return refuse(context, std::move(note_to.error), decision);
  }
  const Lsn id = store_delivery(context, command, to, decision);
  std::set<UserNo> full = without_room(context, decision);
  if (command.note) {
    store_note(context, *command.note, to, note_to, id, decision);
    full.merge(without_room(context, decision));
  }
  return_if_full(context, id, full, decision);
  acknowledge(context, id, decision);
}

}  // namespace mnm::ops
