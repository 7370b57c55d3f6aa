// mnm receive: messages as they come, or those that wait.
#include <fmt/format.h>
#include <sys/stat.h>

#include <filesystem>

#include "common/program.h"
#include "mnm/command.h"
#include "mnm/message_view.h"
#include "mnm/receiver.h"

namespace mnm::client {
namespace {

// It must be there before the first message is taken.
Result<> prepare_directory(const std::string& path) {
  if (path.empty()) return {};
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) {
    return fail(
        error == std::errc::permission_denied ? ErrorCode::kDenied : ErrorCode::kUnavailable,
        fmt::format("can't create {}: {}", path, error.message()));
  }
  return {};
}

Result<> announce(Conversation& conversation, const Context& context,
                  const ReceiveOptions& options) {
  if (options.ohi.empty()) return {};
  net::ClientRequest request;
  request.op = net::ClientOp::kOhi;
  request.type = "init";
  auto id = new_request_id(context.session.profile);
  if (!id) return fail(std::move(id.error()));
  request.id = std::move(*id);
  for (const std::string& uid : options.ohi) request.for_list.push_back({uid, {}});
  conversation.send(request);
  return {};
}

// One login, to its end.
Result<> converse(Context& context, const Endpoint& endpoint, const Profile& profile,
                  const ReceiveOptions& options, Receiver& receiver, Backoff& backoff) {
  std::vector<std::string> online;
  auto conversation = log_in(endpoint, profile, &online);
  if (!conversation) return fail(std::move(conversation.error()));
  backoff.reset();
  for (const std::string& uid : online) context.out.write(presence_line(uid, true, context.json));
  context.out.flush();
  auto done = announce(**conversation, context, options);
  if (done) done = receiver.serve(**conversation);
  // Also after a signal or a failure here, so that the acks arrive.
  (*conversation)->quit();
  return done;
}

Result<int> verdict(const Receiver& receiver, const ReceiveOptions& options, bool closed) {
  if (receiver.left() > 0) {
    tell(
        fmt::format("{} of the messages can't be shown here and stay on the relay, and maybe "
                    "others behind them; take them with --save DIR",
                    receiver.left()));
  }
  if (closed) return 0;
  if (receiver.refused() > 0) return exit_code(ErrorCode::kNegative);
  if (options.count && receiver.counted() < *options.count) {
    tell(fmt::format("{} of {} messages came", receiver.counted(), *options.count));
    return exit_code(ErrorCode::kNegative);
  }
  return 0;
}

Result<int> run(Context& context, ReceiveOptions options) {
  options.json = context.json;
  options.profile = context.session.profile;
  auto profile = load_profile(context.session.profile);
  if (!profile) return fail(std::move(profile.error()));
  auto endpoint = choose_endpoint(context.session, &*profile);
  if (!endpoint) return fail(std::move(endpoint.error()));
  if (auto ready = prepare_directory(options.save); !ready) return fail(std::move(ready.error()));
  Receiver receiver(options, context.out);
  Backoff backoff;
  while (true) {
    auto done = converse(context, *endpoint, *profile, options, receiver, backoff);
    if (done) return verdict(receiver, options, context.out.closed());
    const bool passing = done.error().code == ErrorCode::kUnavailable;
    if (!options.follow || !passing) return fail(std::move(done.error()));
    const Clock::duration pause = backoff.next();
    tell(fmt::format("{}; again in {:.1f} s", done.error().text,
                     std::chrono::duration<double>(pause).count()));
    if (auto paused = pause_until(Clock::now() + pause); !paused) {
      return fail(std::move(paused.error()));
    }
  }
}

}  // namespace

void add_receive(CLI::App& app, Context& context) {
  CLI::App& command = *app.add_subcommand("receive", "Take messages, and ack what was taken");
  auto options = std::make_shared<ReceiveOptions>();
  add_as(command, context);
  command.add_option("--count", options->count,
                     "End after so many messages (notices about your own account don't count)");
  command.add_flag("--follow", options->follow, "Stay, and reconnect when the link is lost");
  command.add_option("--save", options->save, "Put bodies into DIR, each under its message's id")
      ->type_name("DIR");
  command
      .add_option("--exec", options->exec,
                  "Run it for each message: body on standard input, header in MNM_ID, MNM_FROM, "
                  "MNM_OP ...; acked when it ends with 0")
      ->type_name("CMD");
  command.add_option("--wait", options->wait_s, "End when nothing has come for so many seconds")
      ->check(CLI::Range(0.0, 86'400.0))
      ->capture_default_str();
  command.add_option("--ohi", options->ohi, "Be present for this user, and hear of theirs")
      ->allow_extra_args(false)
      ->type_name("UID");
  add_link_options(command, context);
  add_json(command, context);
  add_examples(command,
               "  mnm receive --as bob\n"
               "  mnm receive --as bob --follow --json | jq .text\n"
               "  mnm receive --as bob --save inbox --exec 'lpr'\n"
               "One program a node: a login of a connected node ends its other link. A program\n"
               "that stays has a node of its own (mnm node add).");
  command.callback([&context, options] {
    context.run = [&context, options] { return run(context, *options); };
  });
}

}  // namespace mnm::client
