// A Log and a BodyStore in memory, over a "disk" that outlives them: the same contract as the real
// ones (see tests/log/contract_test.cc), for tests of what stands above the log. Restart by making
// a new MemoryLog over the disk.
//
// Thread-safe. Records are kept encoded and are checked when they are read, as on a real disk.
#pragma once

#include <glog/logging.h>

#include <algorithm>
#include <atomic>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "log/body_store.h"
#include "log/log.h"
#include "log/record.h"
#include "log/request.h"

namespace mnm::log {

struct MemoryDisk {
  struct Message {
    std::string value;
    BodyFile file;
  };
  mutable std::mutex mutex;
  std::map<Lsn, std::string> records;  // by first LSN
  std::map<Lsn, Message> messages;
  std::map<BodyFile, std::string> bodies;
  Position head;
  std::uint64_t appends = 0;
  // The append of this number, counted from 1, and all later ones fail. A failed append may have
  // been stored or not: `fail_stores` says which.
  std::uint64_t fail_at = std::numeric_limits<std::uint64_t>::max();
  bool fail_stores = false;
};

class MemoryBodyStore final : public BodyStore {
 public:
  MemoryBodyStore(std::shared_ptr<MemoryDisk> disk, Lsn boot)
      : disk_(std::move(disk)), boot_(boot) {
    const std::scoped_lock lock(disk_->mutex);
    std::erase_if(disk_->bodies, [&](const auto& body) {
      return std::none_of(disk_->messages.begin(), disk_->messages.end(),
                          [&](const auto& row) { return row.second.file == body.first; });
    });
  }

  Result<std::unique_ptr<Upload>> create() override {
    return std::make_unique<MemoryUpload>(disk_, BodyFile{boot_, ++serial_});
  }
  Result<std::unique_ptr<Download>> open(BodyFile file) const override {
    const std::scoped_lock lock(disk_->mutex);
    const auto found = disk_->bodies.find(file);
    if (found == disk_->bodies.end()) return fail(ErrorCode::kNegative, "the body file is gone");
    return std::make_unique<MemoryDownload>(found->second);
  }
  Result<void> remove(BodyFile file) override {
    const std::scoped_lock lock(disk_->mutex);
    disk_->bodies.erase(file);
    return {};
  }

 private:
  class MemoryUpload final : public Upload {
   public:
    MemoryUpload(std::shared_ptr<MemoryDisk> disk, BodyFile file)
        : disk_(std::move(disk)), file_(file) {}
    ~MemoryUpload() override {
      if (released_) return;
      const std::scoped_lock lock(disk_->mutex);
      disk_->bodies.erase(file_);
    }
    MemoryUpload(const MemoryUpload&) = delete;
    MemoryUpload& operator=(const MemoryUpload&) = delete;
    Result<void> append(std::string_view chunk) override {
      const std::scoped_lock lock(disk_->mutex);
      disk_->bodies[file_].append(chunk);
      return {};
    }
    Result<void> sync() override { return append({}); }
    [[nodiscard]] BodyFile file() const override { return file_; }
    void release() override { released_ = true; }

   private:
    std::shared_ptr<MemoryDisk> disk_;
    BodyFile file_;
    bool released_ = false;
  };

  class MemoryDownload final : public Download {
   public:
    explicit MemoryDownload(std::string body) : body_(std::move(body)) {}
    Result<std::string> read(std::uint64_t offset, std::size_t count) override {
      return offset < body_.size() ? body_.substr(offset, count) : std::string();
    }
    [[nodiscard]] std::uint64_t size() const override { return body_.size(); }

   private:
    std::string body_;
  };

  std::shared_ptr<MemoryDisk> disk_;
  Lsn boot_;
  std::atomic<std::uint64_t> serial_ = 0;
};

class MemoryLog final : public Log {
 public:
  explicit MemoryLog(std::shared_ptr<MemoryDisk> disk) : disk_(std::move(disk)) {}

  [[nodiscard]] Position durable() const override {
    const std::scoped_lock lock(disk_->mutex);
    return disk_->head;
  }
  [[nodiscard]] std::string identity() const override { return std::string(16, 'i'); }
  [[nodiscard]] std::string format() const override { return "memory"; }
  [[nodiscard]] Lsn tail() const override {
    const std::scoped_lock lock(disk_->mutex);
    return disk_->records.empty() ? Lsn() : disk_->records.begin()->first;
  }
  [[nodiscard]] std::unique_ptr<Scanner> scan(Lsn from) const override {
    const std::scoped_lock lock(disk_->mutex);
    auto begin = disk_->records.upper_bound(from);
    if (begin != disk_->records.begin()) {
      const auto holder = std::prev(begin);
      const Result<Record> record = decode_record(holder->second);
      if (!record || record->last() >= from) begin = holder;
    }
    return std::make_unique<MemoryScanner>(std::map<Lsn, std::string>(begin, disk_->records.end()));
  }
  [[nodiscard]] Result<Record> read(Lsn lsn) const override {
    const std::scoped_lock lock(disk_->mutex);
    const auto after = disk_->records.upper_bound(lsn);
    if (after == disk_->records.begin()) return fail(ErrorCode::kNegative, "no such record");
    Result<Record> record = decode_record(std::prev(after)->second);
    if (record && record->last() < lsn) return fail(ErrorCode::kNegative, "no such record");
    return record;
  }
  [[nodiscard]] Result<std::string> message(Lsn id) const override {
    const std::scoped_lock lock(disk_->mutex);
    const auto found = disk_->messages.find(id);
    if (found == disk_->messages.end()) return fail(ErrorCode::kNegative, "no such message");
    return found->second.value;
  }

  Result<Position> append(const AppendRequest& request) override {
    const std::scoped_lock lock(disk_->mutex);
    check_request(disk_->head, request);
    const bool failing = ++disk_->appends >= disk_->fail_at;
    if (failing && (!disk_->fail_stores || disk_->appends > disk_->fail_at)) return broken();
    for (const MessagePurge& purge : request.purges) {
      CHECK_EQ(disk_->messages.erase(purge.id), 1u)
          << "message " << purge.id.value() << " purged, but not there";
      if (purge.file) disk_->bodies.erase(purge.file);
    }
    for (const MessagePut& put : request.puts) {
      CHECK(!put.file || disk_->bodies.contains(put.file))
          << "a put names a body file that isn't there";
      disk_->messages[put.id] = {std::string(put.head).append(put.body), put.file};
    }
    std::string stored;
    Salt salt{};  // the same input gives the same log
    disk_->head = {
        request.epoch, last_lsn(request),
        encode_record({request.epoch, request.first, disk_->head.chain, request.events, salt},
                      stored)};
    disk_->records.emplace(request.first, std::move(stored));
    if (failing) return broken();
    return disk_->head;
  }
  Result<void> trim(Lsn before) override {
    const std::scoped_lock lock(disk_->mutex);
    while (disk_->records.size() > 1 && std::next(disk_->records.begin())->first <= before) {
      disk_->records.erase(disk_->records.begin());
    }
    return {};
  }
  Result<void> scrub() override { return {}; }

 private:
  class MemoryScanner final : public Scanner {
   public:
    explicit MemoryScanner(std::map<Lsn, std::string> records) : records_(std::move(records)) {}
    Result<std::optional<Record>> next() override {
      if (records_.empty()) return std::nullopt;
      Result<Record> record = decode_record(std::move(records_.extract(records_.begin()).mapped()));
      if (record && before_) {
        if (Result<void> linked = check_link(*before_, *record); !linked)
          record = fail(linked.error());
      }
      if (!record) {
        records_.clear();
        return fail(record.error());
      }
      before_ = Position{record->epoch, record->last(), record->chain};
      return std::optional<Record>(std::move(*record));
    }
    Result<std::optional<Stored>> next_stored() override {
      if (records_.empty()) return std::nullopt;
      auto row = records_.extract(records_.begin());
      return std::optional(Stored{row.key(), std::move(row.mapped())});
    }

   private:
    std::map<Lsn, std::string> records_;
    std::optional<Position> before_;
  };

  static tl::unexpected<Error> broken() {
    return fail(ErrorCode::kUnavailable, "the append failed; its outcome is unknown");
  }

  std::shared_ptr<MemoryDisk> disk_;
};

}  // namespace mnm::log
