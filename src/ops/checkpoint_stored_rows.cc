#include "ops/checkpoint_stored_rows.h"

#include "base/codec.h"
#include "ops/checkpoint_rows.h"

namespace mnm::ops {
namespace {

rocksdb::Slice slice(std::string_view text) { return {text.data(), text.size()}; }
std::string_view view(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }

}  // namespace

rocksdb::Iterator& CheckpointStoredRows::rows() {
  if (!db_) {
    throw Unreadable({ErrorCode::kUnavailable, "checkpoint " + directory_ + ": a write failed"});
  }
  if (!iterator_) iterator_.reset(db_->NewIterator({}));
  return *iterator_;
}

bool CheckpointStoredRows::is_at_one(const rocksdb::Iterator& row) const {
  if (!row.status().ok()) throw Unreadable(checkpoint_error(directory_, row.status()));
  return row.Valid();
}

std::string_view CheckpointStoredRows::value(const rocksdb::Iterator& row) {
  const auto opened = seal_.value(view(row.key()), view(row.value()), buffer_);
  if (!opened) throw Unreadable(opened.error());
  return *opened;
}

std::optional<std::string_view> CheckpointStoredRows::row(std::string_view key) {
  rocksdb::Iterator& row = rows();
  row.Seek(slice(key));
  if (!is_at_one(row) || view(row.key()) != key) return {};
  return value(row);
}

void CheckpointStoredRows::each(std::string_view begin, std::string_view end, const Visit& visit) {
  rocksdb::Iterator& row = rows();
  for (row.Seek(slice(begin)); is_at_one(row) && view(row.key()) < end; row.Next()) {
    visit(view(row.key()), value(row));
  }
}

std::uint32_t CheckpointStoredRows::last_number(state::RowClass row_class) {
  rocksdb::Iterator& row = rows();
  row.SeekForPrev(slice(state::row_key(row_class, ~std::uint32_t{0})));
  if (!is_at_one(row)) return 0;
  Decoder key(view(row.key()));
  return key.byte() == static_cast<std::uint8_t>(row_class) ? key.fixed32_be() : 0;
}

}  // namespace mnm::ops
