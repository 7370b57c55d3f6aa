// mnm alias: names under which others can ping a user.
#include <algorithm>
#include <memory>

#include "mnm/command.h"

namespace mnm::client {
namespace {

struct Options {
  std::string alias;
  bool once = false;
};

Result<int> change(Context& context, const Options& options, bool add) {
  net::ClientRequest request;
  request.op = net::ClientOp::kUserEdit;
  (add ? request.new_alias : request.drop_alias) = options.alias;
  request.once = add && options.once;
  auto reply = ask_and_tell(context, std::move(request), nullptr);
  if (!reply) return fail(std::move(reply.error()));
  auto kept = update_profile(context.session.profile, [&](Profile& profile) {
    std::erase(profile.aliases, options.alias);
    if (add) profile.aliases.push_back(options.alias);
  });
  if (!kept) return fail(std::move(kept.error()));
  return 0;
}

}  // namespace

void add_alias(CLI::App& app, Context& context) {
  CLI::App& alias = *app.add_subcommand("alias", "Take and give up names for pings");
  alias.require_subcommand(1);
  auto options = std::make_shared<Options>();
  add_examples(alias,
               "  mnm alias add --as alice alice-on-tour\n"
               "  mnm alias add --as alice --once for-the-plumber\n"
               "  mnm alias drop --as alice alice-on-tour");
  for (const bool add : {true, false}) {
    CLI::App& act = add ? *alias.add_subcommand("add", "Take an alias of 8 characters or more")
                        : *alias.add_subcommand("drop", "Give one up; nobody gets it again");
    add_as(act, context);
    act.add_option("alias", options->alias, "The alias")->required();
    if (add) act.add_flag("--once", options->once, "The first ping or invite retires it");
    add_link_options(act, context);
    add_timeout(act, context);
    add_json(act, context);
    act.callback([&context, options, add] {
      context.run = [&context, options, add] { return change(context, *options, add); };
    });
  }
}

}  // namespace mnm::client
