// Power cuts at any call, again and again on one data directory: the log always starts, and what
// was acked is there. And calls that fail: an append says so, and nothing acked is lost.
#include <gtest/gtest.h>

#include <rocksdb/env.h>

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <random>
#include <thread>

#include "support/directory_image.h"
#include "support/log_box.h"
#include "support/number_from.h"
#include "support/power_fs.h"
#include "support/sealed.h"

namespace mnm::log {
namespace {

using Random = std::mt19937_64;

// What one append asks for, and what the log should hold after it.
struct Step {
  std::vector<std::string> events;
  std::vector<std::pair<Lsn, std::string>> puts;
  std::vector<Lsn> purges;
};

// A log under test, and a model of what it promised.
class Patient {
 public:
  explicit Patient(std::uint64_t seed)
      : random_(seed), fs_(std::make_shared<PowerFs>(trash_.path())), box_(fs_) {
    if (seed % 2 == 0) box_.options().key = &key_;  // each other one is sealed
    if (seed % 4 == 1) box_.options().open_lot_bytes = 20'000;
    box_.options().high_water_sync_ms = seed % 3 == 0 ? 0 : seed % 3 == 1 ? 1 : 1000;
  }

  PowerFs& fs() { return *fs_; }
  LogBox& box() { return box_; }
  Random& random() { return random_; }
  [[nodiscard]] std::uint64_t acked() const { return events_.size(); }

  // Opens the log and compares. Empty when all is as promised, or the power went.
  std::string check_start() {
    const Result<void> opened = box_.try_open();
    if (!opened) return fs_->dead() ? "" : "refused to start: " + opened.error().text;
    return compare();
  }

  // One append, perhaps a trim or a scrub; false when it failed.
  bool act() {
    const std::uint64_t dice = random_() % 100;
    if (dice < 2 && events_.size() > 10) {
      const std::uint64_t before = events_.size() - random_() % 10;
      trimmed_to_ = std::max(trimmed_to_, before);
      return box_.log().trim(Lsn(before)).has_value();
    }
    if (dice < 4) return box_.log().scrub().has_value();
    return append(make_step());
  }

  void lose_power() {
    fs_->cut_power();
    box_.close();
    fs_->lose_unsynced(random_);
  }

  // Empty when the open log holds all that was acked, and nothing that was never asked for.
  std::string compare() {
    if (!box_.is_open()) return "";
    const Reader& log = box_.log();
    const Lsn head = log.durable().lsn;
    if (pending_ && head == Lsn(events_.size() + pending_->events.size())) commit(*pending_);
    pending_.reset();
    if (head != Lsn(events_.size())) {
      return "ends at LSN " + std::to_string(head.value()) + ", acked were " +
             std::to_string(events_.size());
    }
    if (log.tail() > Lsn(std::max<std::uint64_t>(trimmed_to_, 1))) return "its beginning is lost";
    std::uint64_t at = 0;
    const std::unique_ptr<Scanner> scanner = log.scan(Lsn(1));
    while (true) {
      const Result<std::optional<Record>> record = scanner->next();
      if (!record) return record.error().text;
      if (!record->has_value()) break;
      at = (*record)->first.value() - 1;
      for (const std::string_view event : (*record)->events) {
        if (event != events_[at++]) return "event " + std::to_string(at) + " is another";
      }
    }
    if (at != events_.size()) return "the scan ends early";
    for (const auto& [id, value] : messages_) {
      const Result<std::string> found = log.message(id);
      if (!found || *found != value) return "message " + std::to_string(id.value()) + " is lost";
    }
    for (const Lsn id : purged_) {
      if (log.message(id)) return "message " + std::to_string(id.value()) + " is back";
    }
    return "";
  }

 private:
  Step make_step() {
    Step step;
    const std::uint64_t head = events_.size();
    const bool busy = random_() % 3 == 0;  // many small messages: a lot
    const std::uint64_t count = random_() % (busy ? 20 : 4) + 1;
    for (std::uint64_t i = 1; i <= count; ++i) {
      const std::size_t size = random_() % 20 == 0 ? 50'000 : random_() % 300;
      step.events.emplace_back(size, static_cast<char>('a' + random_() % 26));
      if (random_() % 2 == 0) {
        const bool large = !busy && random_() % 10 == 0;
        const std::size_t octets = large ? 60'000 : random_() % 2000;
        step.puts.emplace_back(Lsn(head + i), std::string(octets, static_cast<char>(random_())));
      }
    }
    for (const auto& [id, value] : messages_) {
      if (random_() % 3 == 0) step.purges.push_back(id);
    }
    return step;
  }
  bool append(Step step) {
    const std::vector<std::string_view> events(step.events.begin(), step.events.end());
    std::vector<MessagePut> puts;
    for (const auto& [id, value] : step.puts) puts.push_back({id, value, "", {}});
    std::vector<MessagePurge> purges;
    for (const Lsn id : step.purges) purges.push_back({id, {}});
    const bool done =
        box_.log().append({Epoch(1), Lsn(events_.size() + 1), events, puts, purges}).has_value();
    if (done) {
      commit(step);
    } else if (!pending_) {
      pending_ = std::move(step);
    }
    return done;
  }
  void commit(const Step& step) {
    events_.insert(events_.end(), step.events.begin(), step.events.end());
    for (const auto& [id, value] : step.puts) messages_[id] = value;
    for (const Lsn id : step.purges) {
      messages_.erase(id);
      purged_.push_back(id);
    }
  }

  const KeySecret key_ = testing::secret_of(testing::kKeyText);
  Random random_;
  TempDir trash_{TempDir::in_memory()};
  std::shared_ptr<PowerFs> fs_;
  LogBox box_;
  std::vector<std::string> events_;  // acked, by LSN - 1
  std::map<Lsn, std::string> messages_;
  std::vector<Lsn> purged_;
  std::optional<Step> pending_;  // failed: may be there or not
  std::uint64_t trimmed_to_ = 0;
};

// `cycles` power cuts; empty, or what was wrong.
std::string suffer(Patient& patient, int cycles, const PowerFs::Plan& base = {}) {
  for (int cycle = 0; cycle < cycles; ++cycle) {
    PowerFs::Plan plan = base;
    // Often within a few appends, sometimes while it starts, sometimes much later.
    plan.cut_at = 1 + patient.random()() % (patient.random()() % 8 == 0 ? 600 : 120);
    plan.applied = patient.random()() % 2 == 0;
    patient.fs().plan(plan);
    const std::string wrong = patient.check_start();
    if (!wrong.empty()) return "cycle " + std::to_string(cycle) + ": " + wrong;
    while (patient.box().is_open() && patient.act()) {
    }
    patient.lose_power();
  }
  return "";
}

std::uint64_t first_seed() { return testing::number_from("MNM_SEED", 1); }
int scale() { return static_cast<int>(testing::number_from("MNM_SCALE", 1)); }

// Runs work(0) to work(count - 1) on a few threads, for RocksDB sleeps a second after each flush
// that failed. Empty, or what was wrong first.
std::string in_parallel(std::uint64_t count,
                        const std::function<std::string(std::uint64_t)>& work) {
  constexpr int kThreads = 12;
  for (const auto priority : {rocksdb::Env::Priority::HIGH, rocksdb::Env::Priority::LOW}) {
    rocksdb::Env::Default()->SetBackgroundThreads(kThreads, priority);  // all databases share them
  }
  std::mutex mutex;
  std::uint64_t next = 0;
  std::string wrong;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      std::unique_lock lock(mutex);
      while (next < count && wrong.empty()) {
        const std::uint64_t mine = next++;
        lock.unlock();
        std::string found = work(mine);
        lock.lock();
        if (wrong.empty()) wrong = std::move(found);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  return wrong;
}

TEST(PowerLoss, NeverKeepsTheLogFromStartingNorLosesWhatWasAcked) {
  std::atomic<std::uint64_t> acked = 0;
  const std::string wrong = in_parallel(12 * scale(), [&](std::uint64_t i) {
    Patient patient(first_seed() + i);
    const std::string found = suffer(patient, 25);
    acked += patient.acked();
    return found.empty() ? found : "MNM_SEED=" + std::to_string(first_seed() + i) + " " + found;
  });
  EXPECT_EQ(wrong, "");
  RecordProperty("acked", std::to_string(acked));
  EXPECT_GT(acked, 1000u) << "or the test looks at nothing";
}

// The test must see these, or it sees nothing.
TEST(PowerLoss, IsSeenWhenSyncsLie) {
  PowerFs::Plan plan;
  plan.lying_syncs = true;
  Patient patient(first_seed());
  EXPECT_NE(suffer(patient, 100, plan), "");
}

TEST(PowerLoss, IsSeenWhenDirectorySyncsLie) {
  PowerFs::Plan plan;
  plan.lying_directory_syncs = true;
  Patient patient(first_seed());
  EXPECT_NE(suffer(patient, 100, plan), "");
}

struct Fault {
  const char* name;
  rocksdb::IOStatus status;
  bool keeps_failing;
  bool applied;
};

class Faults : public ::testing::TestWithParam<Fault> {};

TEST_P(Faults, AtAnyCallFailTheAppendAndLoseNothing) {
  std::atomic<std::uint64_t> refused = 0;
  const auto try_at = [&](std::uint64_t call) -> std::string {
    Patient patient(call);
    if (std::string wrong = patient.check_start(); !wrong.empty()) return wrong;
    for (int i = 0; i < 3; ++i) {  // something to keep
      if (!patient.act()) return "doesn't work at all";
    }
    PowerFs::Plan plan;
    plan.fail_at = call;
    plan.failure = GetParam().status;
    plan.keeps_failing = GetParam().keeps_failing;
    plan.applied = GetParam().applied;
    patient.fs().plan(plan);
    for (int i = 0; i < 40; ++i) {
      if (patient.act()) continue;
      ++refused;
      break;
    }
    patient.box().close();
    patient.fs().plan({});
    return patient.check_start();
  };
  const std::string wrong = in_parallel(50, [&](std::uint64_t i) {
    const std::string found = try_at(1 + 3 * i);
    return found.empty() ? found : "call " + std::to_string(1 + 3 * i) + ": " + found;
  });
  EXPECT_EQ(wrong, "");
  EXPECT_GT(refused, 20u) << "or the faults hit nothing";
}

INSTANTIATE_TEST_SUITE_P(
    Each, Faults,
    ::testing::Values(Fault{"eio_once", rocksdb::IOStatus::IOError("EIO"), false, false},
                      Fault{"eio_for_ever", rocksdb::IOStatus::IOError("EIO"), true, false},
                      Fault{"eio_applied", rocksdb::IOStatus::IOError("EIO"), false, true},
                      Fault{"enospc_once", rocksdb::IOStatus::NoSpace("ENOSPC"), false, false},
                      Fault{"enospc_for_ever", rocksdb::IOStatus::NoSpace("ENOSPC"), true, false}),
    [](const auto& fault) { return std::string(fault.param.name); });

TEST(FailedAppend, IsTheLastThatIsTried) {
  TempDir trash(TempDir::in_memory());
  const auto fs = std::make_shared<PowerFs>(trash.path());
  LogBox box(fs);
  box.open();
  box.append("a");
  PowerFs::Plan plan;
  plan.fail_at = 2;  // the sync
  fs->plan(plan);
  ASSERT_FALSE(box.try_append("b"));
  fs->plan({});
  EXPECT_FALSE(box.try_append("c"));
  EXPECT_FALSE(box.log().trim(Lsn(1)));
  EXPECT_EQ(LogBox::events_of(box.log()), "a") << "reading goes on";
  EXPECT_EQ(box.log().durable().lsn, Lsn(1));
}

}  // namespace
}  // namespace mnm::log
