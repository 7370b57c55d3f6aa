// The views as rows, key and value: what a checkpoint stores, and what a digest covers. A base
// (ops/base.h) stores them too, and can't be made again: whoever changes a row, and kFoldVersion
// with it, from version 4 on, also teaches RowReader to read the one before.
//
//   class     octet  key after it               value (varints unless said)
//   kClock    1      -                          epoch, uptime hours, trimmed LSN
//   kUser     2      user, be32                 uid, aliases, nodes, flags, pings
//   kNode     3      node, be32                 user, ordinal, name, verifier, requests ...
//   kGroup    4      group, be32                gid, members
//   kMessage  5      id, be64                   copies, sizes, file, sender, kind ...
//   kQueue    6      node, be32; lane; seg.,    first absolute index, count, ids as
//                    be64                       differences
//   kSession  16     node, be32                 session                     (not in digests)
//   kPresence 17     user, be32                 targets, connected nodes    (not in digests)
//
// A user's row ends with issuer and subject, if somebody vouched for the user.
//
// A digest covers the classes below kSession, a queue as one row with segment number 0 and no
// index: the same views give the same digest, however they came about. Rows of the default (an
// empty queue, no session) don't exist. Any thread that owns the views.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "state/views.h"

namespace mnm::state {

enum class RowClass : std::uint8_t {
  kClock = 1,
  kUser = 2,
  kNode = 3,
  kGroup = 4,
  kMessage = 5,
  kQueue = 6,
  kSession = 16,
  kPresence = 17,
};

// Takes one row; an empty value means that the row must go.
using RowSink = std::function<void(std::string_view key, std::string_view value)>;

class RowWriter {
 public:
  RowWriter(const Views& views, RowSink sink) : views_(views), sink_(std::move(sink)) {}

  // The rows of what `changes` touched, for a checkpoint, in the order of the keys of each class.
  void write_touched(const Changes& changes);
  // All rows, in the order of their keys, for a base.
  void write_everything();
  // Everything a digest covers, in the order of the keys.
  void write_for_digest();
  // The one row of this key (row_key); none where it isn't the key of an object or a session.
  void write_one(std::string_view key);

 private:
  void objects_and_messages();
  void clock();
  void user(UserNo number);
  void node(NodeNo number);
  void group(GroupNo number);
  void message(Lsn id);
  void whole_lane(NodeNo number, Lane which);
  void segments(NodeNo number, Lane lane);
  void segment(const QueueSegment& segment);
  void session(NodeNo number);
  void presence(UserNo number);
  void begin(RowClass row_class);
  void emit() { sink_(key_, value_); }

  const Views& views_;
  RowSink sink_;
  std::string key_;
  std::string value_;
};

// Single objects from a checkpoint's rows. Keys of rows that are objects', and of a node's session.
[[nodiscard]] std::string row_key(RowClass row_class, std::uint32_t number);
// Where the rows of a lane begin.
[[nodiscard]] std::string lane_key(NodeNo node, Lane lane, std::uint64_t segment);
// What a digest covers of a lane that isn't empty.
[[nodiscard]] std::string digested_value(const IdLane& lane);
// False when the value is none of this version; the object is part of it then.
[[nodiscard]] bool decode_row(std::string_view value, User& user,
                              std::optional<Identity>& identity);
[[nodiscard]] bool decode_row(std::string_view value, Node& node);  // without queue and session
[[nodiscard]] UserNo owner_in_node_row(std::string_view value);     // that alone
[[nodiscard]] bool decode_session(std::string_view value, Node& node);
[[nodiscard]] bool decode_presence(std::string_view value, User& user);  // its nodes and targets
[[nodiscard]] bool decode_row(std::string_view value, Group& group);
[[nodiscard]] bool decode_row(std::string_view value, Message& message, MessageExtras& extras);
// Adds one segment, which follows those before.
[[nodiscard]] bool decode_row(std::string_view value, IdLane& lane);

// Fills empty views from a checkpoint's rows, in the order of their keys.
class RowReader {
 public:
  explicit RowReader(Views& views) : views_(views) {}
  // kCorruption when it isn't a row of this version.
  [[nodiscard]] Result<> add(std::string_view key, std::string_view value);
  // That rows of so many users and nodes are to come: room for them. May be more or fewer.
  void expect(std::size_t users, std::size_t nodes);
  // Rows of messages need no others: they can be read into views of their own, by another thread,
  // and be taken over here, where there are none.
  void take_messages(Views& from);
  // Makes what is derived, after the last row. `applied` is the checkpoint's LSN.
  [[nodiscard]] Result<> finish(Lsn applied);

 private:
  bool clock(std::string_view value);
  bool user(std::uint32_t number, std::string_view value);
  bool node(std::uint32_t number, std::string_view value);
  bool group(std::uint32_t number, std::string_view value);
  bool message(std::uint64_t id, std::string_view value);
  bool presence(UserNo number, std::string_view value);
  bool derive();
  void derive_names();
  bool derive_costs(NodeNo first, NodeNo end);

  Views& views_;
};

}  // namespace mnm::state
