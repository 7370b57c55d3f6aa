// The disk under a simulated relay: tables, a write-ahead log in RocksDB's format, the high-water
// mark, body files. It tells what is durable from what is only written, and forgets the rest in
// every way in which disks do when the power goes.
//
// What judges it at a start is the relay's own: WalScan, the record envelope, the mark's slots. One
// thread. Outlives the processes over it.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "log/body_store.h"
#include "log/high_water.h"
#include "log/log.h"
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
  friend bool operator==(const Tables&, const Tables&) = default;
};
struct BodyOctets {
  std::string octets;
  bool synced = false;
};

// What is on the platters while no process runs.
struct Image {
  Tables tables;
  std::string wal;
  std::uint64_t sequence = 1;  // of the WAL's first batch
  std::array<std::string, 2> marks;
  std::map<log::BodyFile, BodyOctets> bodies;
};

class Disk {
 public:
  Disk(Timeline& time, Random& random, Faults& faults)
      : time_(time), random_(random), faults_(faults) {}

  // --- the life of a process over it
  // -------------------------------------------------------------- The judgement at a start, as
  // src/log/recovery.cc has it: kCorruption, kTampering: refused, and nothing is changed. Else what
  // a crash left is cleared away.
  [[nodiscard]] Result<> recover();
  // The process has ended: only what is durable, or survives by chance, is left in the image.
  void power_off();
  // The tables take over the WAL.
  void flush();
  // A message row is gone.
  std::function<void(Lsn)> purged = [](Lsn) {};
  std::function<void(std::string_view event)> appended = [](std::string_view) {};
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
  void write(const log::AppendRequest& request, const std::string& record);
  void apply(const log::AppendRequest& request, std::string record);
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
  Result<void> scrub() override { return {}; }

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
