#include "net/frame.h"

#include <glog/logging.h>

#include <algorithm>

#include "base/canary.h"
#include "base/crypto.h"

namespace mnm::net {
namespace {

constexpr std::string_view kDigits = "0123456789abcdef";
// An idle link keeps no more than this of a large header's memory.
constexpr std::size_t kKeptBytesMax = 1024;

int digit_value(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  return -1;
}

}  // namespace

HeaderReader::State HeaderReader::feed(std::string_view& in) {
  while (state_ == State::kIncomplete && buffer_.size() < kLengthDigits && !in.empty()) {
    const int value = digit_value(in.front());
    if (value < 0) return state_ = State::kBadLength;
    header_bytes_ = header_bytes_ << 4 | static_cast<std::size_t>(value);
    buffer_.push_back(in.front());
    in.remove_prefix(1);
    if (buffer_.size() == kLengthDigits && header_bytes_ < kHeaderBytesMin &&
        !MNM_CANARY("short-header")) {
      return state_ = State::kBadLength;
    }
  }
  if (state_ != State::kIncomplete || buffer_.size() < kLengthDigits) return state_;
  const std::size_t missing = kLengthDigits + header_bytes_ - buffer_.size();
  const std::size_t taken = std::min(missing, in.size());
  buffer_.append(in.substr(0, taken));
  in.remove_prefix(taken);
  if (MNM_CANARY("split-octets") && taken < missing && taken > 0) --header_bytes_;
  if (taken == missing) state_ = State::kReady;
  return state_;
}

std::string_view HeaderReader::header() const {
  CHECK(state_ == State::kReady) << "the header is not whole";
  return std::string_view(buffer_).substr(kLengthDigits);
}

void HeaderReader::overwrite() { wipe(buffer_); }

void HeaderReader::next() {
  CHECK(state_ == State::kReady) << "no header to forget";
  if (buffer_.capacity() > kKeptBytesMax) {
    buffer_ = std::string();
  } else {
    buffer_.clear();
  }
  header_bytes_ = 0;
  state_ = State::kIncomplete;
}

std::string frame(std::string_view json) {
  CHECK_LE(json.size(), kHeaderBytesMax) << "a header can't be framed";
  std::string out;
  out.reserve(kLengthDigits + json.size());
  for (int shift = 12; shift >= 0; shift -= 4) out.push_back(kDigits[json.size() >> shift & 15]);
  out.append(json);
  return out;
}

}  // namespace mnm::net
