// mnmctl backup DIR: a hot, incremental copy of the log and the bodies, verified; backup --verify.
#include <fmt/format.h>

#include <boost/json.hpp>
#include <cerrno>
#include <cstdlib>
#include <memory>

#include "base/text.h"
#include "log/data_directory.h"
#include "mnmctl/backup_set.h"
#include "mnmctl/command.h"
#include "mnmctl/progress.h"

namespace mnm::mnmctl {
namespace {

namespace json = boost::json;

constexpr int kSnapshotMs = 600'000;  // what is in memory is written out first

struct Chosen {
  std::string directory;
  bool with_secrets = false;
  bool verify = false;
};

json::object as_json(const std::string& directory, const Manifest& manifest) {
  return {{"directory", directory},
          {"made", manifest.made},
          {"epoch", manifest.at.epoch.value()},
          {"lsn", manifest.at.lsn.value()},
          {"chain", hex_encode(as_bytes(manifest.at.chain))},
          {"files", manifest.files.size()},
          {"octets", manifest.octets()},
          {"with_secrets", manifest.with_secrets}};
}

Result<Manifest> verify(const std::string& directory) {
  ProgressLine line("verifying");
  return verify_backup(directory,
                       [&line](std::uint64_t done, std::uint64_t all) { line.at(done, all); });
}

// The relay's answer to backup-begin.
struct Snapshot {
  std::string directory;
  std::string secrets;
  log::Position at;
};

Result<Snapshot> begin(const Options& options) {
  const auto answer = ask(options, "backup-begin", {}, kSnapshotMs);
  if (!answer) return fail(answer.error());
  json::error_code failed;
  Snapshot snapshot;
  const auto chain = hex_decode(json::value_to<std::string>(answer->at("chain")));
  if (!chain || chain->size() != sizeof(Hash)) {
    return fail(ErrorCode::kUnavailable, "the relay's answer is no snapshot");
  }
  snapshot.directory = json::value_to<std::string>(answer->at("directory"));
  snapshot.secrets = json::value_to<std::string>(answer->at("secrets"));
  snapshot.at = {Epoch(answer->at("epoch").to_number<std::uint32_t>(failed)),
                 Lsn(answer->at("lsn").to_number<std::uint64_t>(failed)), hash_from(*chain)};
  return snapshot;
}

// Copies, and reads again what it wrote, while the snapshot is held.
Result<WrittenBackup> write(const Snapshot& snapshot, const Chosen& chosen,
                            const std::string& into) {
  const auto held = log::lock_directory(snapshot.directory);
  if (!held) return fail(held.error());
  Result<WrittenBackup> written;
  {
    ProgressLine line("copying");
    written =
        write_backup(snapshot.directory, chosen.with_secrets ? snapshot.secrets : "", snapshot.at,
                     into, [&line](std::uint64_t done, std::uint64_t all) { line.at(done, all); });
  }
  if (!written) return written;
  if (const auto verified = verify(written->directory); !verified) return fail(verified.error());
  return written;
}

Result<int> back_up(const Options& options, const Chosen& chosen) {
  const auto snapshot = begin(options);
  if (!snapshot) return fail(snapshot.error());
  const auto written = write(*snapshot, chosen, chosen.directory);
  json::object note;
  if (written) note = as_json(written->directory, written->manifest);
  const auto ended = ask(options, "backup-end", note, kSnapshotMs);
  if (!written) return fail(written.error());
  if (!ended) return fail(ended.error());
  note["copied"] = written->copied;
  return show(options, note);
}

Result<int> verify_only(const Options& options, const Chosen& chosen) {
  const auto directory = find_backup(chosen.directory);
  if (!directory) return fail(directory.error());
  const auto manifest = verify(*directory);
  if (!manifest) return fail(manifest.error());
  return show(options, as_json(*directory, *manifest));
}

}  // namespace

void add_backup_command(CLI::App& app, Work& work) {
  const auto chosen = std::make_shared<Chosen>();
  CLI::App* command = app.add_subcommand(
      "backup", "Copies the log and the bodies of a running relay, and verifies the copy");
  command
      ->add_option("DIR", chosen->directory,
                   "Where backups are kept, each in a directory of its own; what did not change "
                   "since the newest is shared with it")
      ->required();
  command->add_flag("--with-secrets", chosen->with_secrets,
                    "The relay's keys too: whoever has the backup can then be the relay");
  command->add_flag("--verify", chosen->verify,
                    "Only reads every octet of the newest one in DIR, or of DIR itself");
  command->callback([&work, chosen] {
    work = [chosen](const Options& options) {
      return chosen->verify ? verify_only(options, *chosen) : back_up(options, *chosen);
    };
  });
}

}  // namespace mnm::mnmctl
