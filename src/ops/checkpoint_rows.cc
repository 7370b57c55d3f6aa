#include "ops/checkpoint_rows.h"

#include <fmt/format.h>

#include <memory>

#include "base/codec.h"
#include "state/rows.h"

namespace mnm::ops {
namespace {

rocksdb::Slice slice(std::string_view text) { return {text.data(), text.size()}; }
std::string_view view(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }

}  // namespace

std::string encode_checkpoint_meta(const log::Position& position) {
  std::string out;
  Encoder encoder(out);
  encoder.varint(state::kFoldVersion);
  encoder.varint(position.epoch.value());
  encoder.varint(position.lsn.value());
  encoder.raw(as_bytes(position.chain));
  return out;
}

Error checkpoint_error(const std::string& directory, const rocksdb::Status& status) {
  const ErrorCode code = status.IsCorruption() ? ErrorCode::kCorruption : ErrorCode::kUnavailable;
  return {code, fmt::format("checkpoint {}: {}", directory, status.ToString())};
}

Result<log::Position> checkpoint_position(rocksdb::DB& db, const std::string& directory) {
  std::string meta;
  const auto status = db.Get({}, slice(kCheckpointMetaKey), &meta);
  if (status.IsNotFound()) return log::Position{};
  if (!status.ok()) return fail(checkpoint_error(directory, status));
  Decoder decoder(meta);
  if (decoder.varint() != state::kFoldVersion) return log::Position{};
  log::Position position;
  position.epoch = Epoch(static_cast<std::uint32_t>(decoder.varint()));
  position.lsn = Lsn(decoder.varint());
  const std::string_view chain = decoder.raw(sizeof(Hash));
  if (!decoder.done()) {
    return fail(ErrorCode::kCorruption, "checkpoint " + directory + ": its meta row is damaged");
  }
  position.chain = hash_from(chain);
  return position;
}

Result<> load_checkpoint(rocksdb::DB& db, const std::string& directory, Lsn applied,
                         state::Views& views) {
  state::RowReader reader(views);
  rocksdb::ReadOptions options;
  options.fill_cache = false;
  options.readahead_size = std::size_t{1} << 20;
  const std::unique_ptr<rocksdb::Iterator> row(db.NewIterator(options));
  for (row->Seek(slice({"\x01", 1})); row->Valid(); row->Next()) {
    if (auto added = reader.add(view(row->key()), view(row->value())); !added) return added;
  }
  if (!row->status().ok()) return fail(checkpoint_error(directory, row->status()));
  return reader.finish(applied);
}

}  // namespace mnm::ops
