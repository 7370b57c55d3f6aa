#include "log/seal.h"

#include <glog/logging.h>
#include <sodium.h>

#include "base/crypto.h"

namespace mnm::log {
namespace {

static_assert(kSealKeyBytes == crypto_aead_xchacha20poly1305_ietf_KEYBYTES);
static_assert(kSealNonceBytes == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES);
static_assert(kSealTagBytes == crypto_aead_xchacha20poly1305_ietf_ABYTES);

const unsigned char* octets_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

unsigned char* end_of(std::string& out, std::size_t more) {
  const std::size_t size = out.size();
  out.resize(size + more);
  return reinterpret_cast<unsigned char*>(out.data()) + size;
}

// What the tag covers beside the text.
std::string covered(const SealContext& context) {
  std::string all;
  all.reserve(1 + context.context.size());
  all.push_back(static_cast<char>(context.as));
  all.append(context.context);
  return all;
}

unsigned char* guarded_octets() {
  CHECK_GE(sodium_init(), 0);
  void* const octets = sodium_malloc(kSealKeyBytes);
  CHECK(octets != nullptr) << "no memory for a key";
  return static_cast<unsigned char*>(octets);
}

}  // namespace

SecretKey::SecretKey() : octets_(guarded_octets(), sodium_free) {
  randombytes_buf(octets_.get(), kSealKeyBytes);
}

SecretKey::SecretKey(std::string_view octets) : octets_(guarded_octets(), sodium_free) {
  CHECK_EQ(octets.size(), kSealKeyBytes);
  octets.copy(reinterpret_cast<char*>(octets_.get()), kSealKeyBytes);
}

std::string_view SecretKey::octets() const {
  return {reinterpret_cast<const char*>(octets_.get()), kSealKeyBytes};
}

PassingKey::PassingKey(std::string_view octets) : octets_() {
  CHECK_EQ(octets.size(), kSealKeyBytes);
  octets.copy(octets_.data(), octets_.size());
}

PassingKey::~PassingKey() { sodium_memzero(octets_.data(), octets_.size()); }

std::string_view PassingKey::octets() const { return {octets_.data(), octets_.size()}; }

void append_sealed_bare(std::string_view key, const SealContext& context, std::string_view nonce,
                        std::string_view text, std::string& out) {
  CHECK_EQ(key.size(), kSealKeyBytes);
  CHECK_EQ(nonce.size(), kSealNonceBytes);
  const std::string beside = covered(context);
  unsigned char* const sealed = end_of(out, text.size() + kSealTagBytes);
  CHECK_EQ(crypto_aead_xchacha20poly1305_ietf_encrypt(sealed, nullptr, octets_of(text), text.size(),
                                                      octets_of(beside), beside.size(), nullptr,
                                                      octets_of(nonce), octets_of(key)),
           0);
}

void append_sealed(std::string_view key, const SealContext& context, std::string_view nonce,
                   std::string_view text, std::string& out) {
  out.append(nonce);
  append_sealed_bare(key, context, nonce, text, out);
}

bool append_opened_bare(std::string_view key, const SealContext& context, std::string_view nonce,
                        std::string_view sealed, std::string& out) {
  CHECK_EQ(key.size(), kSealKeyBytes);
  CHECK_EQ(nonce.size(), kSealNonceBytes);
  if (sealed.size() < kSealTagBytes) return false;
  const std::string beside = covered(context);
  const std::size_t before = out.size();
  unsigned char* const text = end_of(out, sealed.size() - kSealTagBytes);
  const bool opened = crypto_aead_xchacha20poly1305_ietf_decrypt(
                          text, nullptr, nullptr, octets_of(sealed), sealed.size(),
                          octets_of(beside), beside.size(), octets_of(nonce), octets_of(key)) == 0;
  if (!opened) out.resize(before);
  return opened;
}

bool append_opened(std::string_view key, const SealContext& context, std::string_view sealed,
                   std::string& out) {
  if (sealed.size() < kSealBytes) return false;
  return append_opened_bare(key, context, sealed.substr(0, kSealNonceBytes),
                            sealed.substr(kSealNonceBytes), out);
}

}  // namespace mnm::log
