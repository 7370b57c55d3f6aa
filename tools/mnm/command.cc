#include "mnm/command.h"

#include <cstdio>

#include "common/json.h"
#include "common/terminal.h"

namespace mnm::client {

void add_as(CLI::App& command, Context& context) {
  command.add_option("--as", context.session.profile, "The profile of the node to act as")
      ->required()
      ->type_name("PROFILE");
}

void add_link_options(CLI::App& command, Context& context) {
  command
      .add_option("--connect", context.session.connect,
                  "The relay: tcp://HOST:PORT, tls://HOST:PORT or unix:///PATH; else MNM_CONNECT, "
                  "the profile's, or tcp://127.0.0.1:7070")
      ->type_name("URL");
  command
      .add_option("--tls-ca", context.session.tls.ca_file,
                  "Trust certificates signed by these authorities (PEM), not the system's")
      ->type_name("FILE");
  command.add_flag("--insecure", context.session.tls.insecure,
                   "Trust any certificate: anyone on the way can read the password");
}

void add_timeout(CLI::App& command, Context& context) {
  command
      .add_option("--timeout", context.session.timeout_s,
                  "Give up after this many seconds without progress")
      ->type_name("SECONDS")
      ->check(CLI::Range(1U, 86'400U))
      ->capture_default_str();
}

void add_json(CLI::App& command, Context& context) {
  command.add_flag("--json", context.json, "One JSON object a line");
}

void add_examples(CLI::App& command, const std::string& text) {
  command.footer("Examples:\n" + text);
}

Result<net::Reply> ask_and_tell(Context& context, net::ClientRequest request, BodySource* body) {
  Requester requester(context.session);
  auto reply = requester.run(std::move(request), body, nullptr);
  if (!reply) return reply;
  if (context.json) {
    std::string line;
    tools::JsonWriter json(line);
    json.begin_object().text("ok", "ok");
    if (reply->msgid) json.text("id", *reply->msgid);
    if (reply->posted) json.text("posted", *reply->posted);
    json.end_object();
    context.out.write(line + "\n");
  } else {
    context.out.write(tools::escaped(reply->msgid.value_or("ok")) + "\n");
  }
  return reply;
}

void tell(const std::string& text) {
  const std::string line = "mnm: " + tools::escaped(text) + "\n";
  (void)std::fputs(line.c_str(), stderr);  // if that fails, there is nobody left to tell
}

}  // namespace mnm::client
