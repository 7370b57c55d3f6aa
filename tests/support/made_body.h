// A body of any size that is made, not held: pieces of made-up octets, the same ones for the same
// seed, and their hash.
//
// Pure; any thread.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <functional>
#include <string>
#include <string_view>

#include "base/crypto.h"

namespace mnm::testing {

class MadeBody {
 public:
  static constexpr std::size_t kPieceBytes = 64 << 10;

  MadeBody(std::uint64_t seed, std::uint64_t size) : seed_(seed), size_(size) {}

  // The first `count` octets, in pieces.
  void each(std::uint64_t count, const std::function<void(std::string_view)>& take) const {
    std::string piece(kPieceBytes, '\0');
    std::uint64_t state = seed_ * 2 + 1;
    for (count = std::min(count, size_); count > 0;) {
      for (std::size_t at = 0; at < piece.size(); at += sizeof state) {
        state ^= state << 13;  // xorshift64
        state ^= state >> 7;
        state ^= state << 17;
        std::memcpy(piece.data() + at, &state, sizeof state);
      }
      const std::size_t some = std::min<std::uint64_t>(count, piece.size());
      take(std::string_view(piece).substr(0, some));
      count -= some;
    }
  }
  [[nodiscard]] Hash hash() const {
    Sha256 sum;
    each(size_, [&](std::string_view piece) { sum.update(piece); });
    return sum.finish();
  }
  [[nodiscard]] std::string text() const {
    std::string all;
    each(size_, [&](std::string_view piece) { all += piece; });
    return all;
  }
  [[nodiscard]] std::uint64_t size() const { return size_; }

 private:
  std::uint64_t seed_;
  std::uint64_t size_;
};

}  // namespace mnm::testing
