// mnmctl rekey: seals the keys of a stopped relay's data directory with another key. No relay is
// asked.
#include <boost/json.hpp>
#include <memory>
#include <string>

#include "log/data_directory.h"
#include "log/keyring.h"
#include "mnmctl/command.h"

namespace mnm::mnmctl {
namespace {

struct Chosen {
  std::string key;
  std::string new_key;
};

// With the lock, so that no relay puts the old key's keyring back.
Result<int> rekey(const Options& options, const Chosen& chosen) {
  const std::string& directory = options.directory;
  if (!log::is_sealed(directory)) {
    return fail(ErrorCode::kUsage, directory + " isn't sealed: it has no key");
  }
  const auto lock = log::lock_directory(directory);
  if (!lock) return fail(lock.error().code, lock.error().text + ": stop the relay first");
  const auto old_key = log::load_key_secret(chosen.key, "Key of " + directory);
  if (!old_key) return fail(old_key.error());
  const auto new_key = log::load_new_key_secret(chosen.new_key);
  if (!new_key) return fail(new_key.error());
  if (auto done = log::Keyring::rekey(directory, *old_key, *new_key, log::utc_seconds()); !done) {
    return fail(done.error());
  }
  const auto keyring = log::Keyring::load(directory, *new_key);
  if (!keyring) return fail(keyring.error());
  return show(options, {{"directory", directory},
                        {"keyring", (*keyring)->generation()},
                        {"data_keys", (*keyring)->data_keys()}});
}

}  // namespace

void add_rekey_command(CLI::App& app, Work& work) {
  const auto chosen = std::make_shared<Chosen>();
  CLI::App* command =
      app.add_subcommand("rekey", "Seals the data directory of a stopped relay with another key");
  command->add_option("--key", chosen->key, "The file with the key that it has; - asks for it")
      ->envname("MNM_KEY")
      ->required();
  command->add_option("--new-key", chosen->new_key, "The file with the new one; - asks for it")
      ->required();
  command->callback([&work, chosen] {
    work = [chosen](const Options& options) { return rekey(options, *chosen); };
  });
}

}  // namespace mnm::mnmctl
