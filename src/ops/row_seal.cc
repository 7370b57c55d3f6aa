#include "ops/row_seal.h"

#include "base/codec.h"
#include "base/crypto.h"
#include "log/seal.h"
#include "ops/index_rows.h"

namespace mnm::ops {

std::string_view RowSeal::stored_key(std::string_view key, std::string& buffer) const {
  const std::size_t plain = name_key_prefix(key);
  if (!keyring_ || plain == 0) return key;
  buffer = key.substr(0, plain);
  buffer += as_bytes(hmac_sha256(keyring_->name_key(), key));
  return buffer;
}

std::string_view RowSeal::stored_value(std::string_view stored_key, std::string_view value,
                                       std::string& buffer) const {
  if (!keyring_) return value;
  const log::Keyring::DataKey key = keyring_->current();
  buffer.clear();
  Encoder(buffer).fixed32_be(key.id);
  log::append_sealed(key.octets, {log::SealedAs::kViewRow, stored_key},
                     random_bytes(log::kSealNonceBytes), value, buffer);
  return buffer;
}

Result<std::string_view> RowSeal::value(std::string_view stored_key, std::string_view stored_value,
                                        std::string& buffer) const {
  if (!keyring_) return stored_value;
  Decoder in(stored_value);
  const auto key = keyring_->find(in.fixed32_be());
  buffer.clear();
  if (in.ok() && key &&
      log::append_opened(*key, {log::SealedAs::kViewRow, stored_key}, in.raw(in.left()), buffer)) {
    return std::string_view(buffer);
  }
  return fail(ErrorCode::kCorruption, "a row of the views isn't what was sealed at its place");
}

}  // namespace mnm::ops
