// mnmctl user show, receive-only, node drop, session list|kick: people and their nodes.
#include <fmt/format.h>

#include <boost/json.hpp>
#include <memory>

#include "common/program.h"
#include "common/table.h"
#include "common/terminal.h"
#include "mnmctl/command.h"

namespace mnm::mnmctl {
namespace {

namespace json = boost::json;

struct Chosen {
  std::string uid;
  std::string state;
  std::uint32_t node = 0;
};

std::string cell(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  if (value == nullptr) return "-";
  return value->is_string() ? tools::escaped(std::string_view(value->get_string()))
                            : json::serialize(*value);
}

Result<int> list_sessions(const Options& options) {
  const Result<json::object> answer = ask(options, "session-list");
  if (!answer) return fail(answer.error());
  if (options.json) return show(options, *answer);
  tools::Table table({{"UID"}, {"NODE", true}, {"NAME"}, {"SESSION", true}, {"WAITING", true}});
  for (const json::value& each : answer->at("sessions").as_array()) {
    const json::object& session = each.as_object();
    table.add({cell(session, "uid"), cell(session, "node"), cell(session, "name"),
               cell(session, "session"), cell(session, "waiting")});
  }
  tools::Output out;
  if (!table.empty()) out.write(table.render(out.terminal()));
  if (const Result<> written = out.finish(); !written) return fail(written.error());
  return 0;
}

void add_receive_only(CLI::App& app, Work& work) {
  const auto chosen = std::make_shared<Chosen>();
  CLI::App* command = app.add_subcommand("receive-only", "Lets a user only receive, or send again");
  command->add_option("UID", chosen->uid, "The user's uid")->required();
  command->add_option("STATE", chosen->state, "on or off")
      ->required()
      ->check(CLI::IsMember({"on", "off"}));
  command->callback([&work, chosen] {
    work = [chosen](const Options& options) {
      return ask_and_show(options, "receive-only",
                          {{"uid", chosen->uid}, {"on", chosen->state == "on"}});
    };
  });
}

void add_user(CLI::App& app, Work& work) {
  CLI::App* user = app.add_subcommand("user", "Looks at a user");
  user->require_subcommand(1);
  const auto chosen = std::make_shared<Chosen>();
  CLI::App* command = user->add_subcommand("show", "Its nodes, aliases, and what waits for them");
  command->add_option("UID", chosen->uid, "The user's uid")->required();
  command->callback([&work, chosen] {
    work = [chosen](const Options& options) {
      return ask_and_show(options, "user-show", {{"uid", chosen->uid}});
    };
  });
}

void add_session(CLI::App& app, Work& work) {
  CLI::App* session = app.add_subcommand("session", "Lists or ends live sessions");
  session->require_subcommand(1);
  session->add_subcommand("list", "The nodes that are connected")->callback([&work] {
    work = list_sessions;
  });
  const auto chosen = std::make_shared<Chosen>();
  CLI::App* command =
      session->add_subcommand("kick", "Ends a user's sessions; it may log in again");
  command->add_option("UID", chosen->uid, "The user's uid")->required();
  command->add_option("NODE", chosen->node, "The number of one of its nodes; all when absent");
  command->callback([&work, chosen] {
    work = [chosen](const Options& options) {
      return ask_and_show(options, "session-kick", {{"uid", chosen->uid}, {"node", chosen->node}});
    };
  });
}

void add_node(CLI::App& app, Work& work) {
  CLI::App* node = app.add_subcommand("node", "Drops a node");
  node->require_subcommand(1);
  const auto chosen = std::make_shared<Chosen>();
  CLI::App* command = node->add_subcommand(
      "drop", "Ends its session and its queue, and refuses its password from now on");
  command->add_option("UID", chosen->uid, "The user's uid")->required();
  command->add_option("NODE", chosen->node, "The number of the node among its user's")->required();
  command->callback([&work, chosen] {
    work = [chosen](const Options& options) -> Result<int> {
      const std::string what = fmt::format("Drop node {} of {} and what waits for it, for good?",
                                           chosen->node, chosen->uid);
      if (const auto sure = confirm(options, what); !sure) return fail(sure.error());
      return ask_and_show(options, "node-drop", {{"uid", chosen->uid}, {"node", chosen->node}});
    };
  });
}

}  // namespace

void add_user_commands(CLI::App& app, Work& work) {
  add_user(app, work);
  add_receive_only(app, work);
  add_session(app, work);
  add_node(app, work);
}

}  // namespace mnm::mnmctl
