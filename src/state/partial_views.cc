// Views that hold only what was needed, and where that comes from: the rows of a checkpoint.
#include <fmt/format.h>

#include "base/codec.h"
#include "base/text.h"
#include "state/row_decoding.h"
#include "state/rows.h"
#include "state/stored_rows.h"
#include "state/views.h"

namespace mnm::state {
namespace {

// Costs aren't in rows: partial views don't count them, and ending a copy finds enough of it.
constexpr std::uint64_t kUncountedBytes = std::uint64_t{1} << 62;

[[noreturn]] void complain(std::string_view key) {
  throw StoredRows::Unreadable(
      {ErrorCode::kCorruption,
       fmt::format("checkpoint row {} is missing, or not one of this version", hex_encode(key))});
}

std::string class_key(RowClass row_class) { return {static_cast<char>(row_class)}; }
std::string after_class(RowClass row_class) {
  return {static_cast<char>(static_cast<std::uint8_t>(row_class) + 1)};
}

// The numbers of all that have a row of this class.
template <class Number>
std::vector<Number> numbers_of(StoredRows& rows, RowClass row_class) {
  std::vector<Number> numbers;
  rows.each(class_key(row_class), after_class(row_class),
            [&numbers](std::string_view key, std::string_view) {
              Decoder in(key.substr(1));
              numbers.emplace_back(in.fixed32_be());
            });
  return numbers;
}

}  // namespace

Views Views::partial(StoredRows& rows, Lsn applied) {
  Views views;
  views.stored_ = &rows;
  views.applied_ = views.settled_ = applied;
  views.users_.become_part(next(UserNo(rows.last_number(RowClass::kUser))));
  views.nodes_.become_part(next(NodeNo(rows.last_number(RowClass::kNode))));
  views.messages_.become_part();
  views.groups_.become_part(next(GroupNo(rows.last_number(RowClass::kGroup))));
  const std::string key = class_key(RowClass::kClock);
  const auto row = rows.row(key);
  if (row ? !RowReader(views).add(key, *row) : applied != Lsn()) complain(key);
  return views;
}

void Views::settle() {
  users_.forget_unneeded();
  nodes_.forget_unneeded();
  groups_.forget_unneeded();
  boost::unordered::erase_if(identities_,
                             [this](const auto& entry) { return !users_.holds(entry.first); });
  // As a rule a message waits for a moment or for long.
  messages_.forget_until(settled_);
  ended_ = {};
  pending_drops_.clear();
  settled_ = applied_;
}

User& Views::fetch(UserNo number) {
  User user;
  std::optional<Identity> identity;
  std::string key = row_key(RowClass::kUser, number.value());
  auto row = stored_->row(key);
  if (!row || !decode_row(*row, user, identity)) complain(key);
  key = row_key(RowClass::kPresence, number.value());
  row = stored_->row(key);
  if (row && !decode_presence(*row, user)) complain(key);
  if (identity) identities_.emplace(number, std::move(*identity));
  return users_.put(number, std::move(user));
}

Node& Views::fetch(NodeNo number) {
  Node node;
  std::string key = row_key(RowClass::kNode, number.value());
  auto row = stored_->row(key);
  if (!row || !decode_row(*row, node)) complain(key);
  key = row_key(RowClass::kSession, number.value());
  row = stored_->row(key);
  if (row && !decode_session(*row, node)) complain(key);
  stored_->each(
      row_key(RowClass::kQueue, number.value()), row_key(RowClass::kQueue, number.value() + 1),
      [&node](std::string_view place, std::string_view value) {
        Decoder in(place.substr(1 + sizeof(std::uint32_t)));
        const auto lane = static_cast<Lane>(in.byte());
        if (!in.ok() || lane > Lane::kNormal || !decode_row(value, node.queue.own_lane(lane))) {
          complain(place);
        }
      });
  for (const Lane which : kLanes) {
    const IdLane& lane = std::as_const(node.queue).lane(which);
    if (!lane.empty() && Lsn(lane.entries().back()) > applied_) {
      complain(lane_key(number, which, (lane.end_index() - 1) / kSegmentEntries));
    }
  }
  if (!node.queue.empty()) node.queue.set_cost_bytes(kUncountedBytes);
  return nodes_.put(number, std::move(node));
}

Group& Views::fetch(GroupNo number) {
  Group group;
  const std::string key = row_key(RowClass::kGroup, number.value());
  const auto row = stored_->row(key);
  if (!row || !decode_row(*row, group)) complain(key);
  return groups_.put(number, std::move(group));
}

// One that isn't held. False when it waits for nobody.
bool Views::fetch_message(Lsn id) {
  if (ended_.contains(id.value())) return false;
  std::string key = class_key(RowClass::kMessage);
  Encoder(key).fixed64_be(id.value());
  const auto row = stored_->row(key);
  if (!row) return false;
  Message message;
  MessageExtras extras;
  if (!decode_row(*row, message, extras)) complain(key);
  return messages_.put(id, message, std::move(extras));
}

void Views::hold_connected() {
  for (const auto node : numbers_of<NodeNo>(*stored_, RowClass::kSession)) (void)at(node);
  for (const auto user : numbers_of<UserNo>(*stored_, RowClass::kPresence)) (void)at(user);
}

}  // namespace mnm::state
