// Which messages lie in lots (log/lot_rows.h), and when a lot ends: with its last message, or, once
// so many octets were appended after it, or where purged octets have to go, by rows of their own
// for those of its messages that still wait.
//
// In memory: a start breaks up the lots that it finds. Not thread-safe. All that a call does is put
// into the batch that is given to it, and assumes that the batch is written; if it isn't, the log
// is broken anyway. Errors: a lot that can't be read any more, or isn't what was written.
#pragma once

#include <rocksdb/write_batch.h>

#include <cstddef>
#include <deque>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "log/lot_rows.h"

namespace mnm::log {

class LotBook {
 public:
  // `open_bytes_max`: what may come after a lot, in lots. No more than a memtable, so that most
  // lots never reach a table. It bounds what is kept here, too.
  LotBook(const Database& database, std::size_t open_bytes_max)
      : database_(database), open_bytes_max_(open_bytes_max) {}

  // Which rows of an append are to lie in lots: several small ones, without body files, while lots
  // are worth it, by how the last ones ended. The others are to be put alone.
  void choose(std::span<const MessagePut> puts, std::vector<MessagePut>& in_lots,
              std::vector<MessagePut>& alone);
  // The lot that has this message; none where it is purged, or has a row of its own. A lot that is
  // just being broken up has it until that is written: who doesn't find the lot any more finds the
  // row.
  [[nodiscard]] std::optional<Lsn> lot_of(Lsn id) const;

  // One append: first the purges, in ascending order; false for a message that is in no lot.
  [[nodiscard]] bool purge(Lsn id);
  // Then what follows from them. `append`: its first LSN.
  rocksdb::Status settle(Lsn append, rocksdb::WriteBatch& batch);
  // As many lots as they make.
  rocksdb::Status put(std::span<const MessagePut> puts, rocksdb::WriteBatch& batch);

  // Then, when the batch is written.
  void written();

  // The newest lot; 0 when there is none.
  [[nodiscard]] Lsn newest() const { return lots_.empty() ? Lsn() : lots_.back().first; }
  // Between appends, for a scrub: breaks up lots with purged octets in them, among those up to
  // `newest`, until the batch has some `bytes`. It stays empty when there are no more. written()
  // follows.
  rocksdb::Status break_up_stale(Lsn newest, std::size_t bytes, rocksdb::WriteBatch& batch);

 private:
  struct Lot {
    Lsn first;
    std::vector<Lsn> ids;
    std::vector<bool> purged;  // of each of them
    std::size_t left = 0;      // not purged; 0 also once it is broken up: the lot is at its end
    std::uint64_t end = 0;     // in the octets of all lots so far
  };
  struct Note {
    Lsn append;
    Lsn newest_lot;  // of those whose messages it names
  };

  struct Place {
    std::size_t lot = 0;      // in lots_
    std::size_t message = 0;  // in its ids
  };
  // None where no lot that was put has it.
  [[nodiscard]] std::optional<Place> find(Lsn id) const;
  rocksdb::Status put_lot(std::span<const MessagePut> puts, rocksdb::WriteBatch& batch);
  void learn(std::size_t waiting, std::size_t of);
  rocksdb::Status break_up(Lot& lot, rocksdb::WriteBatch& batch);
  rocksdb::Status write_note(Lsn append, rocksdb::WriteBatch& batch);
  rocksdb::Status remove_notes(rocksdb::WriteBatch& batch);
  rocksdb::Status remove(LotRow row, Lsn lsn, rocksdb::WriteBatch& batch);

  const Database& database_;
  const std::size_t open_bytes_max_;
  std::deque<Lot> lots_;  // ascending; those at their end go once all before them have
  std::deque<Note> notes_;
  std::uint64_t bytes_ = 0;  // of all lots so far
  double waiting_ = 0;       // how much of the last lots waited until they were broken up, 0 to 1
  std::size_t untried_ = 0;  // appends that could have been lots while those weren't worth it
  // Of the append that is being made.
  std::vector<std::pair<const Lot*, Lsn>> purged_;
  std::vector<Lsn> emptied_;
};

// Breaks up all that a start finds, in one synced batch.
[[nodiscard]] Result<void> break_up_lots(const Database& database);

}  // namespace mnm::log
