// mnmctl restore BACKUP --into DIR: a data directory from a backup, in a new epoch. No relay is
// asked.
#include <fmt/format.h>

#include <boost/json.hpp>
#include <filesystem>
#include <memory>
#include <optional>

#include "common/duration.h"
#include "log/data_directory.h"
#include "log/keyring.h"
#include "log/rocks_log.h"
#include "mnmctl/backup_set.h"
#include "mnmctl/command.h"
#include "mnmctl/progress.h"
#include "ops/base.h"
#include "ops/message.h"
#include "ops/moment_keeper.h"
#include "ops/moments.h"
#include "ops/new_epoch.h"
#include "ops/replay.h"

namespace mnm::mnmctl {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

struct Chosen {
  std::string backup;
  std::string into;
  std::string key;
};

// It gets its name only once the new epoch has begun: a copy that went on in the old one would give
// ids again.
constexpr std::string_view kUnfinished = ".restoring";

Result<> check_target(const std::string& into) {
  std::error_code failed;
  if (!fs::exists(into, failed)) return {};
  if (!fs::is_directory(into, failed) || !fs::is_empty(into, failed)) {
    return fail(ErrorCode::kUsage, into + " is not empty: a restore overwrites nothing");
  }
  return {};
}

Result<std::uint64_t> last_time(const log::Reader& log) {
  const auto record = log.read(log.durable().lsn);
  if (!record) return fail(record.error());
  event::Event event;
  if (auto parsed = ops::parse_event(record->last(), record->events.back(), event); !parsed) {
    return fail(parsed.error());
  }
  return event.time_ns();
}

Result<ops::NewEpoch> begin_epoch(const std::string& directory, const std::string& backup,
                                  const std::optional<log::KeySecret>& key) {
  auto store = log::open_store({.directory = directory,
                                .create = false,
                                .key = key ? &*key : nullptr,
                                .file_system = nullptr,
                                .file_bytes = ops::file_bytes_of,
                                .accepted = {}});
  if (!store) return fail(store.error());
  const log::Log& log = *store->log;
  const Lsn end = log.durable().lsn;
  if (!end) return fail(ErrorCode::kCorruption, backup + ": its log is empty");
  const std::uint64_t now = tools::now_ns();
  const auto last = last_time(log);
  if (!last) return fail(last.error());
  if (now < *last) {
    return fail(ErrorCode::kUnavailable,
                fmt::format("this machine's clock says {}, the backup ends at {}: set the clock, "
                            "which numbers the new epoch",
                            tools::format_time(now, tools::Zone::kUtc),
                            tools::format_time(*last, tools::Zone::kUtc)));
  }
  auto base = ops::Bases(directory, store->keyring).latest(log, end);
  if (!base) return fail(base.error());
  state::Changes changes;
  ops::MomentKeeper keeper(log, ops::moments_in(directory, store->keyring), {});
  const auto fold = [&](Lsn through) { return ops::replay(log, through, base->views, changes); };
  if (auto folded = ops::fold_keeping_moments(keeper, base->views, end, fold); !folded) {
    return fail(folded.error());
  }
  return ops::begin_new_epoch(*store->log, base->views, now, "restored from " + backup);
}

Result<Manifest> restore_into(const std::string& backup, const std::string& target) {
  Result<Manifest> manifest;
  {
    ProgressLine line("verifying");
    manifest = verify_backup(
        backup, [&line](std::uint64_t done, std::uint64_t all) { line.at(done, all); });
  }
  if (!manifest) return manifest;
  if (auto made = log::make_directory(target); !made) return fail(made.error());
  ProgressLine line("copying");
  if (auto copied =
          copy_out(backup, *manifest, target,
                   [&line](std::uint64_t done, std::uint64_t all) { line.at(done, all); });
      !copied) {
    return fail(copied.error());
  }
  return manifest;
}

// Known to be the right one before anything is copied; none of a plain backup.
Result<std::optional<log::KeySecret>> find_key(const Chosen& chosen, const std::string& backup) {
  std::optional<log::KeySecret> key;
  if (!chosen.key.empty()) {
    auto loaded = log::load_key_secret(chosen.key, "Key of " + backup);
    if (!loaded) return fail(loaded.error());
    key = std::move(*loaded);
  }
  const auto keyring = log::Keyring::load_if_sealed(backup, key ? &*key : nullptr);
  if (!keyring) return fail(keyring.error());
  return key;
}

json::object report(const Chosen& chosen, const std::string& backup, const Manifest& manifest,
                    const ops::NewEpoch& epoch) {
  json::array lost;
  for (const Lsn id : epoch.lost) lost.emplace_back(message_id(id));
  json::object out{{"backup", backup},
                   {"directory", chosen.into},
                   {"epoch", epoch.head.epoch.value()},
                   {"first_lsn", epoch.first.value()},
                   {"previous_lsn", epoch.previous.lsn.value()},
                   {"lost_messages", std::move(lost)},
                   {"with_secrets", manifest.with_secrets}};
  if (!manifest.with_secrets) {
    out["next"] = fmt::format(
        "put the relay's secrets file at {}/secrets (or name it with mnmd --secrets), else nobody "
        "can log in",
        chosen.into);
  }
  return out;
}

Result<int> restore(const Options& options, const Chosen& chosen) {
  const auto backup = find_backup(chosen.backup);
  if (!backup) return fail(backup.error());
  if (auto good = check_target(chosen.into); !good) return fail(good.error());
  const auto key = find_key(chosen, *backup);
  if (!key) return fail(key.error());
  std::string target = chosen.into;
  while (target.size() > 1 && target.ends_with('/')) target.pop_back();
  target += kUnfinished;
  std::error_code failed;
  fs::remove_all(target, failed);  // of one that was cut off
  const auto manifest = restore_into(*backup, target);
  if (!manifest) {
    fs::remove_all(target, failed);
    return fail(manifest.error());
  }
  const auto epoch = begin_epoch(target, *backup, *key);
  if (!epoch) {
    fs::remove_all(target, failed);
    return fail(epoch.error());
  }
  fs::rename(target, chosen.into, failed);
  if (failed) {
    return fail(system_error(fmt::format("{} is whole, but can't be named {}", target, chosen.into),
                             failed.value()));
  }
  const std::string parent = fs::absolute(chosen.into).parent_path();
  if (auto synced = log::sync_directory(parent); !synced) return fail(synced.error());
  return show(options, report(chosen, *backup, *manifest, *epoch));
}

}  // namespace

void add_restore_command(CLI::App& app, Work& work) {
  const auto chosen = std::make_shared<Chosen>();
  CLI::App* command = app.add_subcommand(
      "restore", "Makes a data directory from a backup, verified first, in a new epoch");
  command->add_option("BACKUP", chosen->backup, "A backup, or a directory of them: its newest")
      ->required();
  command->add_option("--into", chosen->into, "The data directory to make; empty or missing")
      ->required();
  command
      ->add_option("--key", chosen->key, "The file with the key of a sealed backup; - asks for it")
      ->envname("MNM_KEY");
  command->callback([&work, chosen] {
    work = [chosen](const Options& options) { return restore(options, *chosen); };
  });
}

}  // namespace mnm::mnmctl
