#include "log/ahead_reader.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "log/record.h"

namespace mnm::log {
namespace {

// What a thread takes at a time: enough that handing over costs little.
constexpr std::size_t kBatchBytes = std::size_t{128} << 10;
// Read ahead at most: what a scan holds in memory beside the records of its reader. A record may be
// larger than a batch.
constexpr std::size_t kBatchesPerThread = 4;

struct Batch {
  std::vector<Stored> stored;
  std::vector<Result<Record>> records;
  bool ready = false;  // decoded; guarded by the scanner's mutex
};

class AheadScanner final : public Scanner {
 public:
  AheadScanner(std::unique_ptr<Scanner> below, unsigned threads, Roots roots)
      : below_(std::move(below)), roots_(roots), batches_max_(kBatchesPerThread * threads) {
    for (unsigned i = 0; i < threads; ++i) threads_.emplace_back([this] { decode(); });
  }
  ~AheadScanner() override {
    {
      const std::scoped_lock lock(mutex_);
      stop_ = true;
    }
    changed_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }

  Result<std::optional<Record>> next() override {
    if (over_) return std::nullopt;
    if (at_ == current_.size() && !take()) {
      over_ = true;
      if (failed_) return fail(*failed_);
      return std::nullopt;
    }
    Result<Record> record = std::move(current_[at_++]);
    if (record && before_) {
      if (Result<void> linked = check_link(*before_, *record); !linked) {
        record = fail(linked.error());
      }
    }
    if (!record) {
      over_ = true;
      return fail(record.error());
    }
    before_ = record->position();
    return std::optional<Record>(std::move(*record));
  }

 private:
  // The next batch, in order; false at the end.
  bool take() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return queue_.empty() ? read_all_ : queue_.front()->ready; });
    if (queue_.empty()) return false;
    current_ = std::move(queue_.front()->records);
    at_ = 0;
    queue_.pop_front();
    lock.unlock();
    changed_.notify_all();
    return true;
  }

  // A thread: takes a batch in turn, and decodes it beside the others.
  void decode() {
    std::unique_lock lock(mutex_);
    while (true) {
      changed_.wait(lock, [this] { return stop_ || read_all_ || queue_.size() < batches_max_; });
      if (stop_ || read_all_) return;
      const auto batch = std::make_shared<Batch>();
      read(*batch);
      if (batch->stored.empty()) continue;
      queue_.push_back(batch);
      lock.unlock();
      for (Stored& stored : batch->stored) {
        batch->records.push_back(decode_stored(std::move(stored), roots_));
        if (!batch->records.back()) break;
      }
      lock.lock();
      batch->ready = true;
      changed_.notify_all();
    }
  }

  // mutex_ held: the scanner below has one reader at a time, and batches lie in its order.
  void read(Batch& batch) {
    for (std::size_t bytes = 0; bytes < kBatchBytes;) {
      auto stored = below_->next_stored();
      if (!stored) failed_ = stored.error();
      if (!stored || !stored->has_value()) {
        read_all_ = true;
        changed_.notify_all();
        return;
      }
      bytes += (*stored)->octets.size();
      batch.stored.push_back(std::move(**stored));
    }
  }

  const std::unique_ptr<Scanner> below_;
  const Roots roots_;
  const std::size_t batches_max_;
  std::vector<std::thread> threads_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::shared_ptr<Batch>> queue_;
  bool read_all_ = false;
  bool stop_ = false;
  std::optional<Error> failed_;  // after what is in the queue

  // The reader's.
  std::vector<Result<Record>> current_;
  std::size_t at_ = 0;
  std::optional<Position> before_;
  bool over_ = false;
};

}  // namespace

std::unique_ptr<Scanner> AheadReader::scan(Lsn from) const {
  return std::make_unique<AheadScanner>(below().scan(from), threads_, roots_);
}

}  // namespace mnm::log
