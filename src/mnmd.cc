// mnmd: the relay as a program. Reads the configuration, starts the relay, waits for signals.
#include <fmt/format.h>
#include <glog/logging.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <string>
#include <vector>

#include "daemon/config.h"
#include "daemon/relay.h"

namespace {

using mnm::daemon::Config;
using mnm::daemon::Relay;
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
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  ::prctl(PR_SET_DUMPABLE, 0);  // no core dump that holds keys or messages; sanitizers need it on
#endif
}

void set_log_level(std::string_view level) {
  FLAGS_v = level == "debug" ? 1 : 0;
  FLAGS_minloglevel = level == "error"     ? google::GLOG_ERROR
                      : level == "warning" ? google::GLOG_WARNING
                                           : google::GLOG_INFO;
}

void announce(const Relay& relay) {
  std::string line = "mnmd ready";
  for (const std::string& address : relay.addresses()) line += " " + address;
  std::puts(line.c_str());
  std::fflush(stdout);
}

// Until somebody ends it.
void wait_for_the_end(Relay& relay, const sigset_t& waited) {
  while (true) {
    int number = 0;
    if (sigwait(&waited, &number) != 0) continue;
    if (number != SIGHUP) return;
    if (auto reloaded = relay.reload(); !reloaded) {
      LOG(ERROR) << "the certificate in use stays: " << reloaded.error().text;
    } else {
      LOG(INFO) << "reloaded";
    }
  }
}

int serve(const Config& config) {
  const sigset_t waited = block_signals();
  auto relay = Relay::open(config, MNM_VERSION, [] { ::kill(::getpid(), SIGTERM); });
  if (!relay) return complain(relay.error());
  (*relay)->start();
  announce(**relay);
  wait_for_the_end(**relay, waited);
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
  set_log_level(config->log_level);
  return serve(*config);
}
