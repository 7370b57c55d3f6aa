// mnm register: a new user with its first node, kept in a new profile.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>

#include "base/crypto.h"
#include "client/fd.h"
#include "common/json.h"
#include "common/terminal.h"
#include "mnm/command.h"
#include "mnm/file.h"

namespace mnm::client {
namespace {

struct Options {
  std::string alias;
  std::string node_name;
  std::string token_file;
};

std::string host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0 || name.front() == '\0') return "node";
  return name.data();
}

// A third party's token, which is never an argument: others could read those. White space around it
// is no part of it.
Result<std::string> read_token(const std::string& path) {
  constexpr std::size_t kFileBytesMax = 32 << 10;  // a relay takes 16 KiB
  const bool from_input = path == "-";
  const Fd file(from_input ? -1 : ::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  const int fd = from_input ? STDIN_FILENO : file.get();
  if (fd < 0) return fail(file_error("cannot open", path, errno));
  std::string text(kFileBytesMax, '\0');  // at once, so that no copy is left behind
  std::size_t size = 0;
  while (size < text.size()) {
    const ssize_t count = ::read(fd, text.data() + size, text.size() - size);
    if (count < 0) return fail(file_error("cannot read", path, errno));
    if (count == 0) break;
    size += static_cast<std::size_t>(count);
  }
  constexpr std::string_view kWhite = " \t\r\n";
  const std::string_view all = std::string_view(text).substr(0, size);
  const std::size_t first = all.find_first_not_of(kWhite);
  std::string token;
  if (first != std::string_view::npos) {
    token = all.substr(first, all.find_last_not_of(kWhite) + 1 - first);
  }
  wipe(text);
  if (!token.empty() && size < kFileBytesMax) return token;
  return fail(ErrorCode::kUsage,
              fmt::format("{} holds no token: one of at most 16 KiB was expected",
                          from_input ? "standard input" : path));
}

// Asks once: a registration can't be recognised when it comes again.
Result<net::Reply> ask(const Endpoint& endpoint, const Options& options) {
  net::ClientRequest request;
  if (!options.token_file.empty()) {
    auto token = read_token(options.token_file);
    if (!token) return fail(std::move(token.error()));
    request.id_token = std::move(*token);
  }
  auto conversation = open_conversation(endpoint);
  if (!conversation) return fail(std::move(conversation.error()));
  request.op = net::ClientOp::kRegister;
  request.new_node = options.node_name.empty() ? host_name() : options.node_name;
  request.new_alias = options.alias;
  (*conversation)->send(request);
  wipe(request.id_token);
  auto frame = (*conversation)->next(Clock::now() + kAnswerWithin);
  if (!frame) return fail(std::move(frame.error()));
  if (!*frame) {
    return fail(ErrorCode::kUnavailable, endpoint.address.text +
                                             ": no answer; whether a user was made is unknown (one "
                                             "that nobody knows of does no harm)");
  }
  net::Reply& reply = (*frame)->reply;
  if (reply.op == "quit") {
    Error error = quit_error(reply);
    if (error.code == ErrorCode::kDenied) error.text += ", and give it by --auth-token-file FILE";
    return fail(std::move(error));
  }
  if (reply.op != "registered" || !reply.uid || !reply.nodeid) {
    return fail(ErrorCode::kUnknownFormat,
                fmt::format("{}: a registration was answered with {}; is it a relay?",
                            endpoint.address.text, reply.op));
  }
  (*conversation)->quit();
  return std::move(reply);
}

void print(Context& context, const Profile& profile) {
  const std::string& name = context.session.profile;
  if (context.json) {
    std::string line;
    tools::JsonWriter json(line);
    json.begin_object().text("profile", name).text("uid", profile.uid);
    json.number("nodenum", profile.node_number).text("connect", profile.connect);
    if (!profile.aliases.empty()) json.text("alias", profile.aliases.front());
    json.end_object();
    context.out.write(line + "\n");
    return;
  }
  std::string line = fmt::format("registered {} as {}, node {}", tools::escaped(name),
                                 tools::escaped(profile.uid), profile.node_number);
  if (!profile.aliases.empty()) line += ", alias " + tools::escaped(profile.aliases.front());
  tell(line);
  context.out.write(profile.uid + "\n");  // alone, so that a script can keep it
}

Result<int> run(Context& context, const Options& options) {
  const std::string& name = context.session.profile;
  auto endpoint = choose_endpoint(context.session, nullptr);
  if (!endpoint) return fail(std::move(endpoint.error()));
  // Before the relay is asked: a password that can't be kept is lost.
  if (auto ready = prepare_profile(name); !ready) return fail(std::move(ready.error()));
  auto reply = ask(*endpoint, options);
  if (!reply) return fail(std::move(reply.error()));
  Profile profile;
  profile.connect = endpoint->address.text;
  if (!context.session.tls.ca_file.empty()) {
    profile.tls_ca = std::filesystem::absolute(context.session.tls.ca_file).string();
  }
  profile.uid = std::move(*reply->uid);
  profile.node = std::move(*reply->nodeid);
  profile.node_name = options.node_name.empty() ? host_name() : options.node_name;
  profile.node_number = reply->nodenum.value_or(1);
  if (!reply->error && !options.alias.empty()) profile.aliases.push_back(options.alias);
  auto kept = create_profile(name, profile);
  wipe(profile.node);
  if (!kept) return fail(std::move(kept.error()));
  print(context, profile);
  if (!reply->error) return 0;
  tell("registered, but without the alias: " + *reply->error +
       "; choose another with mnm alias add");
  return exit_code(ErrorCode::kNegative);
}

}  // namespace

void add_register(CLI::App& app, Context& context) {
  CLI::App& command = *app.add_subcommand("register", "Become a user of a relay, with one node");
  auto options = std::make_shared<Options>();
  command.add_option("--as", context.session.profile, "The new profile's name")
      ->required()
      ->type_name("PROFILE");
  command.add_option("--alias", options->alias, "A name under which others may ping you");
  command.add_option("--node", options->node_name, "What to call this node; else the host's name");
  command
      .add_option(
          "--auth-token-file", options->token_file,
          "A third party's word, where the relay wants it: an OpenID Connect ID token; - for "
          "standard input")
      ->type_name("FILE");
  add_link_options(command, context);
  add_json(command, context);
  add_examples(command,
               "  mnm register --as alice --alias alice-at-home\n"
               "  mnm register --as alice --connect tls://relay.example.org:7070\n"
               "The password goes to a file of mode 0600 in MNM_PROFILES or ~/.config/mnm.");
  command.callback([&context, options] {
    context.run = [&context, options] { return run(context, *options); };
  });
}

}  // namespace mnm::client
