#include "ops/checkpoint_stored_rows.h"

#include "ops/checkpoint_rows.h"

namespace mnm::ops {
namespace {

rocksdb::Slice slice(std::string_view text) { return {text.data(), text.size()}; }
std::string_view view(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }

}  // namespace

rocksdb::DB& CheckpointStoredRows::db() const {
  if (db_) return *db_;
  throw Unreadable({ErrorCode::kUnavailable, "checkpoint " + directory_ + ": a write failed"});
}

std::string_view CheckpointStoredRows::opened(std::string_view key, std::string_view stored) {
  const auto value = seal_.value(key, stored, buffer_);
  if (!value) throw Unreadable(value.error());
  return *value;
}

// Not by an iterator, which would walk over all that was deleted up to the next row that is there.
std::optional<std::string_view> CheckpointStoredRows::row(std::string_view key) {
  const rocksdb::Status status = db().Get({}, slice(key), &stored_);
  if (status.IsNotFound()) return {};
  if (!status.ok()) throw Unreadable(checkpoint_error(directory_, status));
  return opened(key, stored_);
}

void CheckpointStoredRows::each(std::string_view begin, std::string_view end, const Visit& visit) {
  const rocksdb::Slice bound = slice(end);
  rocksdb::ReadOptions options;
  options.iterate_upper_bound = &bound;
  const std::unique_ptr<rocksdb::Iterator> row(db().NewIterator(options));
  for (row->Seek(slice(begin)); row->Valid(); row->Next()) {
    visit(view(row->key()), opened(view(row->key()), view(row->value())));
  }
  if (!row->status().ok()) throw Unreadable(checkpoint_error(directory_, row->status()));
}

std::uint32_t CheckpointStoredRows::last_number(state::RowClass row_class) {
  const auto last = ops::last_number(db(), seal_, directory_, row_class);
  if (!last) throw Unreadable(last.error());
  return *last;
}

}  // namespace mnm::ops
