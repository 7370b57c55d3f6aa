// mnm node: one's other devices and programs.
#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "base/crypto.h"
#include "common/json.h"
#include "common/terminal.h"
#include "mnm/command.h"

namespace mnm::client {
namespace {

struct Options {
  std::string new_profile;
  std::string export_file;
  std::string name;
  std::uint32_t number = 0;
};

void print(Context& context, const std::string& where, const Profile& node) {
  std::string line;
  if (context.json) {
    tools::JsonWriter(line)
        .begin_object()
        .text("profile", where)
        .text("uid", node.uid)
        .number("nodenum", node.node_number)
        .end_object();
  } else {
    line = fmt::format("node {} of {} is in {}", node.node_number, tools::escaped(node.uid),
                       tools::escaped(where));
  }
  context.out.write(line + "\n");
}

Result<int> add(Context& context, const Options& options) {
  if (options.new_profile.empty() == options.export_file.empty()) {
    return fail(ErrorCode::kUsage,
                "either --new PROFILE for this machine or --export FILE to carry "
                "to another");
  }
  std::string where = options.new_profile;
  if (where.empty()) where = std::filesystem::absolute(options.export_file).string();
  // Before the relay is asked: a password that can't be kept is lost.
  if (auto ready = prepare_profile(where); !ready) return fail(std::move(ready.error()));
  net::ClientRequest request;
  request.op = net::ClientOp::kUserEdit;
  request.new_node = options.name.empty() ? where : options.name;
  if (options.name.empty()) request.new_node = std::filesystem::path(where).stem().string();
  const std::string name = request.new_node;
  Requester requester(context.session);
  auto reply = requester.run(std::move(request), nullptr, nullptr);
  if (!reply) return fail(std::move(reply.error()));
  if (!reply->nodeid || !reply->nodenum) {
    return fail(ErrorCode::kUnknownFormat,
                "the relay made a node but told no password; drop it with mnm node drop");
  }
  Profile node = requester.profile();
  node.node = std::move(*reply->nodeid);
  node.node_number = *reply->nodenum;
  node.node_name = name;
  node.requests = 0;
  auto kept = create_profile(where, node);
  wipe(node.node);
  if (!kept) {
    kept.error().text += fmt::format("\nthe password of node {} is lost with it: mnm node drop {}",
                                     node.node_number, node.node_number);
    return fail(std::move(kept.error()));
  }
  print(context, where, node);
  return 0;
}

Result<int> change(Context& context, const Options& options, bool drop) {
  net::ClientRequest request;
  request.op = net::ClientOp::kUserEdit;
  (drop ? request.drop_node : request.keep_node) = options.number;
  auto reply = ask_and_tell(context, std::move(request), nullptr);
  if (!reply) return fail(std::move(reply.error()));
  if (!drop) return 0;
  const auto profile = load_profile(context.session.profile);
  if (profile && options.number < profile->node_number) {
    tell(fmt::format(
        "node {0} is older than this one, node {1}: it goes after the relay's delay (72 "
        "hours, as a rule), unless one of your nodes says: mnm node keep {0}",
        options.number, profile->node_number));
  }
  return 0;
}

void add_common(CLI::App& act, Context& context) {
  add_as(act, context);
  add_link_options(act, context);
  add_timeout(act, context);
  add_json(act, context);
}

}  // namespace

void add_node(CLI::App& app, Context& context) {
  CLI::App& node = *app.add_subcommand("node", "Your devices: each has a queue and a password");
  node.require_subcommand(1);
  auto options = std::make_shared<Options>();
  add_examples(node,
               "  mnm node add --as alice --new alice-phone\n"
               "  mnm node add --as alice --export alice-laptop.json   then, over there:\n"
               "  mnm receive --as ./alice-laptop.json\n"
               "  mnm node drop --as alice 2      stolen: its password is worth nothing from now\n"
               "  mnm node keep --as alice 1      against a thief who wants to drop node 1");

  CLI::App& add_act = *node.add_subcommand("add",
                                           "Make a node; it begins with a copy of what "
                                           "waits for this one");
  add_act.add_option("--new", options->new_profile, "Keep it as this new profile")
      ->type_name("PROFILE");
  add_act.add_option("--export", options->export_file, "Keep it in this new file (a secret!)")
      ->type_name("FILE");
  add_act.add_option("--name", options->name, "What to call it; else as the profile or file");
  add_common(add_act, context);
  add_act.callback([&context, options] {
    context.run = [&context, options] { return add(context, *options); };
  });
  for (const bool drop : {true, false}) {
    CLI::App& act = drop ? *node.add_subcommand("drop", "End a node: its queue and its password")
                         : *node.add_subcommand("keep", "Refuse that a node be dropped");
    act.add_option("number", options->number, "The node's number")
        ->required()
        ->check(CLI::PositiveNumber)
        ->type_name("N");
    add_common(act, context);
    act.callback([&context, options, drop] {
      context.run = [&context, options, drop] { return change(context, *options, drop); };
    });
  }
}

}  // namespace mnm::client
