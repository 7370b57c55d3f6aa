// mnm ping: a short text to an alias.
#include <memory>

#include "mnm/command.h"

namespace mnm::client {
namespace {

struct Options {
  std::string from, to, text;
};

Result<int> run(Context& context, const Options& options) {
  net::ClientRequest request;
  request.op = net::ClientOp::kPing;
  request.from = options.from;
  request.to = options.to;
  BodySource body = BodySource::from_text(options.text);
  auto reply = ask_and_tell(context, std::move(request), &body);
  if (!reply) return fail(std::move(reply.error()));
  return 0;
}

}  // namespace

void add_ping(CLI::App& app, Context& context) {
  CLI::App& command =
      *app.add_subcommand("ping", "Send a short text to an alias; they learn your uid");
  auto options = std::make_shared<Options>();
  add_as(command, context);
  command.add_option("--from", options->from, "An alias of yours")->required()->type_name("ALIAS");
  command.add_option("--to", options->to, "Whom")->required()->type_name("ALIAS");
  command.add_option("text", options->text, "At most 140 characters")->type_name("TEXT");
  add_link_options(command, context);
  add_timeout(command, context);
  add_json(command, context);
  add_examples(command, "  mnm ping --as alice --from alice-at-home --to bob-at-work 'lunch?'");
  command.callback([&context, options] {
    context.run = [&context, options] { return run(context, *options); };
  });
}

}  // namespace mnm::client
