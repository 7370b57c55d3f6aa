// A signed head: the relay's word, under its key, for what the log held at a moment
// (doc/log_format.md, "`heads`"). Each names the one before, so that none can be left out.
//
// Pure; any thread. One spelling: a line is a head only if the head is that line.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/crypto.h"
#include "base/error.h"
#include "base/signature.h"
#include "log/log.h"

namespace mnm::log {

using Identity = std::array<std::uint8_t, 16>;  // of the log's database

struct Head {
  std::uint64_t number = 0;  // from 1
  Identity identity{};
  Position position;          // the last record that it covers
  std::uint64_t records = 0;  // how many records the log ever held through it, trimmed ones too
  Hash root{};                // of the range of their chain hashes
  std::uint64_t time_ns = 0;  // UTC, when it was signed
  Hash previous{};            // hash() of the head before; zeros in the first

  // What is signed, and hashed.
  [[nodiscard]] std::string octets() const;
  [[nodiscard]] Hash hash() const { return sha256(octets()); }
  friend bool operator==(const Head&, const Head&) = default;
};

struct SignedHead {
  Head head;
  Signature signature{};

  [[nodiscard]] bool holds(const PublicKey& key) const {
    return signature_holds(signature, head.octets(), key);
  }
  // With its newline.
  [[nodiscard]] std::string line() const;
  friend bool operator==(const SignedHead&, const SignedHead&) = default;
};

inline constexpr std::size_t kHeadLineBytesMax = 512;

[[nodiscard]] SignedHead sign_head(const Head& head, const SigningKey& key);
// `line` without its newline. None unless it is exactly the line of a head.
[[nodiscard]] std::optional<SignedHead> parse_head(std::string_view line);

// Whether `head` may come after `before` (none: it isn't known): number, identity and hash, and an
// LSN that never goes back. kTampering.
[[nodiscard]] Result<> check_succession(const std::optional<Head>& before, const Head& head);

// The one line of a file that holds the public key, with its newline.
[[nodiscard]] std::string key_line(const PublicKey& key);
[[nodiscard]] std::optional<PublicKey> parse_key(std::string_view text);

}  // namespace mnm::log
