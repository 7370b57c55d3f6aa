// mnmlog: looks into a data directory and never writes to it.
#include <fmt/format.h>
#include <glog/logging.h>

#include <cstdio>
#include <exception>

#include "common/program.h"
#include "mnmlog/command.h"
#include "mnmlog/fold.h"

namespace mnm::mnmlog {
namespace {

constexpr std::string_view kProgram = "mnmlog";

// No range is one, but for the log's end.
bool is_a_word(std::string_view text) {
  return text != "end" && !text.empty() &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") == std::string_view::npos;
}

// Takes the command's name, the first word that is no option, out of the arguments. Null: it isn't
// said. kUsage: it is none.
Result<const Command*> take_command(Arguments& arguments) {
  bool is_word = true;  // else it may be an option's
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i] == "--data") {
      ++i;  // its value
    } else if (arguments[i].starts_with('-')) {
      is_word = false;
    } else {
      const Command* found = find_command(arguments[i]);
      if (found == nullptr && is_word && is_a_word(arguments[i])) {
        return fail(ErrorCode::kUsage, arguments[i] + ": no such command; mnmlog --help has them");
      }
      if (found != nullptr) arguments.erase(arguments.begin() + static_cast<std::ptrdiff_t>(i));
      return found;
    }
  }
  return nullptr;
}

int run(Arguments arguments) {
  if (!arguments.empty() && arguments[0] == "help") {
    arguments.erase(arguments.begin());
    arguments.emplace_back("--help");
  }
  const Result<const Command*> taken = take_command(arguments);
  if (!taken) return tools::report(kProgram, taken.error());
  const Command* command = *taken;
  if (command == nullptr && arguments.size() == 1) {
    const bool version = arguments[0] == "--version";
    if (version || arguments[0] == "--help" || arguments[0] == "-h") {
      tools::Output out;
      out.write(version ? "mnmlog " MNM_VERSION "\n" : usage());
      const Result<> written = out.finish();
      return written ? 0 : tools::report(kProgram, written.error());
    }
  }
  if (command == nullptr) command = find_command("show");
  const Result<int> code = command->run(*command, arguments);
  return code ? *code : tools::report(kProgram, code.error());
}

}  // namespace
}  // namespace mnm::mnmlog

int main(int argc, char** argv) {
  FLAGS_logtostderr = true;
  FLAGS_log_prefix = false;
  google::InitGoogleLogging(argv[0]);
  mnm::mnmlog::report_impossible_events();
  mnm::tools::catch_signals();
  try {
    return mnm::mnmlog::run(mnm::mnmlog::Arguments(argv + 1, argv + argc));
  } catch (const std::exception& error) {  // out of memory, a full disk for temporary files
    return mnm::tools::report(mnm::mnmlog::kProgram, {mnm::ErrorCode::kUnavailable, error.what()});
  }
}
