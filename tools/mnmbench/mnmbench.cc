// mnmbench: a closed-loop load on a relay, or on the floor beside it; the layers alone. Exit code 1
// when anything was lost, repeated, out of order or damaged.
#include <fmt/format.h>
#include <glog/logging.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <functional>
#include <string>

#include "common/program.h"
#include "mnmbench/engine_alone.h"
#include "mnmbench/floor.h"
#include "mnmbench/headline.h"
#include "mnmbench/hostile.h"
#include "mnmbench/link.h"
#include "mnmbench/local.h"
#include "mnmbench/pairs.h"

namespace {

using mnm::Error;
using mnm::ErrorCode;
using mnm::Result;
using mnm::bench::Load;

struct Arguments {
  std::string connect = "tcp://127.0.0.1:7070";
  std::string dialect = "mmtp";
  std::string size = "1024";
  bool group = false;
  bool json = false;
  bool against_floor = false;
  std::size_t pairs = 3;
  std::string floor_directory = ".";
  std::string floor_listen = "tcp://127.0.0.1:7071";
  Load load;
  mnm::bench::EngineLoad engine;
  mnm::bench::HeadlineLoad headline;
  mnm::bench::HostileLoad hostile;
  std::string headline_size = "80x4,400x2,2000x2,10000,50000,250000";
  mnm::bench::LocalOptions local;
  std::string data;
};

int complain(const Error& error) { return mnm::tools::report("mnmbench", error); }

void add_common_options(CLI::App& app, Arguments& arguments) {
  app.add_option(
         "--connect", arguments.connect,
         "tcp://HOST:PORT, tls://HOST:PORT, unix:///PATH, ws://HOST:PORT, wss://HOST:PORT,\n"
         "http://HOST:PORT, https://HOST:PORT")
      ->capture_default_str();
  app.add_option("--dialect", arguments.dialect, "what the clients speak")
      ->check(CLI::IsMember({"mmtp", "tmtp"}))
      ->capture_default_str();
  app.add_option("--pid", arguments.load.pid, "the relay's process here: report what it uses")
      ->check(CLI::NonNegativeNumber);
  app.add_flag("--json", arguments.json, "one JSON object on one line");
}

void add_load_options(CLI::App& app, Arguments& arguments) {
  Load& load = arguments.load;
  add_common_options(app, arguments);
  app.add_option("--senders", load.senders)->check(CLI::Range(1, 20000))->capture_default_str();
  app.add_option("--receivers", load.receivers)->check(CLI::Range(1, 20000))->capture_default_str();
  app.add_option("--fanout", load.fanout, "recipients of a post")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_option("--groups", load.groups,
                 "post to so many groups instead, in rotation, among which the receivers are dealt")
      ->check(CLI::Range(0, 1000));
  app.add_flag("--group", arguments.group, "the same as --groups 1");
  app.add_option("--size", arguments.size, "octets of a body, or a mix, as 80x4,400x2,250000")
      ->capture_default_str();
  app.add_option("--window", load.window, "posts of a sender that are not acked")
      ->check(CLI::Range(1, 10000))
      ->capture_default_str();
  app.add_option("--idle", load.idle, "more users, connected and silent")
      ->check(CLI::Range(0, 60000));
  app.add_option("--absent", load.absent, "more members of every group, who are not there")
      ->check(CLI::Range(0, 1000));
  app.add_option("--stuck", load.stuck, "more members of every group, who read nothing")
      ->check(CLI::Range(0, 1000));
  app.add_option("--churn", load.churn, "more users, who log in and out all the time")
      ->check(CLI::Range(0, 1000));
  app.add_option("--warm-up", load.warm_up_s, "seconds before the measured ones")
      ->check(CLI::Range(0.0, 600.0))
      ->capture_default_str();
  app.add_option("--seconds", load.seconds)->check(CLI::Range(0.0, 86400.0))->capture_default_str();
  app.add_flag("--against-floor", arguments.against_floor,
               "run in turns with the floor, report the ratio");
  app.add_option("--pairs", arguments.pairs, "of such runs")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_option("--floor-dir", arguments.floor_directory,
                 "where the floor's file is: on the relay's disk")
      ->check(CLI::ExistingDirectory)
      ->capture_default_str();
}

Result<> finish(const Arguments& arguments, const std::string& size, Load& load) {
  auto address = mnm::bench::parse_target(arguments.connect);
  if (!address) return fail(address.error());
  load.address = *address;
  load.pid = arguments.load.pid;
  if (arguments.dialect == "tmtp") load.dialect = mnm::ops::Dialect::kTmtp;
  auto sizes = mnm::bench::parse_sizes(size);
  if (!sizes) return fail(sizes.error());
  load.sizes = std::move(*sizes);
  return {};
}

Result<> finish_load(Arguments& arguments) {
  Load& load = arguments.load;
  if (auto finished = finish(arguments, arguments.size, load); !finished) return finished;
  if (arguments.group && load.groups == 0) load.groups = 1;
  if (load.groups == 0 && load.fanout > load.receivers) {
    return fail(ErrorCode::kUsage, "--fanout is more than --receivers");
  }
  if (load.groups > 0 && load.receivers % load.groups != 0) {
    return fail(ErrorCode::kUsage, "--receivers can't be dealt evenly among --groups");
  }
  if (load.groups == 0 && load.absent + load.stuck > 0) {
    return fail(ErrorCode::kUsage,
                "--absent and --stuck are members of groups: say how many with --groups");
  }
  if (!arguments.against_floor) return {};
  if (load.dialect != mnm::ops::Dialect::kMmtp || load.groups > 0 || load.churn > 0) {
    return fail(ErrorCode::kUsage, "the floor knows neither TMTP nor groups nor logins");
  }
  return {};
}

// The figures, and 1 if a run had a fault.
int report(const std::string& text, const std::string& json, bool as_json, bool whole) {
  fmt::print("{}", as_json ? json + "\n" : text);
  if (mnm::tools::interrupted()) return mnm::exit_code(ErrorCode::kInterrupted);
  return whole ? 0 : mnm::exit_code(ErrorCode::kNegative);
}

int run_load(Arguments& arguments) {
  if (auto finished = finish_load(arguments); !finished) return complain(finished.error());
  const Load& load = arguments.load;
  mnm::tools::catch_signals();
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
int run_floor(Arguments& arguments) {
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

int run_headline(Arguments& arguments) {
  mnm::bench::HeadlineLoad& load = arguments.headline;
  auto finished = finish(arguments, arguments.headline_size, load.base);
  if (!finished) return complain(finished.error());
  if (load.clients % load.group_size != 0) {
    return complain({ErrorCode::kUsage, "--clients can't be dealt evenly into groups"});
  }
  mnm::tools::catch_signals();
  const auto figures = mnm::bench::run_headline(load);
  if (!figures) return complain(figures.error());
  return report(as_text(load, *figures), as_json(load, *figures), arguments.json,
                figures->faults.empty());
}

int run_hostile(Arguments& arguments) {
  const auto address = mnm::bench::parse_target(arguments.connect);
  if (!address) return complain(address.error());
  arguments.hostile.address = *address;
  mnm::tools::catch_signals();
  const auto figures = mnm::bench::run_hostile(arguments.hostile);
  if (!figures) return complain(figures.error());
  return report(fmt::format("{} links opened, {} not taken, {} closed by the relay\n",
                            figures->opened, figures->refused, figures->closed),
                {}, false, true);
}

int run_local(Arguments& arguments) {
  arguments.local.json = arguments.json;
  const auto ran = mnm::bench::run_local(arguments.local);
  return ran ? 0 : complain(ran.error());
}

int run_engine(Arguments& arguments) {
  const auto figures = mnm::bench::run_engine_alone(arguments.engine);
  if (!figures) return complain(figures.error());
  return report(as_text(arguments.engine, *figures), {}, false, true);
}

int run_fill(Arguments& arguments) {
  const auto events = mnm::bench::fill(arguments.engine, arguments.data);
  if (!events) return complain(events.error());
  return report(fmt::format("{} events\n", *events), {}, false, true);
}

void add_engine_options(CLI::App& app, mnm::bench::EngineLoad& load) {
  app.add_option("--users", load.users)->check(CLI::Range(2, 10'000'000))->capture_default_str();
  app.add_option("--fanout", load.fanout)->check(CLI::Range(1, 1000))->capture_default_str();
  app.add_option("--posts", load.posts_per_turn, "in a turn")
      ->check(CLI::Range(1, 300))
      ->capture_default_str();
  app.add_option("--size", load.body_bytes)->check(CLI::Range(1, 1 << 16))->capture_default_str();
  app.add_option("--turns", load.turns)->check(CLI::Range(0, 10'000'000))->capture_default_str();
}

// What was chosen of these runs; none: the load.
using Program = std::function<int(Arguments&)>;

void add_measuring_programs(CLI::App& app, Arguments& arguments, Program& chosen) {
  CLI::App* headline = app.add_subcommand(
      "headline", "many clients that log in, post, log out and begin again: time, memory, disk");
  mnm::bench::HeadlineLoad& load = arguments.headline;
  add_common_options(*headline, arguments);
  headline->add_option("--clients", load.clients)
      ->check(CLI::Range(4, 20000))
      ->capture_default_str();
  headline->add_option("--group-size", load.group_size)
      ->check(CLI::Range(2, 1000))
      ->capture_default_str();
  headline->add_option("--deliveries", load.deliveries, "until so many are due")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 40))
      ->capture_default_str();
  headline->add_option("--size", arguments.headline_size, "octets of the bodies of a cycle")
      ->capture_default_str();
  headline->add_option("--data", load.data, "the relay's data directory: say how large it is")
      ->check(CLI::ExistingDirectory);
  headline->callback([&chosen] { chosen = run_headline; });

  CLI::App* hostile = app.add_subcommand(
      "hostile", "strangers that are silent, dribble, send noise and come and go, beside a load");
  hostile->add_option("--connect", arguments.connect)->capture_default_str();
  hostile->add_option("--idle", arguments.hostile.idle, "links that say nothing")
      ->check(CLI::Range(0, 60000))
      ->capture_default_str();
  hostile
      ->add_option("--dribblers", arguments.hostile.dribblers, "links that say it octet by octet")
      ->check(CLI::Range(0, 20000))
      ->capture_default_str();
  hostile->add_option("--floods", arguments.hostile.floods, "links with noise in each 20 ms")
      ->check(CLI::Range(0, 1000))
      ->capture_default_str();
  hostile->add_option("--seconds", arguments.hostile.seconds)
      ->check(CLI::Range(0.0, 86400.0))
      ->capture_default_str();
  hostile->callback([&chosen] { chosen = run_hostile; });

  CLI::App* local = app.add_subcommand(
      "local", "the layers alone: codec, decide and evolve, append by size of batch, replay, show");
  local->add_option("--dir", arguments.local.directory, "where logs are made, and removed again")
      ->check(CLI::ExistingDirectory)
      ->capture_default_str();
  local->add_option("--filter", arguments.local.filter, "a regular expression over the names");
  local->add_option("--seconds", arguments.local.seconds, "at least, of each")
      ->check(CLI::Range(0.001, 600.0))
      ->capture_default_str();
  local->add_flag("--json", arguments.json, "as Google Benchmark writes it");
  local->callback([&chosen] { chosen = run_local; });

  CLI::App* engine = app.add_subcommand(
      "engine", "the engine alone, without network and disk: processor time of a command");
  add_engine_options(*engine, arguments.engine);
  engine->add_flag("--group", arguments.engine.group, "post to a group of all users instead");
  engine->callback([&chosen] { chosen = run_engine; });
}

void add_serving_programs(CLI::App& app, Arguments& arguments, Program& chosen) {
  CLI::App* floor = app.add_subcommand(
      "floor", "serve the least that a durable relay must do, until standard input ends");
  floor->add_option("--listen", arguments.floor_listen, "tcp://HOST:PORT or unix:///PATH")
      ->capture_default_str();
  floor->add_option("--dir", arguments.floor_directory, "where its file is")
      ->check(CLI::ExistingDirectory)
      ->capture_default_str();
  floor->callback([&chosen] { chosen = run_floor; });

  CLI::App* fill = app.add_subcommand(
      "fill", "users, posts and acks into the log of a relay that is not running");
  fill->add_option("--data", arguments.data, "a data directory that a relay has made")
      ->check(CLI::ExistingDirectory)
      ->required();
  add_engine_options(*fill, arguments.engine);
  fill->add_flag("--no-acks", arguments.engine.no_acks, "all that is posted stays waiting");
  fill->callback([&chosen] { chosen = run_fill; });
}

int run(int argc, char** argv) {
  CLI::App app(
      "A closed-loop load on a relay: posts, deliveries and acks, each checked as it comes.\n",
      "mnmbench");
  app.footer(
      "Examples:\n"
      "  mnmbench --connect tcp://127.0.0.1:7070 --seconds 10\n"
      "  mnmbench --connect unix:///run/mnm.sock --size 80x4,400x2,250000 --groups 2 --json\n"
      "  mnmbench --against-floor --pairs 5 --pid $(pidof mnmd)\n"
      "  mnmbench local --filter append\n"
      "Exit codes: 0 ok, 1 a message was lost, repeated, out of order or damaged, 2 usage,\n"
      "5 can't connect or register, 8 interrupted.");
  Arguments arguments;
  Program chosen = run_load;
  add_load_options(app, arguments);
  add_measuring_programs(app, arguments, chosen);
  add_serving_programs(app, arguments, chosen);
  app.set_version_flag("--version", std::string("mnmbench ") + MNM_VERSION);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : mnm::exit_code(ErrorCode::kUsage);
  }
  return chosen(arguments);
}

}  // namespace

int main(int argc, char** argv) {
  google::InitGoogleLogging(argv[0]);
  FLAGS_logtostderr = true;
  std::signal(SIGPIPE, SIG_IGN);
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {  // memory, or a library's own
    return complain({ErrorCode::kUnavailable, error.what()});
  }
}
