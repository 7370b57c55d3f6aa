// The disk under a simulated relay: tables, a write-ahead log in RocksDB's format, the high-water
// mark, body files, and the keyring of a sealed one. It tells what is durable from what is only
// written, and forgets the rest in every way in which disks do when the power goes.
//
// What judges it at a start is the relay's own: WalScan, the record envelope, the mark's slots;
// what is sealed is sealed by the relay's own seals. One thread. Outlives the processes over it.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "log/body_store.h"
#include "log/high_water.h"
#include "log/keyring.h"
#include "log/log.h"
#include "log/message_seal.h"
#include "sim/faults.h"
#include "sim/random.h"
#include "sim/timeline.h"
#include "support/wal_file.h"

namespace mnm::sim {

// Thrown where the process ends at once.
struct PowerCut {};

// How an append goes, and what a power cut in it leaves.
enum class Fate : std::uint8_t {
  kDone,
  kCutBefore,
  kCutLost,
  kCutTorn,
  kCutReordered,
  kCutGarbage,
  kCutStays,
  kCutAfter,  // durable
  kFailsLost,
  kFailsStored,
  kFailsTorn,
};

struct Row {
  std::string value;
  log::BodyFile file;
  friend bool operator==(const Row&, const Row&) = default;
};
struct Tables {
  std::map<Lsn, std::string> records;  // by first LSN
  std::map<Lsn, Row> rows;
  std::map<Lsn, std::string> keys;  // of sealed rows
  friend bool operator==(const Tables&, const Tables&) = default;
};
struct BodyOctets {
  std::string octets;
  bool synced = false;
  friend bool operator==(const BodyOctets&, const BodyOctets&) = default;
};
// What has no name any more, and still lies on the disk: of a sealed body file all, of a sealed row
// its value, which lay in another table than its key.
struct Ghost {
  log::BodyFile file;  // or
  Lsn row;
  std::string octets;
  friend bool operator==(const Ghost&, const Ghost&) = default;
};
// Octets that somebody finds on the disk, and where.
struct Piece {
  std::string where;
  std::string_view octets;
};

// What is on the platters while no process runs.
struct Image {
  Tables tables;
  std::string wal;
  std::uint64_t sequence = 1;  // of the WAL's first batch
  std::array<std::string, 2> marks;
  std::map<log::BodyFile, BodyOctets> bodies;
  std::string keyring;        // empty: there is none
  std::string keyring_draft;  // what a cut left of the next one
  std::vector<Ghost> ghosts;  // the last ones
  friend bool operator==(const Image&, const Image&) = default;
};

class Disk {
 public:
  Disk(Timeline& time, Random& random, Faults& faults)
      : time_(time), random_(random), faults_(faults) {}

  // --- the life of a process over it
  // -------------------------------------------------------------- The judgement at a start, as
  // src/log/recovery.cc has it: kCorruption, kTampering: refused, and nothing is changed. Else what
  // a crash left is cleared away. `key`: the operator's, of a sealed one, which the first start
  // makes; null: it is plain. kUsage, kDenied: refused in the same way. May throw PowerCut.
  [[nodiscard]] Result<> recover(const log::KeySecret* key = nullptr);
  // The process has ended: only what is durable, or survives by chance, is left in the image.
  void power_off();
  // The tables take over the WAL.
  void flush();
  // A message row is gone.
  std::function<void(Lsn)> purged = [](Lsn) {};
  std::function<void(std::string_view event)> appended = [](std::string_view) {};
  // A row is about to be written: its text and its body's, and the octets that seal its key, or
  // its body's, if they are sealed.
  std::function<void(Lsn, std::string_view text, std::string_view sealed_key)> row_written =
      [](Lsn, std::string_view, std::string_view) {};
  // power_off in good order: the mark is where the log ends.
  void stop();

  // --- a log
  // --------------------------------------------------------------------------------------- How the
  // next append goes.
  std::function<Fate()> fate;
  [[nodiscard]] Result<log::Position> append(const log::AppendRequest& request);
  [[nodiscard]] const log::Position& head() const { return head_; }
  [[nodiscard]] const Tables& live() const { return live_; }
  [[nodiscard]] std::map<log::BodyFile, BodyOctets>& bodies() { return image_.bodies; }
  void remove_body(log::BodyFile file);
  // What was purged is gone from every file. A new data key is begun when it is time. May throw
  // PowerCut.
  [[nodiscard]] Result<> scrub();

  // --- sealed (disk_seal.cc)
  // -------------------------------------------------------------------------------
  std::function<std::uint64_t()> utc_s = [] { return std::uint64_t{0}; };
  // The process's; null: the log is plain.
  [[nodiscard]] const std::shared_ptr<log::Keyring>& keyring() const { return keyring_; }
  // Of what was stored, which is the log's own in a plain one.
  [[nodiscard]] Result<log::Record> read_record(Lsn key, const std::string& stored) const;
  [[nodiscard]] Result<std::string> read_row(const Tables& tables, Lsn id) const;
  // Another key, while no process runs: the data key begun with it. May throw PowerCut.
  [[nodiscard]] Result<std::uint32_t> rekey(const log::KeySecret& old_key,
                                            const log::KeySecret& new_key);
  // All octets on the disk, durable or not. Valid until it is written to.
  [[nodiscard]] std::vector<Piece> pieces() const;
  [[nodiscard]] const std::vector<Ghost>& ghosts() const { return image_.ghosts; }

  // --- damage, between two processes
  // ----------------------------------------------------------------
  [[nodiscard]] Image& image() { return image_; }
  // Of the image: what is spoilt, for people; empty when there is nothing that could be.
  std::string damage(Fault how);
  // What each record and row was when the process ended, had everything been kept.
  [[nodiscard]] const Tables& before() const { return live_; }
  // Faults that no disk excuses: a row put without its synced body.
  [[nodiscard]] const std::string& misuse() const { return misuse_; }

 private:
  struct Batch {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
    Lsn last;
  };
  // As it is written: sealed, where the log is.
  struct Stored {
    std::string record;
    std::vector<log::SealedMessage> rows;  // of the puts; plain rows have no key
  };
  [[nodiscard]] Stored store(const log::AppendRequest& request, std::string record) const;
  void write(const log::AppendRequest& request, const Stored& stored);
  void apply(const log::AppendRequest& request, Stored stored);
  void remove_doomed();
  void sweep();
  void keep_ghost(Ghost ghost);
  [[nodiscard]] Result<std::shared_ptr<log::Keyring>> find_keyring(const log::KeySecret* key);
  [[nodiscard]] Result<> prepare_keyring(const log::KeySecret* key);
  [[nodiscard]] Result<> replace_keyring(const std::string& octets);
  [[nodiscard]] std::string damage_keyring(Fault how);
  [[nodiscard]] std::string forge(const std::string& stored, Lsn key);
  void advance_mark(bool at_once);
  void keep_some_of_tail();
  [[nodiscard]] Result<> check_mark(const Tables& tables, const log::Position& head) const;
  [[nodiscard]] Result<> check_bodies(const Tables& tables) const;
  [[nodiscard]] std::string damage_wal(Fault how);
  [[nodiscard]] std::string damage_tables(Fault how);
  [[nodiscard]] std::string damage_bodies(Fault how);

  Timeline& time_;
  Random& random_;
  Faults& faults_;
  Image image_;
  // Of the process.
  Tables live_;
  log::WalFile wal_;
  std::vector<Batch> batches_;
  std::uint64_t synced_ = 0;  // octets of the WAL
  log::Position head_;
  std::shared_ptr<log::Keyring> keyring_;
  std::vector<log::BodyFile> doomed_;  // purged, not yet removed
  Fate last_fate_ = Fate::kDone;
  std::uint64_t mark_sequence_ = 0;
  log::Position mark_;
  Micros mark_time_{0};
  std::string misuse_;
};

// What the relay sees of it.
class DiskLog final : public log::Log {
 public:
  DiskLog(Disk& disk, Faults& faults) : disk_(disk), faults_(faults) {}
  [[nodiscard]] log::Position durable() const override { return disk_.head(); }
  [[nodiscard]] Lsn tail() const override;
  [[nodiscard]] std::unique_ptr<log::Scanner> scan(Lsn from) const override;
  [[nodiscard]] Result<log::Record> read(Lsn lsn) const override;
  [[nodiscard]] Result<std::string> message(Lsn id) const override;
  Result<log::Position> append(const log::AppendRequest& request) override {
    return disk_.append(request);
  }
  Result<void> trim(Lsn before) override;
  Result<void> scrub() override { return disk_.scrub(); }

 private:
  Disk& disk_;
  Faults& faults_;
};

class DiskBodies final : public log::BodyStore {
 public:
  DiskBodies(Disk& disk, Faults& faults) : disk_(disk), faults_(faults), boot_(disk.head().lsn) {}
  [[nodiscard]] Result<std::unique_ptr<log::Upload>> create() override;
  [[nodiscard]] Result<std::unique_ptr<log::Download>> open(log::BodyFile file) const override;
  Result<void> remove(log::BodyFile file) override;

 private:
  Disk& disk_;
  Faults& faults_;
  Lsn boot_;
  std::uint64_t serial_ = 0;
};

}  // namespace mnm::sim
