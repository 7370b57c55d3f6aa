// mnmctl console: serves the operator's page from here, until it is ended.
#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <vector>

#include "base/crypto.h"
#include "base/text.h"
#include "common/duration.h"
#include "common/program.h"
#include "common/terminal.h"
#include "console/console_files.h"
#include "console/relay_figures.h"
#include "console/server.h"
#include "mnmctl/command.h"
#include "net/server_address.h"

namespace mnm::mnmctl {
namespace {

constexpr std::size_t kTokenBytes = 25;  // 200 bits, as a node's password
constexpr std::chrono::milliseconds kLookUp{250};
constexpr int kMetricsMs = 3'000;

struct Chosen {
  console::Reading reading;
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

// Where a browser finds it. An address that stands for all is none to go to.
std::string page_of(const net::ListenAddress& address, const std::vector<std::string>& names) {
  const std::string name = names.empty() ? "localhost" : names.back();
  return fmt::format("http://{}:{}/console", name, address.port);
}

// Children that end are waited for, which a parent that ignores SIGCHLD would have us not do.
void expect_children() {
  struct sigaction plain {};
  plain.sa_handler = SIG_DFL;
  (void)::sigaction(SIGCHLD, &plain, nullptr);  // of a signal that there is, it can't fail
}

console::ServerPorts ports_of(const console::Reading& reading) {
  console::ServerPorts ports{
      .pages = {},
      .program = reading_program(),
      .question =
          [reading](const net::HttpRequest& request) {
            return console::question_of(request, reading);
          },
      .metrics = [directory =
                      reading.directory] { return console::relay_figures(directory, kMetricsMs); },
      .heard =
          [](std::string_view words) {
            fmt::print(stderr, "mnmctl: the console's mnmlog: {}\n", tools::escaped(words));
          }};
  net::add_web_pages(console::console_files(), ports.pages);
  return ports;
}

std::string absolute(const std::string& path) {
  return path.empty() ? path : std::filesystem::absolute(path).lexically_normal().string();
}

Result<int> console(const Options& options, const Chosen& chosen) {
  const auto within_ns = tools::parse_duration_ns(chosen.within);
  if (!within_ns || *within_ns == 0) {
    return fail(ErrorCode::kUsage, chosen.within + ": no duration, as 8h or 30min");
  }
  if (console::console_files().empty()) {
    return fail(ErrorCode::kUnavailable, "this mnmctl was built without the page");
  }
  const console::Reading reading{.directory = absolute(options.directory),
                                 .heads = absolute(chosen.reading.heads),
                                 .pubkey = absolute(chosen.reading.pubkey),
                                 .key = absolute(chosen.reading.key)};
  const std::string& directory = reading.directory;
  if (!std::filesystem::is_directory(directory)) {
    return fail(ErrorCode::kUnavailable, directory + ": no such data directory; see --data");
  }
  Result<net::Listening> listening = listen(chosen);
  if (!listening) return fail(listening.error());
  const std::vector<std::string> names = console::names_of(listening->address.host, chosen.hosts);
  const std::string token = hex_encode(random_bytes(kTokenBytes));
  const auto until = std::chrono::steady_clock::now() + std::chrono::nanoseconds(*within_ns);

  expect_children();
  console::Server server(std::move(listening->fd), console::Gate(token, names, until),
                         ports_of(reading));
  // Behind the #, so that the token is in no request for the page and in nobody's log.
  fmt::print("{}#token={}\n", page_of(listening->address, names), token);
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
  command->add_option("--heads", chosen->reading.heads,
                      "Signed heads to check the log against, instead of DATA/heads");
  command->add_option("--pubkey", chosen->reading.pubkey,
                      "The file with the key that signed them, kept elsewhere than the log");
  command
      ->add_option("--key", chosen->reading.key, "The file with the key of a sealed data directory")
      ->envname("MNM_KEY");
  command->add_flag("--allow-plaintext", chosen->allow_plaintext,
                    "Also on an address that others reach: they may read the token on the way");
  command->callback([&work, chosen] {
    work = [chosen](const Options& options) { return console(options, *chosen); };
  });
}

}  // namespace mnm::mnmctl
