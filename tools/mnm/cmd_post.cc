// mnm post: a message of any size to users and groups.
#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <optional>

#include "base/text.h"
#include "common/duration.h"
#include "common/json.h"
#include "common/terminal.h"
#include "mnm/command.h"

namespace mnm::client {
namespace {

constexpr std::string_view kGroup = "group:";
constexpr std::size_t kUidOctets = 20;

struct Options {
  std::vector<std::string> to;
  std::string file;
  std::optional<std::string> message;
  std::string retry;
  bool include_self = false;
};

Result<std::vector<ops::Target>> targets(const Options& options) {
  std::vector<ops::Target> found;
  for (const std::string& name : options.to) {
    ops::Target& target = found.emplace_back();
    if (name.starts_with(kGroup)) {
      target.type = options.include_self ? ops::TargetType::kGroupWithSelf
                                         : ops::TargetType::kGroupWithoutSelf;
      target.id = name.substr(kGroup.size());
      if (!target.id.empty()) continue;
    } else if (name == "self") {
      found.pop_back();  // the sender's other nodes always get a copy
      continue;
    } else {
      target.type = ops::TargetType::kUser;
      target.id = name;
      const auto octets = base32_decode(name);
      if (octets && octets->size() == kUidOctets) continue;
    }
    return fail(ErrorCode::kUsage,
                fmt::format("--to {}: expected a uid of 32 characters, group:GROUP or self; an "
                            "alias is reached by mnm ping, and who was pinged knows the uid",
                            name));
  }
  return found;
}

// A line on a terminal that says how far a large body is.
class ProgressLine {
 public:
  explicit ProgressLine(std::uint64_t size) : size_(size) {}
  ~ProgressLine() {
    if (shown_) (void)std::fputs("\r\033[K", stderr);
  }
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void show(std::uint64_t octets) {
    if (size_ < kWorthShowing || !tools::is_terminal(2)) return;
    const Clock::time_point now = Clock::now();
    if (shown_ && now < next_) return;
    next_ = now + std::chrono::milliseconds(200);
    shown_ = true;
    const double seconds = std::chrono::duration<double>(now - began_).count();
    const auto speed =
        static_cast<std::uint64_t>(seconds > 0 ? static_cast<double>(octets) / seconds : 0);
    (void)std::fputs(fmt::format("\r{:3}% of {}, {}/s\033[K", octets * 100 / size_,
                                 tools::format_bytes(size_), tools::format_bytes(speed))
                         .c_str(),
                     stderr);
  }

 private:
  static constexpr std::uint64_t kWorthShowing = std::uint64_t{4} << 20;
  std::uint64_t size_;
  Clock::time_point began_ = Clock::now();
  Clock::time_point next_;
  bool shown_ = false;
};

void print(Context& context, const net::Reply& reply, std::uint64_t octets) {
  if (!context.json) {
    context.out.write(tools::escaped(reply.msgid.value_or("")) + "\n");
    return;
  }
  std::string line;
  tools::JsonWriter json(line);
  json.begin_object()
      .text("id", reply.msgid.value_or(""))
      .text("posted", reply.posted.value_or(""))
      .number("size", octets)
      .end_object();
  context.out.write(line + "\n");
}

Result<int> run(Context& context, const Options& options) {
  auto to = targets(options);
  if (!to) return fail(std::move(to.error()));
  if (options.message && !options.file.empty()) {
    return fail(ErrorCode::kUsage, "either --message TEXT or a FILE, not both");
  }
  // A wrong profile is told before standard input is read.
  if (auto known = load_profile(context.session.profile); !known) {
    return fail(std::move(known.error()));
  }
  auto body = options.message ? BodySource::from_text(*options.message)
                              : BodySource::from_file(options.file.empty() ? "-" : options.file);
  if (!body) return fail(std::move(body.error()));
  net::ClientRequest request;
  request.op = net::ClientOp::kPost;
  request.for_list = std::move(*to);
  request.id = options.retry;
  request.retry = !options.retry.empty();
  Requester requester(context.session);
  Result<net::Reply> reply = fail(ErrorCode::kUnavailable, "");
  {
    ProgressLine line(body->size());
    reply = requester.run(std::move(request), &*body,
                          [&line](std::uint64_t octets) { line.show(octets); });
  }
  if (!reply) {
    Error error = std::move(reply.error());
    if (error.text.find("the outcome is unknown") != std::string::npos) {
      error.text +=
          fmt::format("; with --retry {} the same command is safe to repeat", requester.id());
    }
    return fail(std::move(error));
  }
  print(context, *reply, body->size());
  return 0;
}

}  // namespace

void add_post(CLI::App& app, Context& context) {
  CLI::App& command = *app.add_subcommand("post", "Send a message; prints its id once it is safe");
  auto options = std::make_shared<Options>();
  add_as(command, context);
  command
      .add_option("--to", options->to,
                  "A uid, group:GROUP, or self (your other nodes); may be repeated")
      ->required()
      ->allow_extra_args(false)
      ->type_name("WHOM");
  command.add_option("file", options->file, "What to send; - or nothing: standard input")
      ->type_name("FILE");
  command.add_option("--message", options->message, "Send this text")->type_name("TEXT");
  command.add_flag("--include-self", options->include_self,
                   "This node gets a copy of what goes to a group that you have joined");
  command
      .add_option("--retry", options->retry,
                  "The request whose outcome is unknown: if it was carried out, it isn't again")
      ->type_name("REQUEST");
  add_link_options(command, context);
  add_timeout(command, context);
  add_json(command, context);
  add_examples(command,
               "  mnm post --as alice --to UID --message 'see you at eight'\n"
               "  mnm post --as alice --to group:choir --to UID score.pdf\n"
               "  tar c photos | mnm post --as alice --to UID\n"
               "If the link is lost, it is posted again with the same request id, which the relay\n"
               "recognises: it isn't posted twice.");
  command.callback([&context, options] {
    context.run = [&context, options] { return run(context, *options); };
  });
}

}  // namespace mnm::client
