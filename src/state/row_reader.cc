#include <fmt/format.h>

#include <algorithm>
#include <future>
#include <utility>

#include "base/codec.h"
#include "base/text.h"
#include "state/row_decoding.h"
#include "state/rows.h"

namespace mnm::state {
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
             decode_row(value, views_.at(number).queue.own_lane(lane));
      break;
    }
    case RowClass::kSession: {
      const NodeNo number(in.fixed32_be());
      good = number && number < views_.next_node() && decode_session(value, views_.at(number));
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

void RowReader::expect(std::size_t users, std::size_t nodes) {
  constexpr std::size_t kRoomMax = 4'000'000;  // numbers may be damaged
  users = std::min(users, kRoomMax);
  views_.users_.reserve(users);
  views_.nodes_.reserve(std::min(nodes, kRoomMax));
  views_.uids_.reserve(users);
}

void RowReader::take_messages(Views& from) { std::swap(views_.messages_, from.messages_); }

bool RowReader::clock(std::string_view value) {
  Decoder in(value);
  views_.epoch_ = number_of<Epoch>(in);
  views_.uptime_hours_ = in.varint();
  views_.trimmed_ = number_of<Lsn>(in);
  return in.done();
}

bool RowReader::user(std::uint32_t number, std::string_view value) {
  if (UserNo(number) != views_.next_user()) return false;  // in order, none missing
  std::optional<Identity> identity;
  if (!decode_row(value, views_.users_.push_back({}), identity)) return false;
  if (identity) views_.identities_.emplace(UserNo(number), std::move(*identity));
  return true;
}

bool RowReader::node(std::uint32_t number, std::string_view value) {
  if (NodeNo(number) != views_.next_node()) return false;
  Node& node = views_.nodes_.push_back({});
  return decode_row(value, node) && node.user && node.user < views_.next_user();
}

bool RowReader::group(std::uint32_t number, std::string_view value) {
  return GroupNo(number) == views_.next_group() && decode_row(value, views_.groups_.push_back({}));
}

bool RowReader::message(std::uint64_t id, std::string_view value) {
  Message message;
  MessageExtras extras;
  return decode_row(value, message, extras) &&
         views_.messages_.put(Lsn(id), message, std::move(extras));
}

bool RowReader::presence(UserNo number, std::string_view value) {
  if (!number || number >= views_.next_user()) return false;
  User& user = views_.at(number);
  if (!decode_presence(value, user)) return false;
  for (const UserNo target : user.presence->targets) {
    if (!target || target >= views_.next_user()) return false;
    views_.at(target).presence.own().sources.push_back(number);  // ascending, since the rows are
  }
  return true;
}

Result<> RowReader::finish(Lsn applied) {
  views_.applied_ = applied;
  const bool fits = views_.messages_.last() <= applied;  // and queues name messages alone
  if (fits && derive()) return {};
  return fail(ErrorCode::kCorruption, "checkpoint: its rows contradict each other");
}

bool RowReader::derive() {
  constexpr NodeNo::rep kMany = 10'000;  // nodes that a thread of their own is worth it
  constexpr NodeNo::rep kThreadsMax = 4;
  const NodeNo::rep nodes = views_.next_node().value();
  const NodeNo::rep step = std::max(kMany, nodes / kThreadsMax + 1);
  std::vector<std::future<bool>> costs;
  for (NodeNo::rep first = 1; first < nodes; first += step) {
    const auto when = nodes > kMany ? std::launch::async : std::launch::deferred;
    const NodeNo end(std::min(nodes, first + step));
    costs.push_back(std::async(when, [=, this] { return derive_costs(NodeNo(first), end); }));
  }
  derive_names();
  for (NodeNo number(1); number < views_.next_node(); number = next(number)) {
    if (views_.node(number).drop_due_hours != 0) views_.pending_drops_.insert(number);
  }
  bool fits = true;
  for (std::future<bool>& part : costs) fits &= part.get();
  return fits;
}

void RowReader::derive_names() {
  for (UserNo number(1); number < views_.next_user(); number = next(number)) {
    const User& user = views_.user(number);
    (void)views_.index_uid(number, user.uid);
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
}

bool RowReader::derive_costs(NodeNo first, NodeNo end) {
  for (NodeNo number = first; number < end; number = next(number)) {
    Queue& queue = views_.at(number).queue;
    if (queue.empty()) continue;
    std::uint64_t cost = 0;
    for (const Lane lane : kLanes) {
      for (const std::uint64_t id : std::as_const(queue).lane(lane).entries()) {
        const std::optional<Message> message = views_.message(Lsn(id));
        if (!message || lane_of(message->kind) != lane) return false;
        cost += message->cost_bytes();
      }
    }
    queue.set_cost_bytes(cost);
  }
  return true;
}

}  // namespace mnm::state
