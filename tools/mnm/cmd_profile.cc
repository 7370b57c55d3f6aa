// mnm profile: what profiles there are. Passwords are never shown.
#include <fmt/format.h>

#include "base/crypto.h"
#include "common/json.h"
#include "common/terminal.h"
#include "mnm/command.h"

namespace mnm::client {
namespace {

std::string described(Context& context, const std::string& name, const Profile& profile) {
  if (context.json) {
    std::string line;
    tools::JsonWriter json(line);
    json.begin_object().text("profile", name).text("uid", profile.uid);
    json.number("nodenum", profile.node_number).text("node_name", profile.node_name);
    json.text("connect", profile.connect).text("tls_ca", profile.tls_ca);
    json.key("aliases").begin_array();
    for (const std::string& alias : profile.aliases) json.text(alias);
    json.end_array().number("requests", profile.requests).end_object();
    return line + "\n";
  }
  std::string out =
      fmt::format("profile   {}\nuid       {}\nnode      {} {}\nrelay     {}\n",
                  tools::escaped(name), tools::escaped(profile.uid), profile.node_number,
                  tools::escaped(profile.node_name), tools::escaped(profile.connect));
  if (!profile.tls_ca.empty()) out += "tls-ca    " + tools::escaped(profile.tls_ca) + "\n";
  for (const std::string& alias : profile.aliases) {
    out += "alias     " + tools::escaped(alias) + "\n";
  }
  out += fmt::format("requests  {}\npassword  in the file, not shown\n", profile.requests);
  return out;
}

Result<int> show(Context& context) {
  auto profile = load_profile(context.session.profile);
  if (!profile) return fail(std::move(profile.error()));
  wipe(profile->node);
  context.out.write(described(context, context.session.profile, *profile));
  return 0;
}

Result<int> list(Context& context) {
  auto names = list_profiles();
  if (!names) return fail(std::move(names.error()));
  int code = 0;
  for (const std::string& name : *names) {
    auto profile = load_profile(name);
    if (!profile) {  // the others are still worth listing
      code = tools::report("mnm", profile.error());
      continue;
    }
    wipe(profile->node);
    if (context.json) {
      context.out.write(described(context, name, *profile));
    } else {
      context.out.write(fmt::format("{}  {}  node {}  {}\n", name, tools::escaped(profile->uid),
                                    profile->node_number, tools::escaped(profile->connect)));
    }
  }
  return code;
}

}  // namespace

void add_profile(CLI::App& app, Context& context) {
  CLI::App& profile = *app.add_subcommand("profile", "What profiles there are");
  profile.require_subcommand(1);
  add_examples(profile, "  mnm profile list\n  mnm profile show alice --json");
  CLI::App& list_act = *profile.add_subcommand("list", "All, a line each");
  add_json(list_act, context);
  list_act.callback([&context] { context.run = [&context] { return list(context); }; });
  CLI::App& show_act = *profile.add_subcommand("show", "One, without its password");
  show_act.add_option("profile", context.session.profile, "Its name, or its file with a /");
  show_act.add_option("--as", context.session.profile, "The same");
  add_json(show_act, context);
  show_act.callback([&context] {
    context.run = [&context]() -> Result<int> {
      if (context.session.profile.empty()) return fail(ErrorCode::kUsage, "which profile?");
      return show(context);
    };
  });
}

}  // namespace mnm::client
