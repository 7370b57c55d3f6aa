#include "log/message_seal.h"

#include "base/codec.h"
#include "base/crypto.h"
#include "log/wrapped_key.h"

namespace mnm::log {
namespace {

// A key seals one row, so it needs no nonce.
constexpr std::string_view kNoNonce{"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
                                    kSealNonceBytes};

std::string context_of(Lsn id) {
  std::string context;
  Encoder(context).fixed64_be(id.value());
  return context;
}

}  // namespace

void seal_message(const Keyring& keyring, Lsn id, std::string_view head, std::string_view body,
                  SealedMessage& out) {
  const std::string context = context_of(id);
  std::string fresh = random_bytes(kSealKeyBytes + kSealNonceBytes);
  const std::string_view key = std::string_view(fresh).substr(0, kSealKeyBytes);
  out.key.clear();
  append_wrapped_key(keyring, {SealedAs::kMessageKey, context}, key,
                     std::string_view(fresh).substr(kSealKeyBytes), out.key);
  std::string text;
  text.reserve(head.size() + body.size());
  text.append(head).append(body);
  out.row.clear();
  append_sealed_bare(key, {SealedAs::kMessage, context}, kNoNonce, text, out.row);
  wipe(fresh);
}

Result<std::string> open_message(const Keyring& keyring, Lsn id, std::string_view key,
                                 std::string_view row) {
  const std::string context = context_of(id);
  const std::string what = "message " + message_id(id);
  std::string own;
  own.reserve(kSealKeyBytes);
  if (Result<void> opened =
          append_unwrapped_key(keyring, {SealedAs::kMessageKey, context}, key, what, own);
      !opened) {
    return fail(opened.error());
  }
  std::string text;
  const bool opened = append_opened_bare(own, {SealedAs::kMessage, context}, kNoNonce, row, text);
  wipe(own);
  if (opened) return text;
  return fail(ErrorCode::kTampering, what + ": its row isn't what was sealed with its key");
}

}  // namespace mnm::log
