#include <fmt/format.h>

#include <algorithm>

#include "base/codec.h"
#include "base/text.h"
#include "state/rows.h"

namespace mnm::state {
namespace {

template <class Objects>
auto& slot(Objects& objects, std::uint32_t number) {
  if (number >= objects.size()) objects.resize(number + std::size_t{1});
  return objects[number];
}

// A count of things that take at least `octets` each: never more than what is left can hold.
std::size_t count_of(Decoder& in, std::size_t octets) {
  const std::uint64_t count = in.varint();
  if (count <= in.left() / octets) return count;
  (void)in.raw(in.left() + 1);  // makes ok() false
  return 0;
}

template <class Number>
Number number_of(Decoder& in) {
  return Number(static_cast<typename Number::rep>(in.varint()));
}

}  // namespace

Result<> RowReader::add(std::string_view key, std::string_view value) {
  Decoder in(key);
  bool good = false;
  switch (static_cast<RowClass>(in.byte())) {
    case RowClass::kClock:
      good = clock(value);
      break;
    case RowClass::kUser:
      good = user(in.fixed32_be(), value);
      break;
    case RowClass::kNode:
      good = node(in.fixed32_be(), value);
      break;
    case RowClass::kGroup:
      good = group(in.fixed32_be(), value);
      break;
    case RowClass::kMessage:
      good = message(in.fixed64_be(), value);
      break;
    case RowClass::kQueue: {
      const NodeNo number(in.fixed32_be());
      const auto lane = static_cast<Lane>(in.byte());
      (void)in.fixed64_be();
      good = number && number < views_.next_node() && lane <= Lane::kNormal &&
             segment(number, lane, value);
      break;
    }
    case RowClass::kSession: {
      const NodeNo number(in.fixed32_be());
      Decoder session(value);
      good = number && number < views_.next_node();
      if (good) views_.at(number).session = number_of<SessionId>(session);
      break;
    }
    case RowClass::kPresence:
      good = presence(UserNo(in.fixed32_be()), value);
      break;
  }
  if (good && in.done()) return {};
  return fail(ErrorCode::kCorruption,
              fmt::format("checkpoint row {} is not one of this version", hex_encode(key)));
}

bool RowReader::clock(std::string_view value) {
  Decoder in(value);
  views_.epoch_ = number_of<Epoch>(in);
  views_.uptime_hours_ = in.varint();
  return in.done();
}

bool RowReader::user(std::uint32_t number, std::string_view value) {
  if (number != views_.users_.size()) return false;  // in order, none missing
  Decoder in(value);
  User& user = slot(views_.users_, number);
  user.uid = in.bytes();
  user.receive_only = in.byte() != 0;
  for (std::size_t left = count_of(in, 1); left > 0; --left) {
    user.nodes.push_back(number_of<NodeNo>(in));
  }
  for (std::size_t left = count_of(in, 2); left > 0; --left) {
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
  views_.identities_.emplace(UserNo(number), Identity{std::move(issuer), hash_from(subject)});
  return true;
}

bool RowReader::node(std::uint32_t number, std::string_view value) {
  if (number != views_.nodes_.size()) return false;
  Decoder in(value);
  Node& node = slot(views_.nodes_, number);
  node.user = number_of<UserNo>(in);
  node.ordinal = number_of<NodeOrdinal>(in);
  node.name = in.bytes();
  const std::string_view verifier = in.raw(sizeof(Hash));
  if (!in.ok()) return false;
  node.verifier = hash_from(verifier);
  node.dropped = in.byte() != 0;
  node.seen_ns = in.varint();
  node.drop_due_hours = in.varint();
  node.login_notice = number_of<Lsn>(in);
  for (std::size_t left = count_of(in, sizeof(Hash)); left > 0; --left) {
    const std::string_view digest = in.raw(sizeof(Hash));
    if (!in.ok()) return false;
    RecentRequest& request = node.requests.emplace_back();
    request.digest = hash_from(digest);
    request.message = number_of<Lsn>(in);
    request.posted_ns = in.varint();
    request.session = number_of<SessionId>(in);
    request.at_hours = in.varint();
  }
  return in.done() && node.user && node.user < views_.next_user();
}

bool RowReader::group(std::uint32_t number, std::string_view value) {
  if (number != views_.groups_.size()) return false;
  Decoder in(value);
  Group& group = slot(views_.groups_, number);
  group.gid = in.bytes();
  for (std::size_t left = count_of(in, 3); left > 0; --left) {
    const auto user = number_of<UserNo>(in);
    std::string alias(in.bytes());
    group.members.push_back(
        {user, std::move(alias), static_cast<event::MemberStatus>(in.varint())});
  }
  return in.done();
}

bool RowReader::message(std::uint64_t id, std::string_view value) {
  Decoder in(value);
  Message message;
  message.copies = static_cast<std::uint32_t>(in.varint());
  message.row_bytes = static_cast<std::uint32_t>(in.varint());
  message.data_bytes = in.varint();
  message.file.boot = number_of<Lsn>(in);
  message.file.serial = in.varint();
  message.sender = number_of<UserNo>(in);
  message.kind = static_cast<message::Kind>(in.varint());
  message.at_hours = in.varint();
  for (std::size_t left = count_of(in, 1); left > 0; --left) {
    message.had_by.push_back(number_of<UserNo>(in));
  }
  return in.done() && views_.messages_.emplace(id, std::move(message)).second;
}

bool RowReader::segment(NodeNo number, Lane which, std::string_view value) {
  Decoder in(value);
  const std::uint64_t first = in.varint();
  IdLane& lane = views_.at(number).queue.lane(which);
  if (lane.entries().empty()) lane.restore(first, {});
  if (lane.end_index() != first) return false;  // a segment is missing
  std::uint64_t id = lane.entries().empty() ? 0 : lane.entries().back();
  std::uint64_t value_of_row = 0;
  for (std::size_t left = count_of(in, 1); left > 0; --left) {
    value_of_row += in.varint();
    if (value_of_row <= id) return false;
    id = value_of_row;
    lane.push(Lsn(id));
  }
  return in.done();
}

bool RowReader::presence(UserNo number, std::string_view value) {
  if (!number || number >= views_.next_user()) return false;
  Decoder in(value);
  User& user = views_.at(number);
  for (std::size_t left = count_of(in, 1); left > 0; --left) {
    user.ohi_nodes.push_back(number_of<NodeNo>(in));
  }
  for (std::size_t left = count_of(in, 1); left > 0; --left) {
    const auto target = number_of<UserNo>(in);
    if (!target || target >= views_.next_user()) return false;
    user.ohi_targets.push_back(target);
    views_.at(target).ohi_sources.push_back(number);  // ascending, since the rows are
  }
  return in.done();
}

Result<> RowReader::finish(Lsn applied) {
  views_.applied_ = applied;
  if (derive()) return {};
  return fail(ErrorCode::kCorruption, "checkpoint: its rows contradict each other");
}

bool RowReader::derive() {
  for (UserNo number(1); number < views_.next_user(); number = next(number)) {
    const User& user = views_.user(number);
    views_.uids_.emplace(user.uid, number);
    if (const Identity* identity = views_.identity(number); identity != nullptr) {
      ++views_.accounts_[identity->subject];
    }
    for (const Alias& alias : user.aliases) {
      views_.names_.emplace(alias.name, NameOwner{number, GroupNo(), alias.once, alias.retired});
    }
  }
  for (GroupNo number(1); number < views_.next_group(); number = next(number)) {
    views_.names_.emplace(views_.group(number).gid, NameOwner{UserNo(), number, false, false});
  }
  for (NodeNo number(1); number < views_.next_node(); number = next(number)) {
    Node& node = views_.at(number);
    if (node.drop_due_hours != 0) views_.pending_drops_.insert(number);
    std::uint64_t cost = 0;
    for (const Lane lane : kLanes) {
      for (const std::uint64_t id : node.queue.lane(lane).entries()) {
        const auto place = views_.messages_.find(id);
        if (place == views_.messages_.end()) return false;
        cost += place->second.cost_bytes();
      }
    }
    node.queue.set_cost_bytes(cost);
  }
  return true;
}

}  // namespace mnm::state
