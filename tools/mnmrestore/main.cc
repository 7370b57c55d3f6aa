// mnmrestore: makes a new data directory from an export, or from another one as of any moment.
// mnmlog hands over to it, so that mnmlog itself has no code that writes.
#include <fmt/format.h>
#include <glog/logging.h>

#include <sys/stat.h>
#include <CLI/CLI.hpp>

#include <cstdio>
#include <exception>
#include <optional>

#include "common/command_page.h"
#include "common/program.h"
#include "log/key_secret.h"
#include "mnmlog/fold.h"
#include "mnmrestore/copy.h"

namespace mnm::mnmrestore {
namespace {

constexpr std::string_view kProgram = "mnmrestore";
constexpr std::string_view kExamples =
    "Examples:\n"
    "  mnmrestore import monday.mnm --into /var/lib/mnm2   all of it: same ids, same chain\n"
    "  mnmrestore replay --data /var/lib/mnm --into /tmp/then --through 81231\n"
    "mnmlog import, and mnmlog replay --into DIR --until @yesterday, do the same.\n\n"
    "Exit codes: 0 ok, 1 the answer is no, 2 usage, 3 corruption, 4 tampering, 5 unavailable,\n"
    "6 denied, 7 unknown format, 8 interrupted";

struct Options {
  RestoreOptions restore;
  std::string file = "-";
  std::string data = "./mnm-data";
  std::uint64_t through = 0;
  std::string key;       // of the other one
  std::string into_key;  // of the new one
  bool plain = false;
  bool same_epoch = false;
};

void add_common(CLI::App& command, Options& options) {
  command.add_option("--into", options.restore.into, "The new data directory")->required();
  command.add_option("--into-key", options.into_key,
                     "The file with the key that seals the new one; - asks for it");
  command.add_option("--secrets", options.restore.secrets,
                     "The relay's secrets file, to be copied into it");
  command.add_flag("--json", options.restore.json, "One JSON object");
  command.add_flag("-q,--quiet", options.restore.quiet, "No words on standard error");
}

enum class Key : std::uint8_t { kKnown, kNew };

// None when none is named.
Result<std::optional<log::KeySecret>> load_key(const std::string& file, const std::string& of,
                                               Key which = Key::kKnown) {
  if (file.empty()) return std::nullopt;
  auto key = which == Key::kNew ? log::load_new_key_secret(file, "New key of " + of)
                                : log::load_key_secret(file, "Key of " + of);
  if (!key) return fail(key.error());
  return std::optional(std::move(*key));
}

Result<Restored> replay(const Options& options) {
  const auto key = load_key(options.key, options.data);
  if (!key) return fail(key.error());
  // A copy in the clear is nothing that should happen by itself.
  if (*key && !options.restore.into_key && !options.plain) {
    return fail(
        ErrorCode::kUsage,
        options.data + " is sealed: name the new one's key with --into-key, or say --plain");
  }
  return restore_directory(options.data, *key ? &**key : nullptr, Lsn(options.through),
                           options.restore);
}

Result<> run(Options& options, bool is_import) {
  auto into_key = load_key(options.into_key, options.restore.into, Key::kNew);
  if (!into_key) return fail(into_key.error());
  options.restore.into_key = std::move(*into_key);
  if (!is_import) options.restore.new_epoch = !options.same_epoch;
  const Result<Restored> restored =
      is_import ? restore_export(options.file, options.restore) : replay(options);
  if (!restored) return fail(restored.error());
  return report(*restored, options.restore);
}

int main_of(int argc, char** argv) {
  Options options;
  CLI::App app("Makes a new mnm data directory; never changes the one that it reads",
               std::string(kProgram));
  app.footer(std::string(kExamples));
  app.set_version_flag("--version", std::string("mnmrestore " MNM_VERSION));
  app.require_subcommand(1);
  auto* import = app.add_subcommand("import", "From an export that begins with the log");
  import->add_option("FILE", options.file, "The export; - is standard input")
      ->capture_default_str();
  import->add_flag("--new-epoch", options.restore.new_epoch,
                   "Begins a new epoch: the relay that it was exported from may have gone on");
  add_common(*import, options);
  auto* again = app.add_subcommand("replay", "From another data directory, as of any moment");
  again->add_option("--data", options.data, "The other one, only read")
      ->envname("MNM_DATA")
      ->capture_default_str();
  again
      ->add_option("--key", options.key, "The file with its key, where it is sealed; - asks for it")
      ->envname("MNM_KEY");
  again->add_flag("--plain", options.plain, "The new one isn't sealed, though the other one is");
  again->add_option("--through", options.through,
                    "The last LSN; a turn that ends later is left out. The head when missing");
  again->add_flag("--same-epoch", options.same_epoch,
                  "Begins no new epoch: only for a relay that never runs again");
  add_common(*again, options);
  if (const auto code =
          tools::answer_completion(tools::describe(app), 1, MNM_VERSION, {argv + 1, argv + argc})) {
    return *code;
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : exit_code(ErrorCode::kUsage);
  }
  const Result<> done = run(options, import->parsed());
  return done ? 0 : tools::report(kProgram, done.error());
}

}  // namespace
}  // namespace mnm::mnmrestore

int main(int argc, char** argv) {
  ::umask(077);  // for the files that RocksDB makes: they hold what others may not read
  FLAGS_logtostderr = true;
  FLAGS_log_prefix = false;
  FLAGS_minloglevel = google::GLOG_WARNING;
  google::InitGoogleLogging(argv[0]);
  mnm::mnmlog::report_impossible_events();
  mnm::tools::catch_signals();
  try {
    return mnm::mnmrestore::main_of(argc, argv);
  } catch (const std::exception& error) {
    return mnm::tools::report(mnm::mnmrestore::kProgram,
                              {mnm::ErrorCode::kUnavailable, error.what()});
  }
}
