#include "ops/command.h"

namespace mnm::ops {
namespace {

std::size_t memory_of(const Body& body) { return body.bytes ? body.bytes->size() : 0; }

struct MemoryOf {
  std::size_t operator()(const Post& post) const {
    std::size_t bytes = memory_of(post.body) + post.to.size() * sizeof(Target);
    if (post.note) bytes += memory_of(post.note->body) + post.note->to.size() * sizeof(Target);
    return bytes;
  }
  std::size_t operator()(const Ack& ack) const { return ack.more.size() * sizeof(Lsn); }
  std::size_t operator()(const OhiEdit& edit) const {
    return edit.for_uids.size() * sizeof(Target);
  }
  std::size_t operator()(const Withdraw& withdraw) const { return withdraw.reason.size(); }
  std::size_t operator()(const TurnedDown& request) const { return request.uid.size(); }
  template <class Small>
  std::size_t operator()(const Small&) const {
    return 0;
  }
};

struct OpOf {
  event::Op operator()(const Register&) const { return event::REGISTER; }
  event::Op operator()(const Login&) const { return event::LOGIN; }
  event::Op operator()(const UserEdit&) const { return event::USER_EDIT; }
  event::Op operator()(const OhiEdit&) const { return event::OHI_EDIT; }
  event::Op operator()(const GroupInvite&) const { return event::GROUP_INVITE; }
  event::Op operator()(const GroupEdit&) const { return event::GROUP_EDIT; }
  event::Op operator()(const Post& post) const {
    return post.note ? event::POST_NOTIFY : event::POST;
  }
  event::Op operator()(const Ping&) const { return event::PING; }
  event::Op operator()(const Ack&) const { return event::ACK; }
  event::Op operator()(const Quit&) const { return event::QUIT; }
  event::Op operator()(const Lost&) const { return event::OP_NONE; }
  event::Op operator()(const TurnedDown& request) const { return request.op; }
  event::Op operator()(const TickHour&) const { return event::OP_NONE; }
  event::Op operator()(const SetReceiveOnly&) const { return event::SET_RECEIVE_ONLY; }
  event::Op operator()(const Withdraw&) const { return event::WITHDRAW; }
  event::Op operator()(const EndSessions&) const { return event::END_SESSIONS; }
  event::Op operator()(const DropNode&) const { return event::DROP_NODE; }
  event::Op operator()(const NoteBackup&) const { return event::NOTE_BACKUP; }
  event::Op operator()(const NoteRekey&) const { return event::NOTE_REKEY; }
  event::Op operator()(const Trim&) const { return event::TRIM; }
  event::Op operator()(const DiskLow&) const { return event::OP_NONE; }
  event::Op operator()(const Inspect&) const { return event::OP_NONE; }
};

}  // namespace

std::size_t memory_of(const Request& request) {
  return sizeof(Request) + request.id.size() + std::visit(MemoryOf{}, request.command);
}

event::Op op_of(const Command& command) { return std::visit(OpOf{}, command); }

}  // namespace mnm::ops
