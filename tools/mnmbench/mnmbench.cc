// mnmbench: a closed-loop load on a relay, or on the floor beside it. Exit code 1 when anything was
// lost, repeated, out of order or damaged.
#include <fmt/format.h>
#include <glog/logging.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <string>

#include "mnmbench/engine_alone.h"
#include "mnmbench/floor.h"
#include "mnmbench/pairs.h"

namespace {

using mnm::Error;
using mnm::ErrorCode;
using mnm::Result;
using mnm::bench::Load;

constexpr int kUsageExit = mnm::exit_code(ErrorCode::kUsage);

struct Arguments {
  std::string connect = "tcp://127.0.0.1:7070";
  std::string dialect = "mmtp";
  bool json = false;
  bool against_floor = false;
  std::size_t pairs = 3;
  std::string floor_directory = ".";
  std::string floor_listen = "tcp://127.0.0.1:7071";
  Load load;
  mnm::bench::EngineLoad engine;
  std::string data;
};

int complain(const Error& error) {
  fmt::print(stderr, "mnmbench: {}\n", error.text);
  return mnm::exit_code(error.code);
}

void add_load_options(CLI::App& app, Arguments& arguments) {
  Load& load = arguments.load;
  app.add_option("--connect", arguments.connect, "tcp://HOST:PORT, tls://HOST:PORT, unix:///PATH");
  app.add_option("--dialect", arguments.dialect)->check(CLI::IsMember({"mmtp", "tmtp"}));
  app.add_option("--senders", load.senders)->check(CLI::Range(1, 20000));
  app.add_option("--receivers", load.receivers)->check(CLI::Range(1, 20000));
  app.add_option("--fanout", load.fanout, "recipients of a post")->check(CLI::Range(1, 1000));
  app.add_flag("--group", load.group, "post to a group of all receivers instead");
  app.add_option("--size", load.body_bytes, "octets of a body")
      ->check(CLI::Range(mnm::bench::kBodyBytesMin, mnm::bench::kBodyBytesMax));
  app.add_option("--window", load.window, "posts of a sender that are not acked")
      ->check(CLI::Range(1, 10000));
  app.add_option("--idle", load.idle, "more users, connected and silent")
      ->check(CLI::Range(0, 60000));
  app.add_option("--warm-up", load.warm_up_s, "seconds before the measured ones")
      ->check(CLI::Range(0.0, 600.0));
  app.add_option("--seconds", load.seconds)->check(CLI::Range(0.0, 86400.0));
  app.add_option("--pid", load.pid, "the relay's process here: report what it uses")
      ->check(CLI::NonNegativeNumber);
  app.add_flag("--json", arguments.json, "one JSON object");
  app.add_flag("--against-floor", arguments.against_floor,
               "run in turns with the floor, report the ratio");
  app.add_option("--pairs", arguments.pairs, "of such runs")->check(CLI::Range(1, 1000));
  app.add_option("--floor-dir", arguments.floor_directory,
                 "where the floor's file is: on the relay's disk")
      ->check(CLI::ExistingDirectory);
}

Result<> finish(Arguments& arguments) {
  auto address = mnm::net::parse_listen_address(arguments.connect);
  if (!address) return fail(address.error());
  Load& load = arguments.load;
  load.address = *address;
  if (arguments.dialect == "tmtp") load.dialect = mnm::ops::Dialect::kTmtp;
  if (!load.group && load.fanout > load.receivers) {
    return fail(ErrorCode::kUsage, "--fanout is more than --receivers");
  }
  if (!arguments.against_floor) return {};
  if (load.dialect != mnm::ops::Dialect::kMmtp || load.group) {
    return fail(ErrorCode::kUsage, "the floor knows neither TMTP nor groups");
  }
  return {};
}

// The figures, and 1 if a run had a fault.
int report(const std::string& text, const std::string& json, bool as_json, bool whole) {
  fmt::print("{}", as_json ? json + "\n" : text);
  return whole ? 0 : mnm::exit_code(ErrorCode::kNegative);
}

int run_load(Arguments& arguments) {
  if (auto finished = finish(arguments); !finished) return complain(finished.error());
  const Load& load = arguments.load;
  if (arguments.against_floor) {
    const auto pairs = mnm::bench::run_pairs(load, arguments.pairs, arguments.floor_directory);
    if (!pairs) return complain(pairs.error());
    const auto& last = pairs->back();
    for (const std::string& fault : last.floor.faults) {
      fmt::print(stderr, "mnmbench: on the floor: {}\n", fault);
    }
    return report(as_text(load, *pairs), as_json(load, *pairs), arguments.json,
                  last.floor.faults.empty() && last.relay.faults.empty());
  }
  const auto figures = mnm::bench::run_load(load);
  if (!figures) return complain(figures.error());
  return report(as_text(load, *figures), as_json(load, *figures), arguments.json,
                figures->faults.empty());
}

// Until standard input ends or a signal comes.
int run_floor(const Arguments& arguments) {
  const auto address = mnm::net::parse_listen_address(arguments.floor_listen);
  if (!address) return complain(address.error());
  const auto served =
      mnm::bench::run_floor({*address, arguments.floor_directory + "/mnmbench-floor"}, 0,
                            [](const mnm::net::ListenAddress& ready) {
                              fmt::print("mnmbench floor ready {}\n", ready.text());
                              std::fflush(stdout);
                            });
  return served ? 0 : complain(served.error());
}

int run_engine(const Arguments& arguments) {
  const auto figures = mnm::bench::run_engine_alone(arguments.engine);
  if (!figures) return complain(figures.error());
  return report(as_text(arguments.engine, *figures), {}, false, true);
}

int run_fill(const Arguments& arguments) {
  const auto events = mnm::bench::fill(arguments.engine, arguments.data);
  if (!events) return complain(events.error());
  return report(fmt::format("{} events\n", *events), {}, false, true);
}

void add_engine_options(CLI::App& app, mnm::bench::EngineLoad& load) {
  app.add_option("--users", load.users)->check(CLI::Range(2, 100000));
  app.add_option("--fanout", load.fanout)->check(CLI::Range(1, 1000));
  app.add_option("--posts", load.posts_per_turn, "in a turn")->check(CLI::Range(1, 300));
  app.add_option("--size", load.body_bytes)->check(CLI::Range(1, 1 << 16));
  app.add_option("--turns", load.turns)->check(CLI::Range(1, 10'000'000));
}

}  // namespace

int main(int argc, char** argv) {
  google::InitGoogleLogging(argv[0]);
  FLAGS_logtostderr = true;
  std::signal(SIGPIPE, SIG_IGN);
  CLI::App app(
      "A closed-loop load on a relay. Exits with 1 when a message was lost, repeated, out "
      "of order or damaged.");
  Arguments arguments;
  add_load_options(app, arguments);
  CLI::App* floor = app.add_subcommand(
      "floor", "serve the least that a durable relay must do, until standard input ends");
  floor->add_option("--listen", arguments.floor_listen, "tcp://HOST:PORT or unix:///PATH");
  floor->add_option("--dir", arguments.floor_directory, "where its file is")
      ->check(CLI::ExistingDirectory);
  CLI::App* engine = app.add_subcommand(
      "engine", "the engine alone, without network and disk: processor time of a command");
  add_engine_options(*engine, arguments.engine);
  CLI::App* fill = app.add_subcommand(
      "fill", "users, posts and acks into the log of a relay that is not running");
  fill->add_option("--data", arguments.data, "a data directory that a relay has made")
      ->check(CLI::ExistingDirectory)
      ->required();
  add_engine_options(*fill, arguments.engine);
  app.set_version_flag("--version", std::string("mnmbench ") + MNM_VERSION);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kUsageExit;
  }
  if (engine->parsed()) return run_engine(arguments);
  if (fill->parsed()) return run_fill(arguments);
  return floor->parsed() ? run_floor(arguments) : run_load(arguments);
}
