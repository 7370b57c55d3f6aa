// Ed25519 (RFC 8032) by libsodium: signatures that anybody can check who has the public key.
//
// Any thread.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace mnm {

using PublicKey = std::array<std::uint8_t, 32>;
using Signature = std::array<std::uint8_t, 64>;

// Holds the private key; overwritten when it goes.
class SigningKey {
 public:
  // `seed`: 32 secret octets.
  explicit SigningKey(std::string_view seed);
  ~SigningKey();
  SigningKey(const SigningKey&) = delete;
  SigningKey& operator=(const SigningKey&) = delete;

  [[nodiscard]] const PublicKey& public_key() const { return public_; }
  [[nodiscard]] Signature sign(std::string_view octets) const;

 private:
  PublicKey public_{};
  std::array<std::uint8_t, 64> secret_{};
};

[[nodiscard]] bool signature_holds(const Signature& signature, std::string_view octets,
                                   const PublicKey& key);

}  // namespace mnm
