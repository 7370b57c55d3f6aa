// mnmctl status, digest, heads-key, heads-sign, scrub: about the relay as a whole.
#include <boost/json.hpp>

#include "common/program.h"
#include "common/terminal.h"
#include "mnmctl/command.h"

namespace mnm::mnmctl {
namespace {

// The key's line alone: a file of its own.
Result<int> show_heads_key(const Options& options) {
  const Result<boost::json::object> answer = ask(options, "heads-key");
  if (!answer) return fail(answer.error());
  const auto* key = answer->if_contains("key");
  if (options.json || key == nullptr || !key->is_string()) return show(options, *answer);
  tools::Output out;
  out.write(tools::escaped(std::string_view(key->get_string())) + "\n");
  if (const Result<> written = out.finish(); !written) return fail(written.error());
  return 0;
}

}  // namespace

void add_relay_commands(CLI::App& app, Work& work) {
  const auto add = [&app, &work](const char* name, const char* help) {
    app.add_subcommand(name, help)->callback([&work, name] {
      work = [name](const Options& options) { return ask_and_show(options, name); };
    });
  };
  add("status", "Version, addresses, links, how far the log is durable");
  add("digest", "The LSN and digest of the views in memory");
  app.add_subcommand("heads-key", "The public key that heads are signed with")->callback([&work] {
    work = show_heads_key;
  });
  add("heads-sign", "Signs a head of the log now");
  add("scrub", "Makes purged messages vanish from every file now");
}

}  // namespace mnm::mnmctl
