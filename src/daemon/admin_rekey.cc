#include "daemon/admin_rekey.h"

#include <glog/logging.h>

#include <optional>

#include "base/crypto.h"
#include "base/text.h"
#include "daemon/admin_messages.h"

namespace mnm::daemon {
namespace {

using boost::json::object;

constexpr std::string_view kNewKey = "new_key";

Result<log::KeySecret> new_key_of(const object& request) {
  Result<std::string> hex = text_of(request, kNewKey);
  if (!hex) return fail(hex.error());
  std::optional<std::string> text = hex_decode(*hex);
  wipe(*hex);
  if (!text) return fail(ErrorCode::kUsage, "\"new_key\" isn't hex");
  return log::KeySecret::parse(std::move(*text));
}

Result<> tell(log::Keyring& keyring, AdminEngine& engine, const log::Keyring::Rekey& done,
              bool at_start, const std::string& peer) {
  ops::NoteRekey note;
  note.fact.set_key_id(done.key_id);
  note.fact.set_data_key(done.data_key);
  note.fact.set_generation(done.generation);
  note.fact.set_utc_s(done.utc_s);
  note.fact.set_at_start(at_start);
  note.fact.set_rekeys(done.rekeys);
  const auto noted = engine.carry_out(std::move(note), peer);
  if (!noted) return fail(noted.error());
  if (auto told = keyring.rekey_told(done.data_key); !told) {
    LOG(WARNING) << told.error().text
                 << "; it is tried again, and a start before that tells of the rekey once more";
  }
  return {};
}

}  // namespace

Result<object> rekey(log::Keyring* keyring, AdminEngine& engine, const object& request) {
  if (keyring == nullptr) return fail(ErrorCode::kUsage, "the data directory isn't sealed");
  const auto secret = new_key_of(request);
  if (!secret) return fail(secret.error());
  if (auto done = keyring->reseal(*secret, log::utc_seconds()); !done) {
    return fail(done.error().code, done.error().text +
                                       "; until a rekey succeeds, the next start may need the key "
                                       "of before or the new one");
  }
  const auto done = keyring->untold_rekey();
  CHECK(done);
  if (auto told = tell(*keyring, engine, *done, false, peer_of(request)); !told) {
    return fail(told.error().code,
                told.error().text + "; the new key holds, and the next start tells of it");
  }
  return object{{"key_id", hex_encode(done->key_id)},
                {"data_key", done->data_key},
                {"keyring", done->generation}};
}

Result<> tell_rekeys_found(log::Keyring& keyring, AdminEngine& engine) {
  const auto done = keyring.untold_rekey();
  if (!done) return {};
  // By an administrator, who wasn't asked for a name: none.
  return tell(keyring, engine, *done, true, {});
}

}  // namespace mnm::daemon
