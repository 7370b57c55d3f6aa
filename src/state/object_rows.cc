#include <array>
#include <span>

#include "base/codec.h"
#include "state/row_decoding.h"
#include "state/rows.h"

namespace mnm::state {
std::string row_key(RowClass row_class, std::uint32_t number) {
  std::string key;
  Encoder encoder(key);
  encoder.byte(static_cast<std::uint8_t>(row_class));
  encoder.fixed32_be(number);
  return key;
}

std::string lane_key(NodeNo node, Lane lane, std::uint64_t segment) {
  std::string key = row_key(RowClass::kQueue, node.value());
  Encoder encoder(key);
  encoder.byte(static_cast<std::uint8_t>(lane));
  encoder.fixed64_be(segment);
  return key;
}

bool decode_row(std::string_view value, User& user, std::optional<Identity>& identity) {
  Decoder in(value);
  user.uid = in.bytes();
  user.receive_only = in.byte() != 0;
  std::size_t count = count_of(in, 1);
  user.nodes.reserve(count);  // growth would leave a part of it empty for ever; below, too
  for (; count > 0; --count) {
    user.nodes.push_back(number_of<NodeNo>(in));
  }
  count = count_of(in, 2);
  user.aliases.reserve(count);
  for (; count > 0; --count) {
    std::string name(in.bytes());
    const std::uint8_t flags = in.byte();
    user.aliases.push_back({std::move(name), (flags & 1) != 0, (flags & 2) != 0});
  }
  user.pings.window_start_hours = in.varint();
  user.pings.sent = static_cast<std::uint32_t>(in.varint());
  user.pings.failed = static_cast<std::uint32_t>(in.varint());
  user.groups_made = static_cast<std::uint32_t>(in.varint());
  if (!in.ok() || in.done()) return in.done();
  std::string issuer(in.bytes());
  const std::string_view subject = in.raw(sizeof(Hash));
  if (!in.done()) return false;
  identity = Identity{std::move(issuer), hash_from(subject)};
  return true;
}

bool decode_row(std::string_view value, Node& node) {
  Decoder in(value);
  node.user = number_of<UserNo>(in);
  node.ordinal = number_of<NodeOrdinal>(in);
  node.name = std::string(in.bytes());
  const std::string_view verifier = in.raw(sizeof(Hash));
  if (!in.ok()) return false;
  node.verifier = hash_from(verifier);
  node.dropped = in.byte() != 0;
  node.seen_ns = in.varint();
  node.drop_due_hours = in.varint();
  node.login_notice = number_of<Lsn>(in);
  std::size_t count = count_of(in, sizeof(Hash));
  node.requests.reserve(count);
  for (; count > 0; --count) {
    const std::string_view digest = in.raw(sizeof(Hash));
    if (!in.ok()) return false;
    RecentRequest& request = node.requests.emplace_back();
    request.digest = hash_from(digest);
    request.message = number_of<Lsn>(in);
    request.posted_ns = in.varint();
    request.session = number_of<SessionId>(in);
    request.at_hours = in.varint();
  }
  return in.done();
}

bool decode_session(std::string_view value, Node& node) {
  Decoder in(value);
  node.session = number_of<SessionId>(in);
  return in.done();
}

bool decode_presence(std::string_view value, User& user) {
  Decoder in(value);
  Presence& presence = user.presence.own();
  for (std::size_t left = count_of(in, 1); left > 0; --left) {
    presence.nodes.push_back(number_of<NodeNo>(in));
  }
  for (std::size_t left = count_of(in, 1); left > 0; --left) {
    presence.targets.push_back(number_of<UserNo>(in));
  }
  return in.done();
}

UserNo owner_in_node_row(std::string_view value) {
  Decoder in(value);
  const auto owner = number_of<UserNo>(in);
  return in.ok() ? owner : UserNo();
}

bool decode_row(std::string_view value, Group& group) {
  Decoder in(value);
  group.gid = in.bytes();
  for (std::size_t left = count_of(in, 3); left > 0; --left) {
    const auto user = number_of<UserNo>(in);
    std::string alias(in.bytes());
    group.members.push_back(
        {user, std::move(alias), static_cast<event::MemberStatus>(in.varint())});
  }
  return in.done();
}

bool decode_row(std::string_view value, Message& message, MessageExtras& extras) {
  Decoder in(value);
  message.copies = static_cast<std::uint32_t>(in.varint());
  message.row_bytes = static_cast<std::uint32_t>(in.varint());
  message.data_bytes = in.varint();
  extras.file.boot = number_of<Lsn>(in);
  extras.file.serial = in.varint();
  message.sender = number_of<UserNo>(in);
  message.kind = static_cast<message::Kind>(in.varint());
  message.at_hours = static_cast<std::uint32_t>(in.varint());
  for (std::size_t left = count_of(in, 1); left > 0; --left) {
    extras.had_by.push_back(number_of<UserNo>(in));
  }
  constexpr std::uint32_t kCopiesMax = std::uint32_t{1} << 31;  // so that others can be added
  return in.done() && message.copies > 0 && message.copies < kCopiesMax &&
         message.data_bytes <= kDataBytesMax;
}

bool decode_row(std::string_view value, IdLane& lane) {
  Decoder in(value);
  const std::uint64_t first = in.varint();
  const std::size_t count = count_of(in, 1);
  if (count == 0 || count > kSegmentEntries) return false;
  if (!lane.empty() && lane.end_index() != first) return false;  // a segment is missing
  std::array<std::uint64_t, kSegmentEntries> room;  // NOLINT: what is used of it is written first
  const std::span<std::uint64_t> ids(room.data(), count);
  std::uint64_t last = lane.empty() ? 0 : lane.entries().back();
  std::uint64_t id = 0;
  for (std::uint64_t& next : ids) {
    id += in.varint();
    if (id <= last) return false;
    next = last = id;
  }
  if (!in.done()) return false;
  lane.empty() ? lane.restore(first, ids) : lane.append(ids);
  return true;
}

}  // namespace mnm::state
