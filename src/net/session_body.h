// Takes the data after a header: a small body into memory, a large one in chunks that someone else
// writes to a file. Counts, hashes and checks on the way.
//
// Pure; one thread at a time. Nothing is allocated for octets that haven't come, but for small
// bodies.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/crypto.h"
#include "net/credentials.h"
#include "net/limits.h"
#include "ops/message.h"

namespace mnm::net {

// One body, or the note before it.
class BodyReader {
 public:
  enum class State : std::uint8_t {
    kIncomplete,  // more octets are needed
    kChunk,       // take_chunk() before feeding on
    kDone,        // finish()
  };
  explicit BodyReader(std::uint64_t size);

  // Takes octets from the front of `in` (which shrinks).
  State feed(std::string_view& in);
  // While kChunk: the octets to append to the file.
  [[nodiscard]] std::string take_chunk();
  // Every octet has been seen, though the last chunk may wait to be taken.
  [[nodiscard]] bool all_received() const { return received_ == size_; }
  [[nodiscard]] bool in_file() const { return size_ > kRowBodyBytesMax; }
  // Nothing more is kept: the octets are counted and forgotten.
  void discard();
  // When kDone; once. `upload` is the synced file of a large body.
  [[nodiscard]] ops::Body finish(std::shared_ptr<log::Upload> upload, RandomSource& random);
  // A small body's octets, when kDone.
  [[nodiscard]] std::string_view text() const { return buffer_; }

 private:
  [[nodiscard]] State state() const;

  std::uint64_t size_;
  std::uint64_t received_ = 0;
  std::string buffer_;
  std::optional<Sha256> hash_;  // of a large body; a small one is hashed at once
  bool discarding_ = false;
};

enum class TextFault : std::uint8_t { kNone, kNotUtf8, kTooLong };
// The text of a ping or an invite: valid UTF-8, then at most kTextUnitsMax UTF-16 units.
[[nodiscard]] TextFault check_text(std::string_view text);

}  // namespace mnm::net
