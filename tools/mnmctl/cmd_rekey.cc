// mnmctl rekey: seals the keys of a data directory with another key. Beside a running relay that
// one is asked, since it has the keys; else the keyring is rewritten here.
#include <fmt/format.h>

#include <boost/json.hpp>
#include <memory>
#include <string>

#include "base/crypto.h"
#include "base/text.h"
#include "log/data_directory.h"
#include "log/keyring.h"
#include "mnmctl/command.h"

namespace mnm::mnmctl {
namespace {

using boost::json::object;

struct Chosen {
  std::string key;
  std::string new_key;
};

// The key is read here and goes over the admin socket, which nobody else may open: the relay's
// sandbox lets it open no file beyond its own, and "-" is this process's terminal.
Result<object> ask_relay(const Options& options, const Chosen& chosen) {
  const auto new_key = log::load_new_key_secret(chosen.new_key);
  if (!new_key) return fail(new_key.error());
  std::string text = new_key->text();
  object fields{{"new_key", hex_encode(text)}};
  wipe(text);
  return ask(options, "rekey", std::move(fields));
}

// With the lock, so that no relay puts the old key's keyring back.
Result<object> rewrite(const std::string& directory, const Chosen& chosen) {
  if (chosen.key.empty()) {
    return fail(ErrorCode::kUsage,
                "no relay runs on " + directory + ": name the file with its key with --key");
  }
  const auto old_key = log::load_key_secret(chosen.key, "Key of " + directory);
  if (!old_key) return fail(old_key.error());
  const auto new_key = log::load_new_key_secret(chosen.new_key);
  if (!new_key) return fail(new_key.error());
  if (auto done = log::Keyring::rekey(directory, *old_key, *new_key, log::utc_seconds()); !done) {
    return fail(done.error());
  }
  const auto keyring = log::Keyring::load(directory, *new_key);
  if (!keyring) return fail(keyring.error());
  return object{{"key_id", hex_encode((*keyring)->key_id())},
                {"data_key", (*keyring)->current().id},
                {"keyring", (*keyring)->generation()}};
}

Result<int> rekey(const Options& options, const Chosen& chosen) {
  const std::string& directory = options.directory;
  if (!log::is_sealed(directory)) {
    return fail(ErrorCode::kUsage, directory + " isn't sealed: it has no key");
  }
  const auto lock = log::lock_directory(directory);
  const Result<object> done = lock ? rewrite(directory, chosen) : ask_relay(options, chosen);
  if (!done) return fail(done.error());
  if (!options.json) {
    fmt::print(stderr,
               "the next start needs the new key: put it where the relay's --key looks for it\n");
  }
  return show(options, *done);
}

}  // namespace

void add_rekey_command(CLI::App& app, Work& work) {
  const auto chosen = std::make_shared<Chosen>();
  CLI::App* command = app.add_subcommand(
      "rekey", "Another key for a sealed data directory; from the next start on it is the new one");
  command
      ->add_option("--key", chosen->key,
                   "The file with the key that it has, where no relay runs on it; - asks for it")
      ->envname("MNM_KEY");
  command->add_option("--new-key", chosen->new_key, "The file with the new one; - asks for it")
      ->required();
  command->callback([&work, chosen] {
    work = [chosen](const Options& options) { return rekey(options, *chosen); };
  });
}

}  // namespace mnm::mnmctl
