#include "base/signature.h"

#include <glog/logging.h>
#include <sodium.h>

namespace mnm {
namespace {

static_assert(sizeof(PublicKey) == crypto_sign_PUBLICKEYBYTES);
static_assert(sizeof(Signature) == crypto_sign_BYTES);

const unsigned char* octets_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

SigningKey::SigningKey(std::string_view seed) {
  static_assert(sizeof secret_ == crypto_sign_SECRETKEYBYTES);
  CHECK_GE(sodium_init(), 0);
  CHECK_EQ(seed.size(), crypto_sign_SEEDBYTES);
  CHECK_EQ(crypto_sign_seed_keypair(public_.data(), secret_.data(), octets_of(seed)), 0);
}

SigningKey::~SigningKey() { sodium_memzero(secret_.data(), secret_.size()); }

Signature SigningKey::sign(std::string_view octets) const {
  Signature signature;
  CHECK_EQ(crypto_sign_detached(signature.data(), nullptr, octets_of(octets), octets.size(),
                                secret_.data()),
           0);
  return signature;
}

bool signature_holds(const Signature& signature, std::string_view octets, const PublicKey& key) {
  return crypto_sign_verify_detached(signature.data(), octets_of(octets), octets.size(),
                                     key.data()) == 0;
}

}  // namespace mnm
