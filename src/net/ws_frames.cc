#include "net/ws_frames.h"

#include <glog/logging.h>
#include <openssl/evp.h>

#include <algorithm>
#include <cstring>

#include "base/base64.h"
#include "base/canary.h"

namespace mnm::net {
namespace {

constexpr unsigned kFin = 0x80;
constexpr unsigned kReserved = 0x70;
constexpr unsigned kOpcode = 0x0f;
constexpr unsigned kMasked = 0x80;
constexpr unsigned kLength = 0x7f;
constexpr unsigned kLength16 = 126;
constexpr unsigned kLength64 = 127;
constexpr std::size_t kControlBytesMax = 125;
constexpr std::string_view kAcceptGuid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";  // RFC 6455, 1.3

// How many octets of a length follow the first two of a head.
std::size_t length_bytes(unsigned length) {
  if (length == kLength64) return 8;
  return length == kLength16 ? 2 : 0;
}

// RFC 6455, 7.4: the codes that may be on the wire. None at all may, too.
bool is_close_data(std::string_view data) {
  if (data.size() < 2) return data.empty();
  const unsigned code =
      static_cast<unsigned char>(data[0]) << 8U | static_cast<unsigned char>(data[1]);
  const bool reserved = code == 1004 || code == 1005 || code == 1006;
  return (code >= 1000 && code <= 1014 && !reserved) || (code >= 3000 && code <= 4999);
}

bool is_known(unsigned opcode) { return opcode <= 2 || (opcode >= 8 && opcode <= 10); }

}  // namespace

// Collects the head; true once it is whole, or can't be one.
bool WsReader::head_done(std::string_view& in) {
  std::size_t wanted = 2;
  while (!in.empty()) {
    if (head_have_ >= 2) {
      const bool masked = (head_[1] & kMasked) != 0;
      wanted = 2 + length_bytes(head_[1] & kLength) + (masked ? mask_.size() : 0);
    }
    if (head_have_ == wanted) return true;
    head_[head_have_++] = static_cast<unsigned char>(in.front());
    in.remove_prefix(1);
  }
  if (head_have_ < 2) return false;
  const bool masked = (head_[1] & kMasked) != 0;
  return head_have_ == 2 + length_bytes(head_[1] & kLength) + (masked ? mask_.size() : 0);
}

void WsReader::begin_frame() {
  const unsigned length = head_[1] & kLength;
  const std::size_t extra = length_bytes(length);
  left_ = extra == 0 ? length : 0;
  for (std::size_t i = 0; i < extra; ++i) left_ = left_ << 8U | head_.at(2 + i);
  const bool masked = (head_[1] & kMasked) != 0;
  if (masked) std::copy_n(head_.begin() + static_cast<std::ptrdiff_t>(2 + extra), 4, mask_.begin());
  mask_at_ = 0;
  head_have_ = 0;
  in_payload_ = true;

  const unsigned opcode = head_[0] & kOpcode;
  const bool fin = (head_[0] & kFin) != 0;
  const bool shortest = extra == 0 || (extra == 2 ? left_ >= kLength16 : left_ > 0xffff);
  bool good = (head_[0] & kReserved) == 0 && is_known(opcode) && shortest &&
              (masked == (role_ == WsRole::kServer) || MNM_CANARY("unmasked-frame")) &&
              left_ >> 63U == 0;
  if (is_control()) {
    good = good && fin && left_ <= kControlBytesMax;
  } else {
    const bool continues = opcode == static_cast<unsigned>(WsOpcode::kContinuation);
    good = good && continues == in_message_;
    in_message_ = !fin;
  }
  if (!good) {
    failed_ = kWsProtocolError;
  } else if (opcode == static_cast<unsigned>(WsOpcode::kText)) {
    failed_ = kWsNotAcceptable;
  }
}

void WsReader::end_frame(const Control& control) {
  in_payload_ = false;
  if (!is_control()) return;
  const auto opcode = static_cast<WsOpcode>(head_[0] & kOpcode);
  if (opcode == WsOpcode::kClose) {
    if (!is_close_data(control_)) failed_ = kWsProtocolError;
    closed_ = true;
  }
  control(opcode, control_);
  control_ = std::string();
}

void WsReader::unmask(char* octets, std::size_t count) {
  if (role_ == WsRole::kClient) return;
  std::array<unsigned char, 8> mask{};
  for (std::size_t i = 0; i < mask.size(); ++i) mask.at(i) = mask_.at((mask_at_ + i) & 3U);
  std::uint64_t word = 0;
  std::memcpy(&word, mask.data(), sizeof word);
  std::size_t i = 0;
  for (; i + sizeof word <= count; i += sizeof word) {
    std::uint64_t octets8 = 0;
    std::memcpy(&octets8, octets + i, sizeof octets8);
    octets8 ^= word;
    std::memcpy(octets + i, &octets8, sizeof octets8);
  }
  for (; i < count; ++i) octets[i] = static_cast<char>(octets[i] ^ mask.at(i & 7U));
  mask_at_ = static_cast<std::uint8_t>((mask_at_ + count) & 3U);
}

std::size_t WsReader::take(std::span<char> octets, const Control& control) {
  std::size_t at = 0;
  std::size_t data = 0;
  while (failed_ == 0 && !closed_ && (at < octets.size() || (in_payload_ && left_ == 0))) {
    if (!in_payload_) {
      std::string_view in(octets.data() + at, octets.size() - at);
      const bool whole = head_done(in);
      at = octets.size() - in.size();
      if (whole) begin_frame();
      continue;
    }
    const std::size_t count = std::min<std::uint64_t>(left_, octets.size() - at);
    char* const from = octets.data() + at;
    unmask(from, count);
    if (is_control()) {
      control_.append(from, count);
    } else {
      if (data != at) std::memmove(octets.data() + data, from, count);
      data += count;
    }
    at += count;
    left_ -= count;
    if (left_ == 0) end_frame(control);
  }
  return data;
}

WsHead ws_head(WsOpcode opcode, bool fin, std::uint64_t size) {
  WsHead head;
  const auto put = [&head](unsigned octet) {
    head.octets.at(head.size++) = static_cast<char>(octet);
  };
  put((fin ? kFin : 0U) | static_cast<unsigned>(opcode));
  if (size < kLength16) {
    put(static_cast<unsigned>(size));
  } else {
    const bool is_long = size > 0xffff;
    put(is_long ? kLength64 : kLength16);
    for (int shift = is_long ? 56 : 8; shift >= 0; shift -= 8) {
      put(static_cast<unsigned>(size >> shift) & 0xffU);
    }
  }
  return head;
}

std::string ws_control(WsOpcode opcode, std::string_view data) {
  CHECK_LE(data.size(), kControlBytesMax);
  return std::string(ws_head(opcode, true, data.size()).text()) + std::string(data);
}

std::string ws_close_data(std::uint16_t code) {
  return {static_cast<char>(code >> 8U), static_cast<char>(code & 0xffU)};
}

std::string ws_accept(std::string_view key) {
  const std::string text = std::string(key) + std::string(kAcceptGuid);
  std::array<unsigned char, EVP_MAX_MD_SIZE> hash{};
  unsigned size = 0;
  CHECK_EQ(EVP_Digest(text.data(), text.size(), hash.data(), &size, EVP_sha1(), nullptr), 1);
  return base64_encode({reinterpret_cast<const char*>(hash.data()), size});
}

}  // namespace mnm::net
