// mnmctl: administers a running relay over its admin socket. It opens no database: what it can do,
// the relay does.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <string>

#include "common/admin_client.h"
#include "common/json.h"
#include "common/program.h"
#include "common/table.h"
#include "common/terminal.h"

namespace mnm::mnmctl {
namespace {

namespace json = boost::json;

constexpr std::string_view kProgram = "mnmctl";
constexpr std::string_view kExamples =
    "Examples:\n"
    "  mnmctl --data /var/lib/mnm status\n"
    "  mnmctl digest --json\n"
    "  mnmctl receive-only MARIA7FK2PZ4 on      she may receive, not send\n"
    "  mnmctl heads-key > relay.pub             what mnmlog verify --heads wants with --pubkey\n"
    "  mnmctl scrub                             makes purged messages vanish from the disk now\n\n"
    "Exit codes: 0 ok, 1 the answer is no, 2 usage, 5 no relay answers, 6 denied";

struct Options {
  std::string directory = "./mnm-data";
  bool json = false;
  std::string uid;
  std::string state;
};

// The relay is there and says no.
Error error_of(const json::object& reply) {
  const auto* text = reply.if_contains("error");
  return {ErrorCode::kNegative, text != nullptr && text->is_string()
                                    ? std::string(text->get_string())
                                    : "the relay refused, and didn't say why"};
}

void append_lines(const std::string& prefix, const json::value& value, std::string& out) {
  constexpr std::size_t kNameColumns = 18;
  if (const auto* object = value.if_object()) {
    for (const auto& [name, inner] : *object) {
      const std::string own(name);
      append_lines(prefix.empty() ? own : prefix + "." + own, inner, out);
    }
    return;
  }
  if (const auto* array = value.if_array()) {
    for (const json::value& inner : *array) append_lines(prefix, inner, out);
    return;
  }
  tools::append_padded(out, tools::escaped(prefix), kNameColumns, false);
  out += value.is_string() ? tools::escaped(std::string_view(value.get_string()))
                           : json::serialize(value);
  out += '\n';
}

// The relay's own JSON, written anew so that nothing in it can reach the terminal.
void append_safe_json(const json::value& value, tools::JsonWriter& out) {
  if (const auto* object = value.if_object()) {
    out.begin_object();
    for (const auto& [name, inner] : *object) {
      append_safe_json(inner, out.key(tools::escaped(std::string_view(name))));
    }
    out.end_object();
  } else if (const auto* array = value.if_array()) {
    out.begin_array();
    for (const json::value& inner : *array) append_safe_json(inner, out);
    out.end_array();
  } else if (value.is_string()) {
    out.text(std::string_view(value.get_string()));
  } else if (value.is_bool()) {
    out.flag(value.get_bool());
  } else if (value.is_int64() && value.get_int64() >= 0) {
    out.number(static_cast<std::uint64_t>(value.get_int64()));
  } else if (value.is_uint64()) {
    out.number(value.get_uint64());
  } else if (value.is_number()) {
    out.real(value.to_number<double>());
  } else {
    out.null();
  }
}

Result<> run(const Options& options, std::string_view command) {
  std::string request;
  tools::JsonWriter writer(request);
  writer.begin_object().text("cmd", command);
  if (command == "receive-only") writer.text("uid", options.uid).flag("on", options.state == "on");
  writer.end_object();
  const Result<std::string> line = tools::ask_admin(options.directory, request);
  if (!line) return fail(line.error());
  json::error_code failed;
  json::value reply = json::parse(*line, failed);
  if (failed || !reply.is_object()) {
    return fail(ErrorCode::kUnavailable, "the relay's answer is no JSON object: " + *line);
  }
  json::object& object = reply.get_object();
  const auto* ok = object.if_contains("ok");
  if (ok == nullptr || !ok->is_bool() || !ok->get_bool()) return fail(error_of(object));
  tools::Output out;
  if (options.json) {
    std::string text;
    tools::JsonWriter safe(text);
    append_safe_json(reply, safe);
    out.write(text + "\n");
  } else if (const auto* key = object.if_contains("key");
             command == "heads-key" && key != nullptr) {
    out.write(tools::escaped(json::value_to<std::string>(*key)) + "\n");  // a file of its own
  } else {
    object.erase("ok");
    std::string text;
    append_lines({}, reply, text);
    out.write(text.empty() ? "ok\n" : text);
  }
  return out.finish();
}

int main_of(int argc, char** argv) {
  Options options;
  CLI::App app("Administers a running mnm relay over DIR/admin.sock", std::string(kProgram));
  app.footer(std::string(kExamples));
  app.set_version_flag("--version", std::string("mnmctl " MNM_VERSION));
  app.add_option("--data", options.directory, "The relay's data directory")
      ->envname("MNM_DATA")
      ->capture_default_str();
  app.add_flag("--json", options.json, "The relay's answer as JSON");
  app.require_subcommand(1);
  app.fallthrough();  // --data and --json also after the command
  app.add_subcommand("status", "Version, addresses, links, how far the log is durable");
  app.add_subcommand("digest", "The LSN and digest of the views in memory");
  auto* receive_only =
      app.add_subcommand("receive-only", "Lets a user only receive, or send again");
  receive_only->add_option("UID", options.uid, "The user's uid")->required();
  receive_only->add_option("STATE", options.state, "on or off")
      ->required()
      ->check(CLI::IsMember({"on", "off"}));
  app.add_subcommand("heads-key", "The public key that heads are signed with");
  app.add_subcommand("heads-sign", "Signs a head of the log now");
  app.add_subcommand("scrub", "Makes purged messages vanish from every file now");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : exit_code(ErrorCode::kUsage);
  }
  const Result<> done = run(options, app.get_subcommands().front()->get_name());
  return done ? 0 : tools::report(kProgram, done.error());
}

}  // namespace
}  // namespace mnm::mnmctl

int main(int argc, char** argv) {
  mnm::tools::catch_signals();
  try {
    return mnm::mnmctl::main_of(argc, argv);
  } catch (const std::exception& error) {
    return mnm::tools::report(mnm::mnmctl::kProgram, {mnm::ErrorCode::kUnavailable, error.what()});
  }
}
