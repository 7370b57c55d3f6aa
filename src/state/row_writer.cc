#include <glog/logging.h>

#include <algorithm>
#include <ranges>

#include "base/canary.h"
#include "base/codec.h"
#include "state/row_digest.h"
#include "state/rows.h"

namespace mnm::state {

void RowWriter::begin(RowClass row_class) {
  key_.clear();
  value_.clear();
  Encoder(key_).byte(static_cast<std::uint8_t>(row_class));
}

void RowWriter::write_touched(const Changes& changes) {
  if (changes.everything) return write_everything();
  clock();
  for (const UserNo number : changes.users.sorted()) {
    user(number);
    presence(number);
  }
  for (const NodeNo number : changes.nodes.sorted()) {
    node(number);
    session(number);
  }
  for (const GroupNo number : changes.groups.sorted()) group(number);
  for (const Lsn id : changes.messages.sorted()) message(id);
  for (const QueueSegment& touched : changes.queues.sorted()) segment(touched);
}

void RowWriter::write_everything() {
  objects_and_messages();
  for (NodeNo n(1); n < views_.next_node(); n = next(n)) {
    for (const Lane lane : kLanes) segments(n, lane);
  }
  for (NodeNo n(1); n < views_.next_node(); n = next(n)) {
    if (views_.node(n).session) session(n);
  }
  for (UserNo n(1); n < views_.next_user(); n = next(n)) {
    if (!views_.user(n).presence->nodes.empty()) presence(n);
  }
}

void RowWriter::write_for_digest() {
  objects_and_messages();
  for (NodeNo n(1); n < views_.next_node(); n = next(n)) {
    for (const Lane lane : kLanes) whole_lane(n, lane);
  }
}

void RowWriter::write_one(std::string_view key) {
  Decoder in(key);
  const auto row_class = static_cast<RowClass>(in.byte());
  if (row_class == RowClass::kClock && in.done()) return clock();
  const std::uint32_t number = in.fixed32_be();
  if (!in.done() || number == 0) return;
  if (row_class == RowClass::kUser && UserNo(number) < views_.next_user()) user(UserNo(number));
  if (row_class == RowClass::kGroup && GroupNo(number) < views_.next_group()) {
    group(GroupNo(number));
  }
  if (NodeNo(number) >= views_.next_node()) return;
  if (row_class == RowClass::kNode) node(NodeNo(number));
  if (row_class == RowClass::kSession) session(NodeNo(number));
}

void RowWriter::objects_and_messages() {
  CHECK(views_.is_whole());
  clock();
  for (UserNo n(1); n < views_.next_user(); n = next(n)) user(n);
  for (NodeNo n(1); n < views_.next_node(); n = next(n)) node(n);
  for (GroupNo n(1); n < views_.next_group(); n = next(n)) group(n);
  views_.messages_.for_each([this](Lsn id, const Message&) { message(id); });
}

void RowWriter::clock() {
  begin(RowClass::kClock);
  Encoder out(value_);
  out.varint(views_.epoch_.value());
  out.varint(views_.uptime_hours_);
  out.varint(views_.trimmed_.value());
  emit();
}

void RowWriter::user(UserNo number) {
  begin(RowClass::kUser);
  Encoder(key_).fixed32_be(number.value());
  const User& user = views_.user(number);
  Encoder out(value_);
  out.bytes(user.uid);
  out.byte(user.receive_only);
  out.varint(user.nodes.size());
  for (const NodeNo node : user.nodes) out.varint(node.value());
  out.varint(user.aliases.size());
  for (const Alias& alias : user.aliases) {
    out.bytes(alias.name);
    out.byte(static_cast<std::uint8_t>(alias.once | alias.retired << 1));
  }
  out.varint(user.pings.window_start_hours);
  out.varint(user.pings.sent);
  out.varint(user.pings.failed);
  out.varint(user.groups_made);
  if (const Identity* identity = views_.identity(number); identity != nullptr) {
    out.bytes(identity->issuer);
    out.raw(as_bytes(identity->subject));
  }
  emit();
}

void RowWriter::node(NodeNo number) {
  begin(RowClass::kNode);
  Encoder(key_).fixed32_be(number.value());
  const Node& node = views_.node(number);
  Encoder out(value_);
  out.varint(node.user.value());
  out.varint(node.ordinal.value());
  out.bytes(*node.name);
  out.raw(as_bytes(node.verifier));
  out.byte(node.dropped);
  out.varint(MNM_CANARY("row-misses-field") ? 0 : node.seen_ns);
  out.varint(node.drop_due_hours);
  out.varint(node.login_notice.value());
  out.varint(node.requests.size());
  for (const RecentRequest& request : node.requests) {
    out.raw(as_bytes(request.digest));
    out.varint(request.message.value());
    out.varint(request.posted_ns);
    out.varint(request.session.value());
    out.varint(request.at_hours);
  }
  emit();
}

void RowWriter::group(GroupNo number) {
  begin(RowClass::kGroup);
  Encoder(key_).fixed32_be(number.value());
  const Group& group = views_.group(number);
  Encoder out(value_);
  out.bytes(group.gid);
  out.varint(group.members.size());
  for (const Member& member : group.members) {
    out.varint(member.user.value());
    out.bytes(member.alias);
    out.varint(static_cast<std::uint64_t>(member.status));
  }
  emit();
}

void RowWriter::message(Lsn id) {
  begin(RowClass::kMessage);
  Encoder(key_).fixed64_be(id.value());
  if (const std::optional<Message> message = views_.message(id)) {
    Encoder out(value_);
    out.varint(message->copies);
    out.varint(message->row_bytes);
    out.varint(message->data_bytes);
    const MessageExtras& extras = views_.message_extras(id);
    out.varint(extras.file.boot.value());
    out.varint(extras.file.serial);
    out.varint(message->sender.value());
    out.varint(static_cast<std::uint64_t>(message->kind));
    out.varint(message->at_hours);
    out.varint(extras.had_by.size());
    for (const UserNo user : extras.had_by) out.varint(user.value());
  }
  emit();
}

namespace {
template <class Ids>
void put_ids(Encoder& out, const Ids& ids) {
  out.varint(ids.size());
  std::uint64_t previous = 0;
  for (const std::uint64_t id : ids) {
    out.varint(id - previous);
    previous = id;
  }
}
}  // namespace

std::string digested_value(const IdLane& lane) {
  std::string value;
  Encoder out(value);
  put_ids(out, lane.entries());
  return value;
}

void RowWriter::whole_lane(NodeNo number, Lane which) {
  if (MNM_CANARY("digest-misses-lane") && which == Lane::kUrgent) return;
  const IdLane& lane = views_.node(number).queue.lane(which);
  if (lane.empty()) return;
  begin(RowClass::kQueue);
  Encoder key(key_);
  key.fixed32_be(number.value());
  key.byte(static_cast<std::uint8_t>(which));
  key.fixed64_be(0);
  value_ = digested_value(lane);
  emit();
}

void RowWriter::segments(NodeNo number, Lane which) {
  const IdLane& lane = views_.node(number).queue.lane(which);
  if (lane.empty()) return;
  const std::uint64_t last = (lane.end_index() - 1) / kSegmentEntries;
  for (std::uint64_t n = lane.first_index() / kSegmentEntries; n <= last; ++n) {
    segment({number, which, n});
  }
}

void RowWriter::segment(const QueueSegment& segment) {
  begin(RowClass::kQueue);
  Encoder key(key_);
  key.fixed32_be(segment.node.value());
  key.byte(static_cast<std::uint8_t>(segment.lane));
  key.fixed64_be(segment.number);
  const IdLane& lane = views_.node(segment.node).queue.lane(segment.lane);
  const std::uint64_t begin_index = std::max(lane.first_index(), segment.number * kSegmentEntries);
  const std::uint64_t end_index =
      std::min(lane.end_index(), (segment.number + 1) * kSegmentEntries);
  if (begin_index < end_index) {
    Encoder out(value_);
    out.varint(begin_index);
    const auto before = static_cast<std::uint32_t>(begin_index - lane.first_index());
    const auto count = static_cast<std::uint32_t>(end_index - begin_index);
    put_ids(out, lane.entries() | std::views::drop(before) | std::views::take(count));
  }
  emit();
}

void RowWriter::session(NodeNo number) {
  begin(RowClass::kSession);
  Encoder(key_).fixed32_be(number.value());
  const SessionId session = views_.node(number).session;
  if (session) Encoder(value_).varint(session.value());
  emit();
}

void RowWriter::presence(UserNo number) {
  begin(RowClass::kPresence);
  Encoder(key_).fixed32_be(number.value());
  const Presence& presence = *views_.user(number).presence;
  if (!presence.nodes.empty()) {
    Encoder out(value_);
    out.varint(presence.nodes.size());
    for (const NodeNo node : presence.nodes) out.varint(node.value());
    out.varint(presence.targets.size());
    for (const UserNo target : presence.targets) out.varint(target.value());
  }
  emit();
}

Hash Views::digest() const {
  RowDigest digest;
  RowWriter(*this, [&digest](std::string_view key, std::string_view value) {
    digest.put(key, value);
  }).write_for_digest();
  return digest.finish();
}

}  // namespace mnm::state
