// mnmlog import: a new data directory from an export. mnmrestore does it.
#include "mnmlog/command_line.h"
#include "mnmlog/hand_over.h"

namespace mnm::mnmlog {

Result<int> run_import(const Command& command, const Arguments& arguments) {
  CommandLine line(command);
  std::string file = "-";
  std::string into;
  std::string secrets;
  std::string into_key;
  bool new_epoch = false;
  line.add_json();
  line.app().add_option("FILE", file, "The export; - is standard input")->capture_default_str();
  line.app().add_option("--into", into, "The new data directory")->required();
  line.app().add_option("--into-key", into_key,
                        "The file with the key that seals the new one; plain without it");
  line.app().add_option("--secrets", secrets, "The relay's secrets file, to be copied into it");
  line.app().add_flag("--new-epoch", new_epoch,
                      "Begins a new epoch: the relay that it was exported from may have gone on");
  if (const auto code = line.parse(arguments)) return *code;
  Arguments given{"import", "--into", into};
  if (!into_key.empty()) given.insert(given.end(), {"--into-key", into_key});
  if (!secrets.empty()) given.insert(given.end(), {"--secrets", secrets});
  if (new_epoch) given.emplace_back("--new-epoch");
  if (line.json()) given.emplace_back("--json");
  if (line.quiet()) given.emplace_back("--quiet");
  given.insert(given.end(), {"--", file});
  return fail(hand_over(std::move(given)));
}

}  // namespace mnm::mnmlog
