// Passwords, uids and the digest by which a retried request is recognised.
//
// Pure but for the random source handed in; any thread, as far as that source allows.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/crypto.h"
#include "ops/command.h"

namespace mnm::net {

inline constexpr std::size_t kUidOctets = 20;     // 160 bits: 32 characters
inline constexpr std::size_t kSecretOctets = 25;  // 200 bits: 40 characters
inline constexpr std::size_t kSaltOctets = 16;

// Where randomness comes from. One thread.
class RandomSource {
 public:
  virtual ~RandomSource() = default;
  [[nodiscard]] virtual std::string take(std::size_t count) = 0;
};

// The system's generator.
class SystemRandom final : public RandomSource {
 public:
  [[nodiscard]] std::string take(std::size_t count) override { return pool_.take(count); }

 private:
  RandomPool pool_;
};

// The server's keys that sessions need; 32 octets each.
struct Keys {
  std::string pepper;   // verifiers of node passwords
  std::string request;  // digests of requests
};

// HMAC-SHA-256(pepper, "mnm.node.v1" || uid || secret): one pass is right for 200 random bits.
[[nodiscard]] Hash node_verifier(const Keys& keys, std::string_view uid, std::string_view secret);
// HMAC-SHA-256(pepper, "mnm.subject.v1" || issuer || subject), each with its length before it:
// tells whether two accounts are one person's, and not whose.
[[nodiscard]] Hash subject_hash(const Keys& keys, std::string_view issuer,
                                std::string_view subject);
// A new node's password, for a node of `uid`.
[[nodiscard]] ops::FreshSecret make_secret(const Keys& keys, std::string_view uid,
                                           RandomSource& random);
[[nodiscard]] std::string make_uid(RandomSource& random);

// HMAC over op, id and content, for the ops that store a message; none for the others. Two requests
// have the same digest exactly when a client asked the same thing under the same id; what the
// session makes afresh (uids, passwords, salts) is not part of it. Bodies count by their SHA-256.
// `key`: Keys::request.
[[nodiscard]] std::optional<Hash> request_digest(const HmacSha256& key, std::string_view id,
                                                 const ops::Command& command);

}  // namespace mnm::net
