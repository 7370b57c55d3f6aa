#include "ops/checkpoint_rows.h"

#include <fmt/format.h>
#include <rocksdb/perf_level.h>

#include <functional>
#include <future>
#include <memory>

#include "base/codec.h"
#include "ops/index_rows.h"
#include "state/row_digest.h"
#include "state/rows.h"

namespace mnm::ops {
namespace {

rocksdb::Slice slice(std::string_view text) { return {text.data(), text.size()}; }
std::string_view view(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }

using RowVisit = std::function<Result<>(std::string_view key, std::string_view value)>;

}  // namespace

std::string encode_checkpoint_meta(const CheckpointMeta& meta) {
  const log::Position& position = meta.position;
  std::string out;
  Encoder encoder(out);
  encoder.varint(state::kFoldVersion);
  encoder.varint(position.epoch.value());
  encoder.varint(position.lsn.value());
  encoder.raw(as_bytes(position.chain));
  return out += meta.sum.encode();
}

Error checkpoint_error(const std::string& directory, const rocksdb::Status& status) {
  const ErrorCode code = status.IsCorruption() ? ErrorCode::kCorruption : ErrorCode::kUnavailable;
  return {code, fmt::format("checkpoint {}: {}", directory, status.ToString())};
}

Result<CheckpointMeta> read_checkpoint_meta(rocksdb::DB& db, const RowSeal& seal,
                                            const std::string& directory) {
  CheckpointMeta meta{{}, RowSum(seal.keyring())};
  const auto row = read_row(&db, seal, directory, kCheckpointMetaKey);
  if (!row) return fail(row.error());
  if (!*row) return meta;
  Decoder decoder(**row);
  if (decoder.varint() != state::kFoldVersion) return meta;
  log::Position position;
  position.epoch = Epoch(static_cast<std::uint32_t>(decoder.varint()));
  position.lsn = Lsn(decoder.varint());
  const std::string_view chain = decoder.raw(sizeof(Hash));
  if (!decoder.ok() || !meta.sum.decode(decoder.raw(decoder.left()))) {
    return fail(ErrorCode::kCorruption, "checkpoint " + directory + ": its meta row is damaged");
  }
  position.chain = hash_from(chain);
  meta.position = position;
  return meta;
}

namespace {

// A checkpoint's rows, read from end to end. Any thread.
class AllRows {
 public:
  AllRows(rocksdb::DB& db, const RowSeal& seal, const std::string& directory)
      : db_(db), seal_(seal), directory_(directory) {}

  // Each row of the views from `begin` on, before `end`, opened, in the order of the keys. Returns
  // what they sum up to.
  Result<RowSum> read(std::string_view begin, std::string_view end, const RowVisit& visit) const {
    RowSum sum(seal_.keyring());
    // The default counts through thread-local storage, a tenth of it all.
    rocksdb::SetPerfLevel(rocksdb::PerfLevel::kDisable);
    rocksdb::ReadOptions options;
    options.fill_cache = false;
    options.readahead_size = std::size_t{1} << 20;
    const rocksdb::Slice bound = slice(end);
    options.iterate_upper_bound = &bound;
    const std::unique_ptr<rocksdb::Iterator> row(db_.NewIterator(options));
    std::string buffer;
    for (row->Seek(slice(begin)); row->Valid(); row->Next()) {
      const auto value = seal_.value(view(row->key()), view(row->value()), buffer);
      if (!value) return fail(value.error());
      sum.add(view(row->key()), view(row->value()));
      if (auto visited = visit(view(row->key()), *value); !visited) return fail(visited.error());
    }
    if (!row->status().ok()) return fail(checkpoint_error(directory_, row->status()));
    return sum;
  }
  // For room alone: 0 also when it can't be read.
  [[nodiscard]] std::uint32_t last_number(state::RowClass row_class) const {
    return ops::last_number(db_, seal_, directory_, row_class).value_or(0);
  }
  [[nodiscard]] Result<> check(const RowSum& sum, const RowSum& stated) const {
    if (sum == stated) return {};
    return fail(ErrorCode::kCorruption,
                "checkpoint " + directory_ +
                    ": its rows aren't those that were written together: some are missing, or "
                    "older ones were put in their place");
  }

 private:
  rocksdb::DB& db_;
  const RowSeal& seal_;
  const std::string& directory_;
};

std::string class_begin(state::RowClass row_class) { return {static_cast<char>(row_class)}; }

RowVisit to(state::RowReader& reader) {
  return [&reader](std::string_view key, std::string_view value) { return reader.add(key, value); };
}

// Messages on a thread of their own, since they are half of the work of a start. Empty views.
Result<> load_rows(const AllRows& rows, const RowSum& stated, state::RowReader& reader) {
  using state::RowClass;
  state::Views messages;
  state::RowReader message_reader(messages);
  auto read_messages = std::async(std::launch::async, [&] {
    return rows.read(class_begin(RowClass::kMessage), class_begin(RowClass::kQueue),
                     to(message_reader));
  });
  reader.expect(rows.last_number(RowClass::kUser), rows.last_number(RowClass::kNode));
  auto sum = rows.read(class_begin(RowClass::kClock), class_begin(RowClass::kMessage), to(reader));
  auto later = sum ? rows.read(class_begin(RowClass::kQueue), kIndexBegin, to(reader)) : sum;
  auto messages_sum = read_messages.get();
  if (!sum) return fail(sum.error());
  if (!messages_sum) return fail(messages_sum.error());
  if (!later) return fail(later.error());
  reader.take_messages(messages);
  sum->add(*messages_sum);
  sum->add(*later);
  return rows.check(*sum, stated);
}

}  // namespace

Result<log::Position> load_checkpoint(rocksdb::DB& db, const RowSeal& seal,
                                      const std::string& directory, state::Views& views) {
  const auto meta = read_checkpoint_meta(db, seal, directory);
  if (!meta) return fail(meta.error());
  if (!meta->position.lsn) return meta->position;
  state::RowReader reader(views);
  if (auto read = load_rows({db, seal, directory}, meta->sum, reader); !read) {
    return fail(read.error());
  }
  if (auto finished = reader.finish(meta->position.lsn); !finished) return fail(finished.error());
  return meta->position;
}

namespace {

// All rows of the views, and that they are those that the meta row sums up.
Result<> visit_rows(rocksdb::DB& db, const RowSeal& seal, const std::string& directory,
                    const CheckpointMeta& meta, const RowVisit& visit) {
  const AllRows rows(db, seal, directory);
  const auto sum = rows.read(class_begin(state::RowClass::kClock), kIndexBegin, visit);
  if (!sum) return fail(sum.error());
  return rows.check(*sum, meta.sum);
}

}  // namespace

Result<Hash> digest_checkpoint(rocksdb::DB& db, const RowSeal& seal, const std::string& directory) {
  const auto meta = read_checkpoint_meta(db, seal, directory);
  if (!meta) return fail(meta.error());
  if (!meta->position.lsn) return Hash{};
  state::RowDigest digest;
  const auto visited = visit_rows(
      db, seal, directory, *meta,
      [&digest](std::string_view key, std::string_view value) { return digest.add(key, value); });
  if (!visited) return fail(visited.error());
  return digest.finish();
}

Result<> visit_checkpoint(rocksdb::DB& db, const RowSeal& seal, const std::string& directory,
                          const state::RowSink& sink) {
  const auto meta = read_checkpoint_meta(db, seal, directory);
  if (!meta) return fail(meta.error());
  if (!meta->position.lsn) return {};
  return visit_rows(db, seal, directory, *meta,
                    [&sink](std::string_view key, std::string_view value) -> Result<> {
                      sink(key, value);
                      return {};
                    });
}

namespace {

Error not_open(const std::string& directory) {
  return {ErrorCode::kUnavailable, "checkpoint " + directory + ": a write failed"};
}

Result<std::optional<DerivedRow>> row_at(const rocksdb::Iterator& row, const RowSeal& seal,
                                         const std::string& directory) {
  if (!row.status().ok()) return fail(checkpoint_error(directory, row.status()));
  if (!row.Valid()) return std::optional<DerivedRow>();
  std::string buffer;
  const auto value = seal.value(view(row.key()), view(row.value()), buffer);
  if (!value) return fail(value.error());
  return std::optional<DerivedRow>({row.key().ToString(), std::string(*value)});
}

}  // namespace

Result<std::optional<std::string>> read_row(rocksdb::DB* db, const RowSeal& seal,
                                            const std::string& directory, std::string_view key) {
  if (db == nullptr) return fail(not_open(directory));
  std::string key_buffer;
  const std::string_view stored_key = seal.stored_key(key, key_buffer);
  std::string stored;
  const auto status = db->Get({}, slice(stored_key), &stored);
  if (status.IsNotFound()) return std::optional<std::string>();
  if (!status.ok()) return fail(checkpoint_error(directory, status));
  std::string buffer;
  const auto value = seal.value(stored_key, stored, buffer);
  if (!value) return fail(value.error());
  return std::optional(std::string(*value));
}

Result<std::optional<DerivedRow>> read_row_from(rocksdb::DB* db, const RowSeal& seal,
                                                const std::string& directory, std::string_view key,
                                                std::string_view end) {
  if (db == nullptr) return fail(not_open(directory));
  const rocksdb::Slice bound = slice(end);
  rocksdb::ReadOptions options;
  options.iterate_upper_bound = &bound;
  const std::unique_ptr<rocksdb::Iterator> row(db->NewIterator(options));
  row->Seek(slice(key));
  return row_at(*row, seal, directory);
}

Result<std::optional<DerivedRow>> read_row_through(rocksdb::DB* db, const RowSeal& seal,
                                                   const std::string& directory,
                                                   std::string_view key, std::string_view begin) {
  if (db == nullptr) return fail(not_open(directory));
  const rocksdb::Slice bound = slice(begin);
  rocksdb::ReadOptions options;
  options.iterate_lower_bound = &bound;
  const std::unique_ptr<rocksdb::Iterator> row(db->NewIterator(options));
  row->SeekForPrev(slice(key));
  return row_at(*row, seal, directory);
}

Result<std::uint32_t> last_number(rocksdb::DB& db, const RowSeal& seal,
                                  const std::string& directory, state::RowClass row_class) {
  const auto row =
      read_row_through(&db, seal, directory, state::row_key(row_class, ~std::uint32_t{0}),
                       state::row_key(row_class, 0));
  if (!row) return fail(row.error());
  if (!*row) return 0;
  Decoder key((*row)->first);
  (void)key.byte();
  return key.fixed32_be();
}

}  // namespace mnm::ops
