#include "log/store_image.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "log/body_files.h"
#include "log/data_directory.h"
#include "log/high_water.h"
#include "log/live_place.h"
#include "log/lot_rows.h"
#include "log/recovery.h"
#include "log/rocks_db.h"
#include "log/rocks_read.h"

namespace mnm::log {
namespace {

constexpr int kMarkStepMs = 20;
constexpr Lsn kNoLsn(~std::uint64_t{0});  // behind all

class FrozenReader final : public Reader {
 public:
  FrozenReader(const Database& database, const Position& head)
      : database_(database), lots_(database), head_(head) {}
  [[nodiscard]] Position durable() const override { return head_; }
  [[nodiscard]] Lsn tail() const override { return find_tail(database_, head_); }
  [[nodiscard]] std::unique_ptr<Scanner> scan(Lsn from) const override {
    return make_scanner(database_, from, head_);
  }
  [[nodiscard]] Result<Record> read(Lsn lsn) const override {
    return find_record(database_, lsn, head_);
  }
  [[nodiscard]] Result<std::string> message(Lsn id) const override {
    return find_message(database_, lots_, id, head_);
  }

 private:
  const Database& database_;
  const LotsSeen lots_;
  const Position head_;
};

// Never catches up with the relay, so records and message rows are of one moment.
class RocksImage final : public StoreImage {
 public:
  RocksImage(std::unique_ptr<Database> database, const Position& head, bool live)
      : database_(std::move(database)), reader_(*database_, head), live_(live) {}

  [[nodiscard]] const Reader& reader() const override { return reader_; }
  [[nodiscard]] bool live() const override { return live_; }
  [[nodiscard]] const std::string& identity() const override { return identity_; }

  Result<void> read_identity() {
    const rocksdb::Status status = database_->db().Get(
        rocksdb::ReadOptions(), database_->defaults(), std::string(kIdentityKey), &identity_);
    if (!status.ok()) return fail(to_error(status, "can't read the log's identity"));
    return {};
  }

  [[nodiscard]] Result<void> each_message(const Visit& visit) const override {
    const Result<std::vector<FileRow>> files = read_file_rows(*database_);
    if (!files) return fail(files.error());
    rocksdb::ReadOptions options;
    options.verify_checksums = true;
    options.fill_cache = false;
    const std::unique_ptr<rocksdb::Iterator> rows(
        database_->db().NewIterator(options, database_->msg()));
    const Result<Lots> lots = read_lots(*database_);
    if (!lots) return fail(lots.error());
    auto file = files->begin();
    const auto show = [&](Lsn id, std::string_view row) {
      file =
          std::find_if(file, files->end(), [id](const FileRow& other) { return other.id >= id; });
      const bool has_file = file != files->end() && file->id == id;
      return visit(id, has_file ? file->file : BodyFile(), row);
    };
    // Those in lots come between the others.
    auto in_lot = lots->messages.begin();
    const auto show_lots_before = [&](Lsn end) -> Result<void> {
      for (; in_lot != lots->messages.end() && in_lot->first < end; ++in_lot) {
        if (Result<void> shown = show(in_lot->first, in_lot->second); !shown) return shown;
      }
      return {};
    };
    for (rows->SeekToFirst(); rows->Valid(); rows->Next()) {
      const std::optional<Lsn> id = lsn_from(rows->key());
      if (!id) return fail(ErrorCode::kCorruption, "a key of the family \"msg\" is misshapen");
      if (Result<void> shown = show_lots_before(*id); !shown) return shown;
      if (Result<void> shown = show_row(*id, rows->value().ToStringView(), show); !shown)
        return shown;
    }
    if (!rows->status().ok()) return fail(to_error(rows->status(), "can't read the messages"));
    return show_lots_before(kNoLsn);
  }

 private:
  template <class Show>
  [[nodiscard]] Result<void> show_row(Lsn id, std::string_view row, const Show& show) const {
    if (!database_->sealing().sealed) return show(id, row);
    const Result<std::string> opened = open_row(*database_, id, key_of(id), row);
    return opened ? show(id, *opened) : fail(opened.error());
  }
  // Of a sealed message; empty when it is missing, which is for whoever opens the row to tell.
  [[nodiscard]] std::string key_of(Lsn id) const {
    std::string key;
    const rocksdb::Status status =
        database_->db().Get(rocksdb::ReadOptions(), database_->key(), LsnKey(id).slice(), &key);
    return status.ok() ? key : std::string();
  }

  const std::unique_ptr<Database> database_;
  const FrozenReader reader_;
  const bool live_;
  std::string identity_;
};

// The relay's mark is at most high_water_sync_ms behind what a secondary sees.
Result<void> wait_until_durable(const std::string& directory, const Position& head,
                                const std::function<bool()>& interrupted) {
  const auto file_system = rocksdb::FileSystem::Default();
  for (int waited = 0; waited <= kImageWithinMs; waited += kMarkStepMs) {
    const Result<HighWaterMark> mark = HighWater::load(directory, *file_system);
    if (mark && mark->slot && mark->slot->position.lsn >= head.lsn) return {};
    if (interrupted && interrupted()) return fail(ErrorCode::kInterrupted, "interrupted");
    (void)::poll(nullptr, 0, kMarkStepMs);  // a pause that a signal ends
  }
  return fail(ErrorCode::kUnavailable,
              fmt::format("{}: LSN {} isn't known to be durable after {} s", directory,
                          head.lsn.value(), kImageWithinMs / 1000));
}

}  // namespace

Result<std::unique_ptr<StoreImage>> StoreImage::open(
    const std::string& directory, const std::string& scratch,
    const std::function<bool()>& interrupted, const std::shared_ptr<const Keyring>& keyring) {
  const Sealing sealing{.sealed = is_sealed(directory), .keyring = keyring};
  const bool live = is_locked(directory);
  const auto file_system = rocksdb::FileSystem::Default();
  Result<std::unique_ptr<Database>> database =
      live ? LivePlace(directory, scratch, sealing).open()
           : Database::open(directory + "/log", Access::kReadOnly, sealing, file_system);
  if (!database) return fail(why_unopened(directory, file_system, database.error()));
  if (Result<void> known = check_format_known(find_format(**database), directory); !known) {
    return fail(known.error());
  }
  const Result<Position> head = find_head(**database);
  if (!head) return fail(head.error());
  if (live) {
    if (Result<void> durable = wait_until_durable(directory, *head, interrupted); !durable) {
      return fail(durable.error());
    }
  }
  auto image = std::make_unique<RocksImage>(std::move(*database), *head, live);
  if (Result<void> read = image->read_identity(); !read) return fail(read.error());
  return image;
}

}  // namespace mnm::log
