// A third party of a test's own: keys as an identity provider has them, and tokens signed by them,
// made by OpenSSL alone, so that what judges them is not what made them.
//
// Any thread.
#pragma once

#include <fmt/format.h>
#include <glog/logging.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rsa.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace mnm::testing {

inline std::string base64url(std::string_view octets) {
  std::string out(4 * ((octets.size() + 2) / 3) + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                   reinterpret_cast<const unsigned char*>(octets.data()),
                                   static_cast<int>(octets.size()));
  out.resize(static_cast<std::size_t>(size));
  while (out.ends_with('=')) out.pop_back();
  for (char& c : out) c = c == '+' ? '-' : c == '/' ? '_' : c;
  return out;
}

// A token in compact form, unsigned as yet.
inline std::string unsigned_token(std::string_view header, std::string_view claims) {
  return base64url(header) + "." + base64url(claims);
}

// HS256 by whatever is taken for the secret: what a forger does with a public key.
inline std::string token_by_hmac(std::string_view secret, std::string_view header,
                                 std::string_view claims) {
  std::string text = unsigned_token(header, claims);
  unsigned char mac[32];
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), mac, nullptr);
  return text + "." + base64url({reinterpret_cast<const char*>(mac), sizeof mac});
}

class SigningKey {
 public:
  static SigningKey rsa(std::string kid, std::size_t bits = 2048) {
    return SigningKey(std::move(kid), EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", bits));
  }
  static SigningKey ec(std::string kid, const char* curve = "P-256") {
    return SigningKey(std::move(kid), EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", curve));
  }

  // The public half as a JSON Web Key; `more` is put in before its end, as `,"alg":"RS256"`.
  [[nodiscard]] std::string jwk(std::string_view more = {}) const {
    if (is_rsa()) {
      return fmt::format(R"({{"kty":"RSA","kid":"{}","n":"{}","e":"{}"{}}})", kid_,
                         number(OSSL_PKEY_PARAM_RSA_N), number(OSSL_PKEY_PARAM_RSA_E), more);
    }
    return fmt::format(R"({{"kty":"EC","crv":"P-256","kid":"{}","x":"{}","y":"{}"{}}})", kid_,
                       number(OSSL_PKEY_PARAM_EC_PUB_X, 32), number(OSSL_PKEY_PARAM_EC_PUB_Y, 32),
                       more);
  }
  // A key set of this key alone.
  [[nodiscard]] std::string set() const { return R"({"keys":[)" + jwk() + "]}"; }
  // {"alg":...,"kid":...} for the algorithm that the key is for, unless another is asked for.
  [[nodiscard]] std::string header(std::string_view algorithm = {}) const {
    return fmt::format(R"({{"alg":"{}","kid":"{}"}})",
                       !algorithm.empty() ? algorithm
                       : is_rsa()         ? "RS256"
                                          : "ES256",
                       kid_);
  }
  // A token of these, signed; with `pss` as PS256 has it.
  [[nodiscard]] std::string token(std::string_view header, std::string_view claims,
                                  bool pss = false) const {
    const std::string text = unsigned_token(header, claims);
    return text + "." + base64url(signature(text, pss));
  }

 private:
  SigningKey(std::string kid, EVP_PKEY* key) : kid_(std::move(kid)), key_(key, EVP_PKEY_free) {
    CHECK(key != nullptr);
  }
  [[nodiscard]] bool is_rsa() const { return EVP_PKEY_is_a(key_.get(), "RSA") == 1; }
  // Big-endian, padded to `size` octets.
  [[nodiscard]] std::string number(const char* name, int size = 0) const {
    BIGNUM* value = nullptr;
    CHECK_EQ(EVP_PKEY_get_bn_param(key_.get(), name, &value), 1) << name;
    if (size == 0) size = BN_num_bytes(value);
    std::string octets(static_cast<std::size_t>(size), '\0');
    CHECK_EQ(BN_bn2binpad(value, reinterpret_cast<unsigned char*>(octets.data()), size), size);
    BN_free(value);
    return base64url(octets);
  }
  [[nodiscard]] std::string signature(const std::string& text, bool pss) const {
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                          EVP_MD_CTX_free);
    EVP_PKEY_CTX* key = nullptr;
    CHECK_EQ(EVP_DigestSignInit(context.get(), &key, EVP_sha256(), nullptr, key_.get()), 1);
    if (pss) {
      CHECK_EQ(EVP_PKEY_CTX_set_rsa_padding(key, RSA_PKCS1_PSS_PADDING), 1);
      CHECK_EQ(EVP_PKEY_CTX_set_rsa_pss_saltlen(key, RSA_PSS_SALTLEN_DIGEST), 1);
    }
    std::size_t size = 0;
    const auto* octets = reinterpret_cast<const unsigned char*>(text.data());
    CHECK_EQ(EVP_DigestSign(context.get(), nullptr, &size, octets, text.size()), 1);
    std::string out(size, '\0');
    CHECK_EQ(EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(out.data()), &size,
                            octets, text.size()),
             1);
    out.resize(size);
    return is_rsa() ? out : plain(out);
  }
  // r and s, 32 octets each, out of DER.
  static std::string plain(const std::string& der) {
    const auto* at = reinterpret_cast<const unsigned char*>(der.data());
    ECDSA_SIG* both = d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size()));
    CHECK(both != nullptr);
    std::string out(64, '\0');
    auto* octets = reinterpret_cast<unsigned char*>(out.data());
    CHECK_EQ(BN_bn2binpad(ECDSA_SIG_get0_r(both), octets, 32), 32);
    CHECK_EQ(BN_bn2binpad(ECDSA_SIG_get0_s(both), octets + 32, 32), 32);
    ECDSA_SIG_free(both);
    return out;
  }

  std::string kid_;
  std::shared_ptr<EVP_PKEY> key_;
};

}  // namespace mnm::testing
