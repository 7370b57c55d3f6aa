#include "state/row_digest.h"

#include <fmt/format.h>

#include "base/codec.h"
#include "base/text.h"
#include "state/rows.h"

namespace mnm::state {

void RowDigest::put(std::string_view key, std::string_view value) {
  sizes_.clear();
  Encoder out(sizes_);
  out.varint(key.size());
  out.varint(value.size());
  hash_.update(sizes_);
  hash_.update(key);
  hash_.update(value);
}

Result<> RowDigest::add(std::string_view key, std::string_view value) {
  const auto row_class = static_cast<RowClass>(Decoder(key).byte());
  if (row_class >= RowClass::kSession) return {};
  if (row_class != RowClass::kQueue) {
    put(key, value);
    return {};
  }
  const bool whole = key.size() > sizeof(std::uint64_t);
  const std::string_view lane_key = key.substr(0, whole ? key.size() - sizeof(std::uint64_t) : 0);
  if (lane_key != lane_key_) {
    end_lane();
    lane_key_ = lane_key;
  }
  if (whole && decode_row(value, lane_)) return {};
  return fail(
      ErrorCode::kCorruption,
      fmt::format("row {} doesn't go on where its queue's last one ended", hex_encode(key)));
}

void RowDigest::end_lane() {
  if (lane_key_.empty()) return;
  Encoder(lane_key_).fixed64_be(0);  // no segment's number
  put(lane_key_, digested_value(lane_));
  lane_key_.clear();
  lane_ = IdLane();
}

Hash RowDigest::finish() {
  end_lane();
  return hash_.finish();
}

}  // namespace mnm::state
