#include "mnmbench/local.h"

#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <vector>

#include "base/crypto.h"
#include "log/rocks_log.h"
#include "mnmbench/engine_alone.h"
#include "mnmlog/format.h"
#include "mnmlog/walk.h"
#include "net/client_codec.h"
#include "net/codec.h"
#include "net/frame.h"
#include "ops/message.h"
#include "ops/replay.h"
#include "state/views.h"

namespace mnm::bench {
namespace {

using benchmark::State;

constexpr std::size_t kBodyBytes = 1024;

// A log in a directory of its own, for as long as it lives.
class ScratchLog {
 public:
  explicit ScratchLog(const std::string& under)
      : directory_(fmt::format("{}/mnmbench-local-{}", under, ::getpid())) {
    open();
  }
  ~ScratchLog() {
    store_ = {};
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }
  ScratchLog(const ScratchLog&) = delete;
  ScratchLog& operator=(const ScratchLog&) = delete;

  void open() {
    auto opened = log::open_store({.directory = directory_});
    if (opened) store_ = std::move(*opened);
  }
  void close() { store_ = {}; }
  [[nodiscard]] log::Log* log() const { return store_.log.get(); }
  [[nodiscard]] const std::string& directory() const { return directory_; }

 private:
  const std::string directory_;
  log::Store store_;
};

// A post to two users, as it comes in.
void read_post(State& state, const net::Codec* codec) {
  const std::string uid = "C+%B+XV3HQHS8YPQS6LB7LF7K42LQ9CG";
  const std::string framed = net::encode_request(codec->dialect(), {.op = net::ClientOp::kPost,
                                                                    .id = "00000000000000a7",
                                                                    .for_list = {{uid}, {uid}},
                                                                    .data_bytes = kBodyBytes});
  const std::string_view header = std::string_view(framed).substr(net::kLengthDigits);
  for (auto _ : state) benchmark::DoNotOptimize(codec->decode(header));
}

// A message made in memory, and the header of its delivery.
void encode_delivery(State& state, const net::Codec* codec) {
  message::Header header;
  header.set_kind(message::DELIVERY);
  header.set_from_uid("C+%B+XV3HQHS8YPQS6LB7LF7K42LQ9CG");
  header.set_posted_ns(1'800'000'000'123'000'000);
  header.set_data_bytes(kBodyBytes);
  for (auto _ : state) {
    const ops::Message message(Lsn(167), header, nullptr);
    benchmark::DoNotOptimize(codec->encode_delivery(message));
  }
}

// Processor time of the engine's thread, which run_engine_alone takes by itself.
void decide_and_evolve(State& state, EngineLoad load) {
  EngineFigures figures;
  for (auto _ : state) {
    const auto ran = run_engine_alone(load);
    if (!ran) return state.SkipWithError(ran.error().text.c_str());
    figures = *ran;
    const double posts = static_cast<double>(load.turns * load.posts_per_turn);
    state.SetIterationTime(figures.engine_ns_per_post * posts / 1e9);
  }
  state.counters["ns/command"] = figures.engine_ns_per_command;
  state.counters["record_ns/command"] = figures.record_ns_per_command;
  state.counters["ns/recipient"] = figures.engine_ns_per_post / static_cast<double>(load.fanout);
}

// Messages to two nodes each of which none is connected, folded one by one.
class Backlog {
 public:
  static constexpr std::uint32_t kNodes = 100'000;
  static constexpr std::uint32_t kMessages = 500'000;

  Backlog() {
    for (std::uint32_t n = 1; n <= kNodes; ++n) {
      event::Registered& user = *event_.mutable_registered();
      user.set_user(n);
      user.set_node(n);
      user.set_uid(fmt::format("{:032}", n));
      user.set_verifier(std::string(sizeof(Hash), '\0'));
      fold();
    }
  }
  void post_all() {
    for (std::uint32_t n = 0; n < kMessages; ++n) {
      event_.mutable_actor()->set_user(nth_node(n));
      event::Stored& stored = *event_.mutable_stored();
      stored.set_kind(message::DELIVERY);
      stored.set_row_bytes(180);
      stored.set_data_bytes(kBodyBytes);
      const std::uint32_t first = nth_node(n * 3 + 1);
      const std::uint32_t second = nth_node(n * 3 + 2);
      state::put_deltas(
          std::vector{NodeNo(std::min(first, second)), NodeNo(std::max(first, second))},
          stored.mutable_recipients());
      fold();
    }
  }
  // Each node, in no order of the messages, is handed what waits for it, and acks it.
  void ack_all() {
    for (std::uint32_t n = 0; n < kNodes; ++n) {
      const NodeNo node(nth_node(n));
      event_.mutable_actor()->set_user(node.value());
      event_.mutable_actor()->set_node(node.value());
      event::Acked& acked = *event_.mutable_acked();
      for (const std::uint64_t id : views_.node(node).queue.lane(state::Lane::kNormal).entries()) {
        benchmark::DoNotOptimize(views_.message(Lsn(id))->cost_bytes());
        acked.add_ids(id);
      }
      fold();
    }
  }
  [[nodiscard]] std::size_t left() const { return views_.message_count(); }

 private:
  // All nodes, far from each other, over and over.
  static std::uint32_t nth_node(std::uint32_t n) {
    return 1 + static_cast<std::uint32_t>(std::uint64_t{n} * 60'493 % kNodes);
  }
  void fold() {
    views_.evolve(lsn_ = next(lsn_), event_, changes_);
    event_.Clear();
    changes_.purges.clear();
    changes_.queued.clear();
  }

  state::Views views_;
  state::Changes changes_;
  event::Event event_;
  Lsn lsn_;
};

void fold_backlog(State& state, bool acks) {
  for (auto _ : state) {
    state.PauseTiming();
    {
      Backlog backlog;
      if (acks) backlog.post_all();
      state.ResumeTiming();
      acks ? backlog.ack_all() : backlog.post_all();
      state.PauseTiming();
      if (acks && backlog.left() > 0) return state.SkipWithError("messages are left");
    }
    state.ResumeTiming();
  }
  state.counters["copies/s"] =
      benchmark::Counter(2.0 * Backlog::kMessages, benchmark::Counter::kIsIterationInvariantRate);
}

// A record of so many posts, their rows, and the acks and purges of the posts before; synced.
void append(State& state, const std::string& directory) {
  const auto posts = static_cast<std::size_t>(state.range(0));
  const ScratchLog scratch(directory);
  if (scratch.log() == nullptr) return state.SkipWithError("can't make a log");
  const std::string stored(200, 's');
  const std::string acked(40, 'a');
  const std::string body = random_bytes(kBodyBytes);
  std::vector<log::MessagePurge> purges;
  std::uint64_t turns = 0;
  for (auto _ : state) {
    const Lsn first = next(scratch.log()->durable().lsn);
    std::vector<std::string_view> events(posts, stored);
    std::vector<log::MessagePut> puts;
    for (std::size_t i = 0; i < posts; ++i)
      puts.push_back({.id = first + i, .head = stored, .body = body});
    for (std::size_t i = 0; i < 2 * purges.size(); ++i) events.push_back(acked);
    const auto appended = scratch.log()->append(
        {.epoch = Epoch(1), .first = first, .events = events, .puts = puts, .purges = purges});
    if (!appended) return state.SkipWithError(appended.error().text.c_str());
    purges.clear();
    for (const log::MessagePut& put : puts) purges.push_back({.id = put.id});
    ++turns;
  }
  state.counters["posts/s"] =
      benchmark::Counter(static_cast<double>(turns * posts), benchmark::Counter::kIsRate);
}

// A log of 272,000 events in a directory of its own; false when it can't be made.
bool fill_history(State& state, ScratchLog& scratch) {
  scratch.close();
  const EngineLoad load{.users = 1000, .posts_per_turn = 300, .body_bytes = 64, .turns = 300};
  const auto filled = fill(load, scratch.directory());
  if (filled) scratch.open();
  if (scratch.log() == nullptr) {
    state.SkipWithError(filled ? "can't open the log" : filled.error().text.c_str());
  }
  return scratch.log() != nullptr;
}

void count_events(State& state, std::uint64_t events) {
  state.counters["events/s"] =
      benchmark::Counter(static_cast<double>(events), benchmark::Counter::kIsRate);
}

// All events of a log into fresh views.
void replay(State& state, const std::string& directory) {
  ScratchLog scratch(directory);
  if (!fill_history(state, scratch)) return;
  std::uint64_t events = 0;
  for (auto _ : state) {
    state::Views views;
    state::Changes changes;
    const auto replayed = ops::replay(*scratch.log(), Lsn(), views, changes);
    if (!replayed) return state.SkipWithError(replayed.error().text.c_str());
    events += replayed->lsn.value();
  }
  count_events(state, events);
}

// All events of a log as `mnmlog show --format jsonl` writes them, on one thread and to nobody.
void show_jsonl(State& state, const std::string& directory) {
  ScratchLog scratch(directory);
  if (!fill_history(state, scratch)) return;
  state::Views views;
  state::Changes changes;
  const auto replayed = ops::replay(*scratch.log(), Lsn(), views, changes);
  if (!replayed) return state.SkipWithError(replayed.error().text.c_str());
  const mnmlog::Names names(views);
  const auto format = mnmlog::make_format("jsonl", {}, tools::Zone::kUtc);
  const int fd = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  tools::Output out(fd);
  const auto printer = mnmlog::make_printer(*format, names, out);
  std::uint64_t events = 0;
  for (auto _ : state) {
    const auto walked = mnmlog::walk_forward(*scratch.log(), {Lsn(1), replayed->lsn},
                                             [&](const mnmlog::EventView& view) {
                                               printer->print(view);
                                               return true;
                                             });
    if (!walked) return state.SkipWithError(walked.error().text.c_str());
    events += replayed->lsn.value();
  }
  if (const auto written = out.finish(); !written) {
    state.SkipWithError(written.error().text.c_str());
  }
  ::close(fd);
  count_events(state, events);
}

void name_benchmarks(const std::string& directory) {
  for (const net::Codec* codec : {&net::mmtp_codec(), &net::tmtp_codec()}) {
    const bool tmtp = codec->dialect() == ops::Dialect::kTmtp;
    const std::string dialect = tmtp ? "tmtp" : "mmtp";
    benchmark::RegisterBenchmark(("codec/read_post/" + dialect).c_str(), read_post, codec);
    benchmark::RegisterBenchmark(("codec/delivery/" + dialect).c_str(), encode_delivery, codec);
  }
  benchmark::RegisterBenchmark("engine/posts_to_two", decide_and_evolve, EngineLoad{.turns = 200})
      ->UseManualTime();
  const EngineLoad large{
      .users = 10'000, .fanout = 9'999, .posts_per_turn = 1, .turns = 20, .group = true};
  benchmark::RegisterBenchmark("engine/post_to_group_of_10000", decide_and_evolve, large)
      ->UseManualTime()
      ->Iterations(1);
  benchmark::RegisterBenchmark("views/post_to_absent", fold_backlog, false)
      ->Unit(benchmark::kMillisecond);
  benchmark::RegisterBenchmark("views/ack_backlog", fold_backlog, true)
      ->Unit(benchmark::kMillisecond);
  benchmark::RegisterBenchmark("log/append", append, directory)
      ->UseRealTime()
      ->Arg(1)
      ->Arg(16)
      ->Arg(64)
      ->Arg(256);
  benchmark::RegisterBenchmark("log/replay", replay, directory)->Unit(benchmark::kMillisecond);
  benchmark::RegisterBenchmark("mnmlog/show_jsonl", show_jsonl, directory)
      ->Unit(benchmark::kMillisecond);
}

}  // namespace

Result<> run_local(const LocalOptions& options) {
  name_benchmarks(options.directory);
  std::vector<std::string> words = {
      "mnmbench local", fmt::format("--benchmark_min_time={}", options.seconds),
      "--benchmark_filter=" + (options.filter.empty() ? std::string(".") : options.filter)};
  if (options.json) words.emplace_back("--benchmark_format=json");
  std::vector<char*> argv;
  argv.reserve(words.size());
  for (std::string& word : words) argv.push_back(word.data());
  int argc = static_cast<int>(argv.size());
  benchmark::Initialize(&argc, argv.data());
  if (benchmark::RunSpecifiedBenchmarks() == 0) {
    return fail(ErrorCode::kUsage, "--filter: no benchmark has such a name");
  }
  return {};
}

}  // namespace mnm::bench
