#include "base/crypto.h"

// A relay hashes several times a message, mostly a few octets; through EVP that costs more than the
// hash itself.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <endian.h>
#include <glog/logging.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <span>

namespace mnm {

struct Sha256::Context {
  EVP_MD_CTX* md = EVP_MD_CTX_new();
  ~Context() { EVP_MD_CTX_free(md); }
  Context() = default;
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
};

namespace {
// Fetched once: EVP_sha256() looks the implementation up again at every init.
const EVP_MD* sha256_md() {
  static const EVP_MD* const md = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  CHECK(md != nullptr) << "OpenSSL offers no SHA-256";
  return md;
}
}  // namespace

Sha256::Sha256() : context_(std::make_unique<Context>()) {
  CHECK_EQ(EVP_DigestInit_ex2(context_->md, sha256_md(), nullptr), 1);
}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::update(std::string_view bytes) {
  CHECK_EQ(EVP_DigestUpdate(context_->md, bytes.data(), bytes.size()), 1);
}

Hash Sha256::finish() {
  Hash out;
  CHECK_EQ(EVP_DigestFinal_ex(context_->md, out.data(), nullptr), 1);
  CHECK_EQ(EVP_DigestInit_ex2(context_->md, nullptr, nullptr), 1);
  return out;
}

Hash hash_from(std::string_view bytes) {
  CHECK_GE(bytes.size(), sizeof(Hash));
  Hash out;
  std::copy_n(bytes.begin(), out.size(), out.begin());
  return out;
}

Hash sha256(std::string_view bytes) { return sha256({bytes}); }

namespace {

using Parts = std::span<const std::string_view>;

// Goes on after whole blocks: `context` has hashed `before` octets.
Hash finish_sha256(SHA256_CTX& context, std::size_t before, Parts parts) {
  constexpr std::size_t kEndBytes = 1 + sizeof(std::uint64_t);  // a bit, and the length in bits
  constexpr std::size_t kShortMax = std::size_t{8} * SHA256_CBLOCK - kEndBytes;
  std::size_t size = 0;
  for (const std::string_view part : parts) size += part.size();
  Hash out;
  if (size > kShortMax) {
    for (const std::string_view part : parts) {
      SHA256_Update(&context, part.data(), part.size());
    }
    SHA256_Final(out.data(), &context);
    return out;
  }
  // Padded here and given as whole blocks, a short message isn't copied about within OpenSSL: a
  // tenth less time.
  std::array<unsigned char, kShortMax + kEndBytes> blocks;  // NOLINT: filled below
  unsigned char* at = blocks.data();
  for (const std::string_view part : parts) {
    at += part.copy(reinterpret_cast<char*>(at), part.size());
  }
  *at++ = 0x80;
  const std::size_t total = (size + kEndBytes + SHA256_CBLOCK - 1) / SHA256_CBLOCK * SHA256_CBLOCK;
  unsigned char* const length = blocks.data() + total - sizeof(std::uint64_t);
  std::fill(at, length, static_cast<unsigned char>(0));
  const std::uint64_t bits = htobe64(std::uint64_t{before + size} * 8);
  std::memcpy(length, &bits, sizeof bits);
  SHA256_Update(&context, blocks.data(), total);
  // By words: octet by octet, g++ makes more of it than of the padding.
  for (std::size_t i = 0; i < out.size() / sizeof(std::uint32_t); ++i) {
    const std::uint32_t word = htobe32(context.h[i]);
    std::memcpy(out.data() + i * sizeof word, &word, sizeof word);
  }
  return out;
}

}  // namespace

Hash sha256(std::initializer_list<std::string_view> parts) {
  SHA256_CTX context;
  SHA256_Init(&context);
  return finish_sha256(context, 0, {parts.begin(), parts.size()});
}

// RFC 2104, by hand: HMAC() looks the algorithm up, by name and under locks, at every call.
HmacSha256::HmacSha256(std::string_view key) {
  std::array<unsigned char, SHA256_CBLOCK> pad{};
  if (key.size() > pad.size()) {
    const Hash hashed = sha256(key);
    std::copy(hashed.begin(), hashed.end(), pad.begin());
  } else {
    std::copy(key.begin(), key.end(), pad.begin());
  }
  SHA256_CTX context;
  const auto state_after_pad = [&] {
    SHA256_Init(&context);
    SHA256_Update(&context, pad.data(), pad.size());
    return std::to_array(context.h);
  };
  for (unsigned char& octet : pad) octet ^= 0x36;
  inner_ = state_after_pad();
  for (unsigned char& octet : pad) octet ^= 0x36 ^ 0x5c;
  outer_ = state_after_pad();
  OPENSSL_cleanse(pad.data(), pad.size());
  OPENSSL_cleanse(&context, sizeof context);
}

HmacSha256::~HmacSha256() {
  OPENSSL_cleanse(inner_.data(), sizeof inner_);
  OPENSSL_cleanse(outer_.data(), sizeof outer_);
}

Hash HmacSha256::operator()(std::string_view bytes) const {
  const auto hash_after = [](const State& state, std::string_view text) {
    SHA256_CTX context;
    SHA256_Init(&context);
    std::copy(state.begin(), state.end(), context.h);
    context.Nl = SHA256_CBLOCK * 8;  // bits so far
    return finish_sha256(context, SHA256_CBLOCK, {&text, 1});
  };
  const Hash inner = hash_after(inner_, bytes);
  return hash_after(outer_, as_bytes(inner));
}

Hash hmac_sha256(std::string_view key, std::string_view bytes) { return HmacSha256(key)(bytes); }

std::string random_bytes(std::size_t count) {
  std::string out(count, '\0');
  CHECK_EQ(RAND_bytes(reinterpret_cast<unsigned char*>(out.data()), static_cast<int>(count)), 1)
      << "the system's random generator failed";
  return out;
}

RandomPool::~RandomPool() { wipe(block_); }

std::string RandomPool::take(std::size_t count) {
  constexpr std::size_t kBlockOctets = 4096;
  if (count > kBlockOctets) return random_bytes(count);
  if (block_.size() < count) {
    wipe(block_);
    block_ = random_bytes(kBlockOctets);
  }
  std::string taken = block_.substr(block_.size() - count);
  // Overwritten before it is cut off: what has become a password must not stay here.
  block_.replace(block_.size() - count, count, count, '\0');
  block_.resize(block_.size() - count);
  return taken;
}

bool equal_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

void wipe(std::string& secret) {
  OPENSSL_cleanse(secret.data(), secret.size());
  secret.clear();
}

}  // namespace mnm
