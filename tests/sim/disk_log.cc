// DiskLog and DiskBodies: the relay's view of a simulated disk.
#include <algorithm>
#include <iterator>

#include "log/body_reader.h"
#include "log/sealed_file.h"
#include "sim/disk.h"

namespace mnm::sim {
namespace {

class TableScanner final : public log::Scanner {
 public:
  TableScanner(const Disk& disk, std::vector<log::Stored> records)
      : disk_(disk), records_(std::move(records)) {}
  Result<std::optional<log::Record>> next() override {
    if (next_ == records_.size()) return std::nullopt;
    const log::Stored& stored = records_[next_++];
    Result<log::Record> record = disk_.read_record(stored.key, stored.octets);
    if (record && before_) {
      if (auto linked = log::check_link(*before_, *record); !linked) record = fail(linked.error());
    }
    if (!record) {
      next_ = records_.size();
      return fail(record.error());
    }
    before_ = log::Position{record->epoch, record->last(), record->chain};
    return std::optional<log::Record>(std::move(*record));
  }

 private:
  const Disk& disk_;
  std::vector<log::Stored> records_;
  std::size_t next_ = 0;
  std::optional<log::Position> before_;
};

class DiskUpload final : public log::Upload {
 public:
  DiskUpload(Disk& disk, Faults& faults, log::BodyFile file)
      : disk_(disk), faults_(faults), file_(file) {
    if (disk.keyring()) sealer_.emplace(*disk.keyring(), log::sealed_body_name(file));
  }
  DiskUpload(const DiskUpload&) = delete;
  DiskUpload& operator=(const DiskUpload&) = delete;
  ~DiskUpload() override {
    if (!released_) disk_.bodies().erase(file_);
  }
  Result<void> append(std::string_view chunk) override {
    if (faults_.hit(Fault::kUploadFails, 100)) {
      return fail(ErrorCode::kUnavailable, "no space left on device");
    }
    std::string& octets = disk_.bodies()[file_].octets;
    if (sealer_) {
      sealer_->add(chunk, octets);
    } else {
      octets.append(chunk);
    }
    return {};
  }
  Result<void> sync() override {
    if (faults_.hit(Fault::kUploadSyncFails, 200)) {
      return fail(ErrorCode::kUnavailable, "input/output error");
    }
    BodyOctets& body = disk_.bodies()[file_];
    if (sealer_) sealer_->finish(body.octets);
    body.synced = true;
    return {};
  }
  [[nodiscard]] log::BodyFile file() const override { return file_; }
  void release() override { released_ = true; }

 private:
  Disk& disk_;
  Faults& faults_;
  log::BodyFile file_;
  std::optional<log::FileSealer> sealer_;  // none: the file is plain
  bool released_ = false;
};

class DiskDownload final : public log::Download {
 public:
  explicit DiskDownload(std::string octets) : octets_(std::move(octets)) {}
  Result<std::string> read(std::uint64_t offset, std::size_t count) override {
    return offset < octets_.size() ? octets_.substr(offset, count) : std::string();
  }
  [[nodiscard]] std::uint64_t size() const override { return octets_.size(); }

 private:
  std::string octets_;
};

}  // namespace

Lsn DiskLog::tail() const {
  return disk_.live().records.empty() ? Lsn() : disk_.live().records.begin()->first;
}

std::unique_ptr<log::Scanner> DiskLog::scan(Lsn from) const {
  const auto& records = disk_.live().records;
  auto begin = records.upper_bound(from);
  if (begin != records.begin()) --begin;  // it may hold `from`; if not, what is too old is skipped
  std::vector<log::Stored> stored;
  for (; begin != records.end(); ++begin) stored.push_back({begin->first, begin->second});
  return std::make_unique<TableScanner>(disk_, std::move(stored));
}

Result<log::Record> DiskLog::read(Lsn lsn) const {
  const auto& records = disk_.live().records;
  const auto after = records.upper_bound(lsn);
  if (after == records.begin()) return fail(ErrorCode::kNegative, "no such record");
  Result<log::Record> record = disk_.read_record(std::prev(after)->first, std::prev(after)->second);
  if (record && record->last() < lsn) return fail(ErrorCode::kNegative, "no such record");
  return record;
}

Result<std::string> DiskLog::message(Lsn id) const {
  if (faults_.hit(Fault::kRowUnreadable, 20)) {
    return fail(ErrorCode::kUnavailable, "input/output error");
  }
  return disk_.read_row(disk_.live(), id);
}

Result<void> DiskLog::trim(Lsn) { return {}; }

Result<std::unique_ptr<log::Upload>> DiskBodies::create() {
  return std::make_unique<DiskUpload>(disk_, faults_, log::BodyFile{boot_, ++serial_});
}

Result<std::unique_ptr<log::Download>> DiskBodies::open(log::BodyFile file) const {
  if (faults_.hit(Fault::kBodyUnreadable, 50)) {
    return fail(ErrorCode::kUnavailable, "input/output error");
  }
  const auto found = disk_.bodies().find(file);
  if (found == disk_.bodies().end()) return fail(ErrorCode::kNegative, "the body file is gone");
  auto octets = std::make_unique<DiskDownload>(found->second.octets);
  if (!disk_.keyring()) return octets;
  return log::open_sealed_body(std::move(octets), file, *disk_.keyring(), "a simulated body file");
}

Result<void> DiskBodies::remove(log::BodyFile file) {
  disk_.remove_body(file);
  return {};
}

}  // namespace mnm::sim
