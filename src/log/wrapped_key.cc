#include "log/wrapped_key.h"

#include <fmt/format.h>

#include "base/codec.h"

namespace mnm::log {

void append_wrapped_key(const Keyring& keyring, const SealContext& context, std::string_view key,
                        std::string_view nonce, std::string& out) {
  const Keyring::DataKey data_key = keyring.current();
  Encoder(out).fixed32_be(data_key.id);
  append_sealed(data_key.octets, context, nonce, key, out);
}

Result<void> append_unwrapped_key(const Keyring& keyring, const SealContext& context,
                                  std::string_view wrapped, const std::string& what,
                                  std::string& key) {
  Decoder in(wrapped);
  const std::uint32_t id = in.fixed32_be();
  const std::optional<std::string_view> data_key = keyring.find(id);
  if (wrapped.size() == kWrappedKeyBytes && id != 0 && !data_key) {
    return fail(ErrorCode::kCorruption,
                fmt::format("{} says that it is sealed with data key {}, which the keyring lacks: "
                            "that is an older copy, or the number was changed",
                            what, id));
  }
  if (wrapped.size() == kWrappedKeyBytes && data_key &&
      append_opened(*data_key, context, wrapped.substr(kKeyIdBytes), key)) {
    return {};
  }
  return fail(ErrorCode::kTampering, what + ": its key isn't what was sealed for it");
}

}  // namespace mnm::log
