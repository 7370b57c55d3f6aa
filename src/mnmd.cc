// mnmd: the relay as a program. Reads the configuration, starts the relay, waits for signals.
#include <fmt/format.h>
#include <glog/logging.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "daemon/config.h"
#include "daemon/log_level.h"
#include "daemon/relay.h"
#include "daemon/sandbox.h"
#include "daemon/service_manager.h"

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
// jemalloc reads its options here (MALLOC_CONF in the environment comes after and wins). Two arenas
// for two busy threads, and what isn't used is given back two seconds later, when more is asked
// for: the fastest and the smallest of what was tried (doc/performance.md, "The allocator").
extern "C" {
const char* malloc_conf = "narenas:2,dirty_decay_ms:2000,muzzy_decay_ms:0";
}
#endif

namespace {

using mnm::daemon::Config;
using mnm::daemon::Relay;
using mnm::daemon::ServiceManager;
using mnm::daemon::Task;

int complain(const mnm::Error& error) {
  // Not fmt::print, which throws when it can't write: the log may be on the disk that is full.
  (void)std::fputs(fmt::format("mnmd: {}\n", error.text).c_str(), stderr);
  return mnm::exit_code(error.code);
}

mnm::daemon::Environment environment_of(char** variables) {
  mnm::daemon::Environment environment;
  for (; *variables != nullptr; ++variables) {
    const std::string_view entry = *variables;
    const auto equals = entry.find('=');
    if (entry.starts_with("MNM_") && equals != std::string_view::npos) {
      environment.emplace(entry.substr(0, equals), entry.substr(equals + 1));
    }
  }
  return environment;
}

// Waited for by main; blocked in every thread that is started after.
sigset_t block_signals() {
  sigset_t waited;
  sigemptyset(&waited);
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&waited, number);
  CHECK_EQ(pthread_sigmask(SIG_BLOCK, &waited, nullptr), 0);
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);  // a file that grows beyond its limit is then an ordinary error
  return waited;
}

void guard_process() {
  ::umask(077);
  const rlimit none{};
  ::setrlimit(RLIMIT_CORE, &none);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  ::prctl(PR_SET_DUMPABLE, 0);  // no core dump that holds keys or messages; sanitizers need it on
#endif
}

std::string addresses_of(const Relay& relay) {
  std::string line;
  for (const std::string& address : relay.addresses()) line += " " + address;
  return line;
}

void announce(const Relay& relay) {
  std::puts(("mnmd ready" + addresses_of(relay)).c_str());
  std::fflush(stdout);
}

// The directory of a file that may be replaced while we run.
std::string parent_of(const std::string& file) {
  const auto parent = std::filesystem::path(file).parent_path();
  return parent.empty() ? "." : parent.string();
}

// Before any thread is started. Without Landlock in the kernel the rest still holds.
mnm::Result<> enter_sandbox(const Config& config) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  (void)config;  // sanitizers need calls and files of their own
  return {};
#endif
  if (config.sandbox == "off") return {};
  if (config.sandbox == "paths") {
    std::error_code ignored;  // a directory that can't be made is open_store's to report
    std::filesystem::create_directory(config.data, ignored);
    mnm::daemon::ReachablePaths paths{.readable = {"/etc", "/usr", "/lib", "/lib64", "/proc",
                                                   "/sys", "/dev/urandom", "/dev/null"},
                                      .writable = config.writable};
    paths.writable.push_back(config.data);
    if (!config.secrets.empty()) paths.writable.push_back(parent_of(config.secrets));
    if (!config.key_file.empty()) paths.readable.push_back(parent_of(config.key_file));
    paths.writable.push_back(parent_of(config.heads_file));
    for (const auto& address : config.server.addresses) {
      if (!address.path.empty()) paths.writable.push_back(parent_of(address.path));
    }
    // Where resolv.conf may lead to, for whoever fetches keys.
    if (config.auth != "off") paths.readable.emplace_back("/run/systemd/resolve");
    for (const auto& file :
         {config.server.tls_certificate_file, config.server.tls_key_file, config.auth_providers}) {
      if (!file.empty()) paths.readable.push_back(parent_of(file));
    }
    const auto restricted = mnm::daemon::restrict_paths(paths);
    if (!restricted) return mnm::fail(restricted.error());
    LOG_IF(WARNING, !*restricted) << "this kernel has no Landlock: files are not confined";
  }
  return mnm::daemon::restrict_calls();
}

// Nothing can be said of what was not answered; waiting longer helps nobody, and a restart does.
void end_stalled(std::chrono::milliseconds after) {
  LOG(ERROR) << "nothing was answered for " << after.count()
             << " ms: the disk hangs, or the machine is far too small. The outcome of what was "
                "not answered is unknown; the relay ends (--engine-stall-max)";
  std::_Exit(mnm::exit_code(mnm::ErrorCode::kUnavailable));
}

// $NOTIFY_SOCKET, which children, if there were any, should not see.
ServiceManager service_manager() {
  const char* socket = std::getenv("NOTIFY_SOCKET");
  ServiceManager manager(socket != nullptr ? socket : "");
  ::unsetenv("NOTIFY_SOCKET");
  return manager;
}

// Until somebody ends it.
void wait_for_the_end(Relay& relay, const sigset_t& waited, const ServiceManager& manager) {
  while (true) {
    int number = 0;
    if (sigwait(&waited, &number) != 0) continue;
    if (number != SIGHUP) return;
    manager.reloading();
    if (auto reloaded = relay.reload(); !reloaded) {
      LOG(ERROR) << "not reloaded, what is in use stays: " << reloaded.error().text;
    } else {
      LOG(INFO) << "reloaded";
    }
    manager.ready("serving" + addresses_of(relay));
  }
}

int serve(const Config& config) {
  const sigset_t waited = block_signals();
  const ServiceManager manager = service_manager();
  if (auto entered = enter_sandbox(config); !entered) return complain(entered.error());
  auto relay = Relay::open(config, MNM_VERSION,
                           {.failed = [] { ::kill(::getpid(), SIGTERM); },
                            .alive = [&manager] { manager.beat(); },
                            .stalled = [&config] { end_stalled(config.engine_stall_max); }});
  if (!relay) return complain(relay.error());
  (*relay)->start();
  announce(**relay);
  manager.ready("serving" + addresses_of(**relay));
  wait_for_the_end(**relay, waited, manager);
  manager.stopping();
  if (auto stopped = (*relay)->stop(); !stopped) return complain(stopped.error());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  FLAGS_logtostderr = true;
  google::InitGoogleLogging(argv[0]);
  guard_process();
  const auto config = mnm::daemon::read_config(std::vector<std::string>(argv + 1, argv + argc),
                                               environment_of(environ));
  if (!config) return complain(config.error());
  switch (config->task) {
    case Task::kHelp:
      fmt::print("{}", mnm::daemon::help_text());
      return 0;
    case Task::kVersion:
      fmt::print("mnmd {}\n", MNM_VERSION);
      return 0;
    case Task::kCheckConfig:
      fmt::print("the configuration is good\n");
      return 0;
    case Task::kShowConfig:
      fmt::print("{}", mnm::daemon::show(*config));
      return 0;
    case Task::kServe:
      break;
  }
  mnm::daemon::set_log_level(config->log_level);
  return serve(*config);
}
