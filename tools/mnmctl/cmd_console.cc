// mnmctl console: serves the operator's page from here, until it is ended.
#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <vector>

#include "base/crypto.h"
#include "base/text.h"
#include "common/admin_client.h"
#include "common/duration.h"
#include "common/program.h"
#include "common/terminal.h"
#include "console/console_files.h"
#include "console/server.h"
#include "mnmctl/command.h"
#include "net/server_address.h"

namespace mnm::mnmctl {
namespace {

constexpr std::size_t kTokenBytes = 25;  // 200 bits, as a node's password
constexpr std::chrono::milliseconds kLookUp{250};
constexpr int kMetricsMs = 3'000;

struct Chosen {
  std::string listen = "http://127.0.0.1:0";
  std::vector<std::string> hosts;
  std::string within = "8h";
  bool allow_plaintext = false;
};

// mnmlog, which lies beside this program.
std::string reading_program() {
  std::error_code failed;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", failed);
  return failed ? std::string("mnmlog") : (self.parent_path() / "mnmlog").string();
}

Result<net::Listening> listen(const Chosen& chosen) {
  const Result<net::ListenAddress> address = net::parse_listen_address(chosen.listen);
  if (!address) return fail(address.error());
  if (address->transport != net::kHttpTransport) {
    return fail(ErrorCode::kUsage, chosen.listen + ": the console listens on http://HOST:PORT");
  }
  return net::listen_on(*address, chosen.allow_plaintext);
}

Result<int> console(const Options& options, const Chosen& chosen) {
  const auto within_ns = tools::parse_duration_ns(chosen.within);
  if (!within_ns || *within_ns == 0) {
    return fail(ErrorCode::kUsage, chosen.within + ": no duration, as 8h or 30min");
  }
  if (console::console_files().empty()) {
    return fail(ErrorCode::kUnavailable, "this mnmctl was built without the page");
  }
  const std::string directory = std::filesystem::absolute(options.directory).lexically_normal();
  if (!std::filesystem::is_directory(directory)) {
    return fail(ErrorCode::kUnavailable, directory + ": no such data directory; see --data");
  }
  Result<net::Listening> listening = listen(chosen);
  if (!listening) return fail(listening.error());
  const std::string address = listening->address.text();
  const std::string token = hex_encode(random_bytes(kTokenBytes));
  const auto until = std::chrono::steady_clock::now() + std::chrono::nanoseconds(*within_ns);

  console::ServerPorts ports{
      .pages = {},
      .program = reading_program(),
      .question =
          [directory](const net::HttpRequest& request) {
            return console::question_of(request, directory);
          },
      .metrics =
          [directory] { return tools::ask_admin(directory, R"({"cmd":"metrics"})", kMetricsMs); }};
  net::add_web_pages(console::console_files(), ports.pages);
  console::Server server(std::move(listening->fd), console::Gate(token, chosen.hosts, until),
                         std::move(ports));
  // Behind the #, so that the token is in no request for the page and in nobody's log.
  fmt::print("{}/console#token={}\n", address, token);
  std::fflush(stdout);
  fmt::print(stderr, "for {}, or until this is ended; whoever has the line above may read {}\n",
             tools::format_duration(*within_ns), tools::escaped(directory));
  while (!tools::interrupted() && std::chrono::steady_clock::now() < until) server.serve(kLookUp);
  return 0;
}

}  // namespace

void add_console_command(CLI::App& app, Work& work) {
  const auto chosen = std::make_shared<Chosen>();
  CLI::App* command =
      app.add_subcommand("console", "Serves the operator's page, and prints where, until ended");
  command->add_option("--listen", chosen->listen, "Where: http://HOST:PORT; port 0: a free one")
      ->capture_default_str();
  command->add_option("--host", chosen->hosts,
                      "A name that browsers may call it by, besides localhost; repeatable");
  command->add_option("--for", chosen->within, "Ends, and the token with it, after so long")
      ->capture_default_str();
  command->add_flag("--allow-plaintext", chosen->allow_plaintext,
                    "Also on an address that others reach: they may read the token on the way");
  command->callback([&work, chosen] {
    work = [chosen](const Options& options) { return console(options, *chosen); };
  });
}

}  // namespace mnm::mnmctl
