#include "ops/checkpoint_rows.h"

#include <fmt/format.h>

#include <functional>
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

// Each row of the views, opened, in the order of the keys; kCorruption when they aren't those that
// `stated` sums up.
Result<> for_each_row(rocksdb::DB& db, const RowSeal& seal, const std::string& directory,
                      const RowSum& stated, const RowVisit& visit) {
  RowSum sum(seal.keyring());
  rocksdb::ReadOptions options;
  options.fill_cache = false;
  options.readahead_size = std::size_t{1} << 20;
  const rocksdb::Slice end = slice(kIndexBegin);
  options.iterate_upper_bound = &end;
  const std::unique_ptr<rocksdb::Iterator> row(db.NewIterator(options));
  std::string buffer;
  for (row->Seek(slice({"\x01", 1})); row->Valid(); row->Next()) {
    const auto value = seal.value(view(row->key()), view(row->value()), buffer);
    if (!value) return fail(value.error());
    sum.add(view(row->key()), view(row->value()));
    if (auto visited = visit(view(row->key()), *value); !visited) return visited;
  }
  if (!row->status().ok()) return fail(checkpoint_error(directory, row->status()));
  if (sum == stated) return {};
  return fail(ErrorCode::kCorruption,
              "checkpoint " + directory +
                  ": its rows aren't those that were written together: some are missing, or older "
                  "ones were put in their place");
}

}  // namespace

Result<log::Position> load_checkpoint(rocksdb::DB& db, const RowSeal& seal,
                                      const std::string& directory, state::Views& views) {
  const auto meta = read_checkpoint_meta(db, seal, directory);
  if (!meta) return fail(meta.error());
  if (!meta->position.lsn) return meta->position;
  state::RowReader reader(views);
  const Result<> read = for_each_row(
      db, seal, directory, meta->sum,
      [&reader](std::string_view key, std::string_view value) { return reader.add(key, value); });
  if (!read) return fail(read.error());
  if (auto finished = reader.finish(meta->position.lsn); !finished) return fail(finished.error());
  return meta->position;
}

Result<Hash> digest_checkpoint(rocksdb::DB& db, const RowSeal& seal, const std::string& directory) {
  const auto meta = read_checkpoint_meta(db, seal, directory);
  if (!meta) return fail(meta.error());
  if (!meta->position.lsn) return Hash{};
  state::RowDigest digest;
  const Result<> read = for_each_row(
      db, seal, directory, meta->sum,
      [&digest](std::string_view key, std::string_view value) { return digest.add(key, value); });
  if (!read) return fail(read.error());
  return digest.finish();
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

}  // namespace mnm::ops
