// mnm group: invite, join, alias, drop.
#include <memory>

#include "mnm/command.h"

namespace mnm::client {
namespace {

struct Options {
  std::string group, from, to, alias, text;
};
using Shared = std::shared_ptr<Options>;

Result<int> edit(Context& context, const char* act, const Options& options) {
  net::ClientRequest request;
  request.op = net::ClientOp::kGroupEdit;
  request.act = act;
  request.gid = options.group;
  request.new_alias = options.alias;
  request.to = options.to;
  auto reply = ask_and_tell(context, std::move(request), nullptr);
  if (!reply) return fail(std::move(reply.error()));
  return 0;
}

Result<int> invite(Context& context, const Options& options) {
  net::ClientRequest request;
  request.op = net::ClientOp::kGroupInvite;
  request.gid = options.group;
  request.from = options.from;
  request.to = options.to;
  BodySource body = BodySource::from_text(options.text);
  auto reply = ask_and_tell(context, std::move(request), &body);
  if (!reply) return fail(std::move(reply.error()));
  return 0;
}

CLI::App& add_act(CLI::App& group, Context& context, const Shared& options, const char* name,
                  const char* what) {
  CLI::App& act = *group.add_subcommand(name, what);
  add_as(act, context);
  act.add_option("group", options->group, "The group's name")->required()->type_name("GROUP");
  add_link_options(act, context);
  add_timeout(act, context);
  add_json(act, context);
  return act;
}

}  // namespace

void add_group(CLI::App& app, Context& context) {
  CLI::App& group = *app.add_subcommand("group", "Invite to groups, join and leave them");
  group.require_subcommand(1);
  auto options = std::make_shared<Options>();
  add_examples(group,
               "  mnm group invite --as alice choir-of-x --from alice-at-home --to bob-at-work\n"
               "  mnm group join --as bob choir-of-x\n"
               "  mnm post --as bob --to group:choir-of-x --message 'I am in'\n"
               "The first invitation makes the group.");

  CLI::App& invite_act = add_act(group, context, options, "invite", "Ask somebody to join");
  invite_act.add_option("--from", options->from, "An alias of yours")->required();
  invite_act.add_option("--to", options->to, "Whom, by an alias")->required();
  invite_act.add_option("text", options->text, "A word with it, at most 140 characters");
  invite_act.callback([&context, options] {
    context.run = [&context, options] { return invite(context, *options); };
  });

  CLI::App& join = add_act(group, context, options, "join", "Accept an invitation");
  join.add_option("--alias", options->alias, "Your alias in the group, if not the one invited");
  join.callback([&context, options] {
    context.run = [&context, options] { return edit(context, "join", *options); };
  });

  CLI::App& alias = add_act(group, context, options, "alias", "Go by another alias in a group");
  alias.add_option("alias", options->alias, "An alias of yours")->required();
  alias.callback([&context, options] {
    context.run = [&context, options] { return edit(context, "alias", *options); };
  });

  CLI::App& drop = add_act(group, context, options, "drop",
                           "Leave (you may return), or bar somebody else for good");
  drop.add_option("alias", options->to, "The member's alias, yours to leave")->required();
  drop.callback([&context, options] {
    context.run = [&context, options] { return edit(context, "drop", *options); };
  });
}

}  // namespace mnm::client
