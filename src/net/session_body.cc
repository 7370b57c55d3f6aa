#include "net/session_body.h"

#include <glog/logging.h>

#include <algorithm>
#include <utility>

namespace mnm::net {
namespace {

struct Lead {
  std::size_t follow;   // continuation octets
  std::uint32_t value;  // the bits of the first octet
  std::uint32_t least;  // below this the form is overlong
};

std::optional<Lead> lead_of(unsigned char octet) {
  if (octet < 0x80) return Lead{0, octet, 0};
  if (octet >= 0xc2 && octet < 0xe0) return Lead{1, octet & 0x1fU, 0x80};
  if (octet >= 0xe0 && octet < 0xf0) return Lead{2, octet & 0x0fU, 0x800};
  if (octet >= 0xf0 && octet < 0xf5) return Lead{3, octet & 0x07U, 0x10000};
  return std::nullopt;
}

constexpr std::uint32_t kSurrogateFirst = 0xd800;
constexpr std::uint32_t kSurrogateLast = 0xdfff;
constexpr std::uint32_t kCodePointMax = 0x10ffff;

}  // namespace

BodyReader::BodyReader(std::uint64_t size) : size_(size) {
  if (in_file()) hash_.emplace();
}

BodyReader::State BodyReader::feed(std::string_view& in) {
  const std::size_t block = in_file() ? kChunkBytes : static_cast<std::size_t>(size_);
  const std::uint64_t missing = size_ - received_;
  std::uint64_t take = std::min<std::uint64_t>(missing, in.size());
  if (!discarding_) {
    take = std::min<std::uint64_t>(take, block - buffer_.size());
    if (buffer_.capacity() < block) buffer_.reserve(std::min<std::uint64_t>(missing, block));
    buffer_.append(in.substr(0, take));
  }
  in.remove_prefix(take);
  received_ += take;
  return state();
}

BodyReader::State BodyReader::state() const {
  if (!discarding_ && in_file() &&
      (buffer_.size() == kChunkBytes || (all_received() && !buffer_.empty()))) {
    return State::kChunk;
  }
  return all_received() ? State::kDone : State::kIncomplete;
}

std::string BodyReader::take_chunk() {
  DCHECK(state() == State::kChunk);
  hash_->update(buffer_);
  return std::exchange(buffer_, {});
}

void BodyReader::discard() {
  discarding_ = true;
  buffer_ = std::string();
}

ops::Body BodyReader::finish(std::shared_ptr<log::Upload> upload, RandomSource& random) {
  CHECK(state() == State::kDone && !discarding_);
  CHECK_EQ(in_file(), upload != nullptr);
  ops::Body body;
  body.size = size_;
  if (size_ == 0) return body;
  body.salt = random.take(kSaltOctets);
  if (in_file()) {
    body.digest = hash_->finish();
    body.upload = std::move(upload);
  } else {
    body.digest = sha256(buffer_);
    body.bytes = std::make_shared<const std::string>(std::move(buffer_));
  }
  return body;
}

TextFault check_text(std::string_view text) {
  std::size_t units = 0;
  while (!text.empty()) {
    const std::optional<Lead> lead = lead_of(static_cast<unsigned char>(text.front()));
    if (!lead || text.size() <= lead->follow) return TextFault::kNotUtf8;
    std::uint32_t point = lead->value;
    for (std::size_t i = 1; i <= lead->follow; ++i) {
      const auto octet = static_cast<unsigned char>(text[i]);
      if ((octet & 0xc0U) != 0x80) return TextFault::kNotUtf8;
      point = point << 6U | (octet & 0x3fU);
    }
    const bool surrogate = point >= kSurrogateFirst && point <= kSurrogateLast;
    if (point < lead->least || surrogate || point > kCodePointMax) return TextFault::kNotUtf8;
    units += point > 0xffff ? 2 : 1;
    text.remove_prefix(lead->follow + 1);
  }
  return units > kTextUnitsMax ? TextFault::kTooLong : TextFault::kNone;
}

}  // namespace mnm::net
