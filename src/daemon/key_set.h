// The public keys of a third party, as a JSON Web Key set (RFC 7517) has them, and the one question
// asked of them: was this token signed by one of you?
//
// JOSE is libcjose's business; what is ours is what we let it do. Immutable once made; any thread,
// several at once.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

struct _cjose_jwk_int;  // NOLINT: libcjose calls it so

namespace mnm::daemon {

// The signatures that are taken. Nothing else is, whatever a token asks for: no "none", and no
// HMAC, which would take a public key for a shared secret. No EdDSA, since libcjose has none.
enum class Algorithm : std::uint8_t { kRs256, kPs256, kEs256 };
[[nodiscard]] std::optional<Algorithm> algorithm_of(std::string_view name);  // "RS256"

// Called once, before the first key set is made, by a process that has one thread as yet: memory of
// libcjose is overwritten before it is given back from then on, since tokens pass through it.
void prepare_jose();

class KeySet {
 public:
  enum class Verdict : std::uint8_t {
    kSigned,
    kBadSignature,
    kNoKey,  // none that the token could mean; a newer set may have it
  };

  // Keys that can't be of use (others' kinds, for encryption, RSA below 2048 bits) are passed over.
  // kCorruption when it isn't a key set, or nothing is left.
  [[nodiscard]] static Result<KeySet> parse(std::string_view json);

  // `token` in JWS compact form, whose header asks for `algorithm` and names key `kid` (empty:
  // none, which is enough only where a single key could be meant).
  [[nodiscard]] Verdict verify(std::string_view token, Algorithm algorithm,
                               std::string_view kid) const;
  [[nodiscard]] std::size_t size() const { return keys_.size(); }

 private:
  struct Key {
    std::string kid;
    std::optional<Algorithm> algorithm;  // the only one that it is for, if it says so
    bool is_rsa = false;
    std::shared_ptr<_cjose_jwk_int> key;
    [[nodiscard]] bool fits(Algorithm wanted) const;
  };
  static std::optional<Key> read_key(void* json);

  std::vector<Key> keys_;
};

}  // namespace mnm::daemon
