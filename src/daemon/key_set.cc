#include "daemon/key_set.h"

#include <cjose/cjose.h>
#include <glog/logging.h>
#include <malloc.h>
#include <openssl/crypto.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>

#include "daemon/json_handle.h"

namespace mnm::daemon {
namespace {

constexpr std::size_t kKeysMax = 64;
constexpr std::size_t kRsaBitsMin = 2048;
constexpr std::size_t kRsaBitsMax = 8192;  // above it a stranger's token costs us milliseconds

struct NamedAlgorithm {
  std::string_view name;
  Algorithm algorithm;
};
constexpr std::array kAlgorithms = {
    NamedAlgorithm{"RS256", Algorithm::kRs256},
    NamedAlgorithm{"PS256", Algorithm::kPs256},
    NamedAlgorithm{"ES256", Algorithm::kEs256},
};

void overwrite_and_free(void* memory) {
  if (memory == nullptr) return;
  OPENSSL_cleanse(memory, ::malloc_usable_size(memory));
  std::free(memory);
}

void* move_and_overwrite(void* memory, std::size_t size) {
  if (memory == nullptr) return std::malloc(size);
  void* fresh = std::malloc(size);
  if (fresh == nullptr) return nullptr;
  std::memcpy(fresh, memory, std::min(size, ::malloc_usable_size(memory)));
  overwrite_and_free(memory);
  return fresh;
}

struct TokenRelease {
  void operator()(cjose_jws_t* token) const { cjose_jws_release(token); }
};

}  // namespace

std::optional<Algorithm> algorithm_of(std::string_view name) {
  const auto* const found = std::ranges::find(kAlgorithms, name, &NamedAlgorithm::name);
  if (found == kAlgorithms.end()) return std::nullopt;
  return found->algorithm;
}

void prepare_jose() {
  cjose_set_alloc_funcs(std::malloc, move_and_overwrite, overwrite_and_free);
  json_set_alloc_funcs(std::malloc, overwrite_and_free);
}

bool KeySet::Key::fits(Algorithm wanted) const {
  return (!algorithm || *algorithm == wanted) && is_rsa == (wanted != Algorithm::kEs256);
}

// None when it is no key that could have signed.
std::optional<KeySet::Key> KeySet::read_key(void* json) {
  auto* object = static_cast<json_t*>(json);
  if (!json_is_object(object)) return std::nullopt;
  Key key;
  key.kid = text_of(object, "kid");
  const std::string_view use = text_of(object, "use");
  if (!use.empty() && use != "sig") return std::nullopt;
  if (const std::string_view named = text_of(object, "alg"); !named.empty()) {
    key.algorithm = algorithm_of(named);
    if (!key.algorithm) return std::nullopt;
  }
  const std::string_view type = text_of(object, "kty");
  key.is_rsa = type == "RSA";
  if (!key.is_rsa && (type != "EC" || text_of(object, "crv") != "P-256")) return std::nullopt;
  cjose_err error{};
  key.key = {cjose_jwk_import_json(object, &error), [](cjose_jwk_t* made) {
               if (made != nullptr) cjose_jwk_release(made);
             }};
  if (key.key == nullptr) return std::nullopt;
  const std::size_t bits = cjose_jwk_get_keysize(key.key.get(), &error);
  if (key.is_rsa && (bits < kRsaBitsMin || bits > kRsaBitsMax)) return std::nullopt;
  return key;
}

Result<KeySet> KeySet::parse(std::string_view json) {
  const JsonHandle object = parse_object(json);
  json_t* list = json_object_get(object.get(), "keys");
  if (!json_is_array(list)) {
    return fail(ErrorCode::kCorruption, "not a JSON Web Key set: {\"keys\":[...]}");
  }
  if (json_array_size(list) > kKeysMax) {
    return fail(ErrorCode::kCorruption, "a key set of more than 64 keys");
  }
  KeySet set;
  for (std::size_t i = 0; i < json_array_size(list); ++i) {
    if (auto key = read_key(json_array_get(list, i))) set.keys_.push_back(std::move(*key));
  }
  if (!set.keys_.empty()) return set;
  return fail(ErrorCode::kCorruption,
              "a key set without a key for RS256, PS256 (RSA of 2048 to 8192 bits) or ES256");
}

KeySet::Verdict KeySet::verify(std::string_view token, Algorithm algorithm,
                               std::string_view kid) const {
  std::vector<const Key*> meant;
  for (const Key& key : keys_) {
    if (key.fits(algorithm) && (kid.empty() || key.kid == kid)) meant.push_back(&key);
  }
  // Trying several would let a stranger choose how much work a token is.
  if (meant.size() != 1) return Verdict::kNoKey;
  cjose_err error{};
  const std::unique_ptr<cjose_jws_t, TokenRelease> imported(
      cjose_jws_import(token.data(), token.size(), &error));
  if (imported == nullptr) return Verdict::kBadSignature;
  // It must be about to do what we allowed, not what it reads out of the header by itself.
  const std::string_view asked = text_of(cjose_jws_get_protected(imported.get()), CJOSE_HDR_ALG);
  if (algorithm_of(asked) != algorithm) return Verdict::kBadSignature;
  return cjose_jws_verify(imported.get(), meant.front()->key.get(), &error)
             ? Verdict::kSigned
             : Verdict::kBadSignature;
}

}  // namespace mnm::daemon
