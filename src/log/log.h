// The log: opaque records in order, and the message rows that live until all recipients have acked
// them.
//
// One writer: append and trim are called by the engine's thread alone. Everything const, and scrub,
// may be called from any thread at any time. Knows no protobuf and no users. Nothing above this
// folder may assume RocksDB, that a purge is carried out at once, or that this process is the only
// reader.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/crypto.h"
#include "base/error.h"
#include "base/ids.h"

namespace mnm::log {

// A place in the log: the last event of a record, and the hash of that record's envelope. {0, 0,
// zeros} is before all.
struct Position {
  Epoch epoch;
  Lsn lsn;
  Hash chain{};
  friend bool operator==(const Position&, const Position&) = default;
};

// Names a body kept as a file: body/<boot, 16 hex digits>-<serial>. `boot` is the LSN that the
// log's head had when the process started, so no name is ever used twice. Serial 0 is "no file".
struct BodyFile {
  Lsn boot;
  std::uint64_t serial = 0;
  explicit operator bool() const { return serial != 0; }
  friend auto operator<=>(const BodyFile&, const BodyFile&) = default;
};

// A message row to write. The octets are the caller's until append returns.
struct MessagePut {
  Lsn id;  // the LSN of an event of the same append
  std::string_view
      head;  // the row's value is head + body, opaque here (ops/message.h); apart, so that
  std::string_view body;  // the body isn't copied once more
  BodyFile file;          // when the body is a file: already synced, and from now on the log's
};

// A message row to delete for good, with its file.
struct MessagePurge {
  Lsn id;
  BodyFile file;
};

struct AppendRequest {
  Epoch epoch;                               // head()'s, or a newer one
  Lsn first;                                 // head().lsn + 1, or, in a newer epoch, any later LSN
  std::span<const std::string_view> events;  // at least one
  std::span<const MessagePut> puts;          // in ascending order of id
  std::span<const MessagePurge> purges;      // of earlier appends; each message once
};

// What surrounds a record's events, and what the chain hashes.
struct Envelope {
  Epoch epoch;
  Lsn first;
  std::uint32_t count = 0;  // of events
  Hash previous{};          // the chain hash before it
  Hash chain{};             // the hash of this envelope
  Hash events_root{};

  [[nodiscard]] Lsn last() const { return first + (count - 1); }
  [[nodiscard]] Position position() const { return {epoch, last(), chain}; }
};

// One record as stored: the events of one engine turn.
struct Record : Envelope {
  std::string storage;                   // the stored value
  std::vector<std::string_view> events;  // views into storage

  Record() = default;
  Record(Record&&) = default;
  Record& operator=(Record&&) = default;
  Record(const Record&) = delete;
  Record& operator=(const Record&) = delete;
};

// A record as it is stored, and under which key: its first LSN, if all is well.
struct Stored {
  Lsn key;
  std::string octets;
};

// Walks records forward; not thread-safe, one thread at a time. Sees what was durable when it was
// made.
class Scanner {
 public:
  virtual ~Scanner() = default;
  // The next record, nullopt at the end. Errors: kCorruption (CRC, shape, a gap in LSNs),
  // kTampering (the chain doesn't fit, an events_root that isn't its events'), kUnknownFormat.
  // After an error the scanner is at its end.
  virtual Result<std::optional<Record>> next() = 0;
  // The same as it is stored, for those who decode it elsewhere or want its envelope alone
  // (log/record.h): nothing is checked. A scanner is walked by one of the two.
  virtual Result<std::optional<Stored>> next_stored();
};

// What may be read, also by tools on a stopped store or beside a running relay.
class Reader {
 public:
  virtual ~Reader() = default;
  // The last durable position: nothing after it is ever shown.
  [[nodiscard]] virtual Position durable() const = 0;
  // Tells this log from others: octets made with it, the same in a copy. Empty if it has none.
  [[nodiscard]] virtual std::string identity() const { return {}; }
  // How it is stored, for people: "mnm log 2". Empty where that isn't known.
  [[nodiscard]] virtual std::string format() const { return {}; }
  // The first LSN kept; 0 when the log is empty.
  [[nodiscard]] virtual Lsn tail() const = 0;
  // From the record that holds `from` (or the first after it) through the durable position.
  [[nodiscard]] virtual std::unique_ptr<Scanner> scan(Lsn from) const = 0;
  // The record that holds `lsn`; kNegative if it isn't kept.
  [[nodiscard]] virtual Result<Record> read(Lsn lsn) const = 0;
  // A message row's value; kNegative once it is purged. Beside a running relay as of the last call
  // of another function, unless the message came later.
  [[nodiscard]] virtual Result<std::string> message(Lsn id) const = 0;
};

class Log : public Reader {
 public:
  // Writes one record, its message rows and purges in one batch and syncs it. When it returns, all
  // of it is durable. Any error is final: the outcome is unknown, nothing more can be written, and
  // the process must end.
  virtual Result<Position> append(const AppendRequest& request) = 0;
  // Forgets records wholly below `before`, but never the last one. Waiting messages stay.
  virtual Result<void> trim(Lsn before) = 0;
  // Makes the octets of everything purged so far disappear from every file of the log. Slow (flush
  // and compaction); call it on a thread of its own. Concurrent with everything else.
  virtual Result<void> scrub() = 0;
};

}  // namespace mnm::log
