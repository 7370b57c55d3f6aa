#include "mnmlog/place.h"

#include "log/key_secret.h"

namespace mnm::mnmlog {

Result<std::shared_ptr<const log::Keyring>> load_keyring(const Place& place) {
  if (place.key_file.empty()) return std::shared_ptr<const log::Keyring>();
  const auto secret = log::load_key_secret(place.key_file, "Key of " + place.directory);
  if (!secret) return fail(secret.error());
  const auto keyring = log::Keyring::load(place.directory, *secret);
  if (!keyring) return fail(keyring.error());
  return std::shared_ptr<const log::Keyring>(*keyring);
}

}  // namespace mnm::mnmlog
