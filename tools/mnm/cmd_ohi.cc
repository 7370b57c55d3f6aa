// mnm ohi: presence, told to whom one names.
#include <memory>

#include "mnm/command.h"
#include "mnm/message_view.h"

namespace mnm::client {
namespace {

struct Options {
  std::vector<std::string> uids;
  bool follow = false;
};

constexpr std::chrono::seconds kPulseAfter{60};

// Shows who comes and goes. Messages stay on the relay.
Result<> follow(Context& context, Conversation& conversation) {
  while (!context.out.closed()) {
    auto frame = conversation.next(Clock::now() + kPulseAfter);
    if (!frame) return fail(std::move(frame.error()));
    if (!*frame) {
      net::ClientRequest pulse;
      pulse.op = net::ClientOp::kPulse;
      conversation.send(pulse);
      continue;
    }
    const net::Reply& reply = (*frame)->reply;
    if (reply.op == "quit") return fail(quit_error(reply));
    if (reply.op != "ohi" || !reply.from) continue;
    context.out.write(presence_line(*reply.from, reply.status == 1, context.json));
    context.out.flush();
  }
  return {};
}

Result<int> run(Context& context, const char* type, const Options& options) {
  auto profile = load_profile(context.session.profile);
  if (!profile) return fail(std::move(profile.error()));
  auto endpoint = choose_endpoint(context.session, &*profile);
  if (!endpoint) return fail(std::move(endpoint.error()));
  auto id = new_request_id(context.session.profile);
  if (!id) return fail(std::move(id.error()));
  std::vector<std::string> online;
  auto conversation = log_in(*endpoint, *profile, &online);
  if (!conversation) return fail(std::move(conversation.error()));
  net::ClientRequest request;
  request.op = net::ClientOp::kOhi;
  request.id = *id;
  request.type = type;
  for (const std::string& uid : options.uids) request.for_list.push_back({uid, {}});
  (*conversation)->send(request);
  auto reply = await_answer(**conversation, *id, Clock::now() + kAnswerWithin);
  if (!reply) return fail(std::move(reply.error()));
  if (reply->error) return fail(ErrorCode::kNegative, *reply->error);
  for (const std::string& uid : online) context.out.write(presence_line(uid, true, context.json));
  context.out.flush();
  Result<> done;
  if (options.follow) done = follow(context, **conversation);
  (*conversation)->quit();
  if (!done) return fail(std::move(done.error()));
  return 0;
}

}  // namespace

void add_ohi(CLI::App& app, Context& context) {
  CLI::App& ohi = *app.add_subcommand("ohi", "Tell others that you are there");
  ohi.require_subcommand(1);
  auto options = std::make_shared<Options>();
  add_examples(ohi,
               "  mnm ohi init --as alice UID --follow\n"
               "Presence lasts as long as the link: without --follow it ends with the command,\n"
               "unless another node of yours has told of it and stays. To receive messages\n"
               "meanwhile: mnm receive --follow --ohi UID.");
  struct Act {
    const char* name;
    const char* what;
  };
  for (const Act act : {Act{"init", "Begin with this list"}, Act{"add", "Add to the list"},
                        Act{"drop", "Take off the list"}}) {
    CLI::App& command = *ohi.add_subcommand(act.name, act.what);
    add_as(command, context);
    command.add_option("uids", options->uids, "Whom to tell")->required()->type_name("UID...");
    command.add_flag("--follow", options->follow, "Stay, and show who comes and goes");
    add_link_options(command, context);
    add_json(command, context);
    command.callback([&context, options, act] {
      context.run = [&context, options, act] { return run(context, act.name, *options); };
    });
  }
}

}  // namespace mnm::client
