// mnmlog tail: the last events, and with -f those to come. Only what is durable is ever shown.
#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <cstdio>
#include <optional>

#include "common/program.h"
#include "mnmlog/command_line.h"
#include "mnmlog/source.h"
#include "mnmlog/walk.h"

namespace mnm::mnmlog {
namespace {

constexpr int kPollMs = 200;

struct TailOptions {
  std::uint64_t lines = 10;
  bool follow = false;
  std::string cursor;
};

class Tail {
 public:
  Tail(Source& source, Filter& filter, EventPrinter& printer, tools::Output& out)
      : source_(source), filter_(filter), printer_(printer), out_(out) {}

  // The first of the last `count` events that pass.
  Result<Lsn> start_of_last(std::uint64_t count) {
    Lsn start = mnm::next(source_.durable().lsn);
    if (count == 0) return start;
    Result<> walked = walk_backward(source_.reader(), {Lsn(1), source_.durable().lsn},
                                    [&](const EventView& view) {
                                      if (!filter_.passes(view)) return true;
                                      start = view.lsn;
                                      return --count > 0;
                                    });
    if (!walked) return fail(walked.error());
    return start;
  }

  Result<> show_from(Lsn first) {
    const Range range{first, source_.durable().lsn};
    Result<> walked = walk_forward(source_.reader(), range, [&](const EventView& view) {
      seen_ = {view.epoch, view.lsn};
      if (!filter_.passes(view)) return true;
      ++shown_;
      printer_.print(view);
      return !out_.closed();
    });
    // Also when nothing is there yet; a cursor may be ahead of what is known to be durable.
    if (walked && first <= mnm::next(source_.durable().lsn) && !out_.closed()) {
      seen_ = {source_.durable().epoch, source_.durable().lsn};
    }
    out_.flush();
    return walked;
  }

  Result<> follow(const TailOptions& options) {
    while (!out_.closed()) {
      if (tools::interrupted()) {
        return fail(ErrorCode::kInterrupted, fmt::format("interrupted; cursor: epoch {} LSN {}",
                                                         seen_.epoch.value(), seen_.lsn.value()));
      }
      (void)::poll(nullptr, 0, kPollMs);  // a pause that a signal ends
      const Lsn before = source_.durable().lsn;
      if (Result<> refreshed = source_.refresh(); !refreshed) return refreshed;
      if (source_.durable().lsn <= before) continue;
      if (Result<> shown = show_from(mnm::next(before)); !shown) return shown;
      if (Result<> saved = save(options); !saved) return saved;
    }
    return {};
  }

  // After the output is written: what a cursor has passed has been seen.
  Result<> save(const TailOptions& options) {
    if (options.cursor.empty() || !seen_.lsn) return {};
    return save_cursor(options.cursor, seen_);
  }

  [[nodiscard]] std::uint64_t shown() const { return shown_; }

 private:
  Source& source_;
  Filter& filter_;
  EventPrinter& printer_;
  tools::Output& out_;
  Cursor seen_{};
  std::uint64_t shown_ = 0;
};

Result<Lsn> start(const TailOptions& options, const CommandLine& line, Source& source, Tail& tail) {
  if (!options.cursor.empty()) {
    const Result<Cursor> cursor = load_cursor(options.cursor);
    if (cursor) {
      const auto range = resolve_range("cursor:" + options.cursor + "..", source.reader(),
                                       source.durable(), line.zone());
      if (!range) return fail(range.error());
      return range->first;
    }
    if (cursor.error().code != ErrorCode::kNegative) return fail(cursor.error());
  }
  return tail.start_of_last(options.lines);
}

Result<int> run(const CommandLine& line, const TailOptions& options) {
  Result<FormatOptions> format = line.format();
  if (!format) return fail(format.error());
  // An array that never ends would be no use.
  if (options.follow && format->format == Format::kJson) format->format = Format::kJsonLines;
  const auto source = Source::open(line.place());
  if (!source) return fail(source.error());
  if (!line.quiet()) fmt::print(stderr, "{}\n", (*source)->describe());
  // What is to come has names that are to come: the views grow with it.
  std::optional<Names> grown;
  if (options.follow && !line.numbers()) grown.emplace((*source)->views());
  const Names names = grown ? *grown : Names(line.numbers() ? nullptr : &(*source)->lookup());
  Result<Filter> filter = Filter::make(line.filters(), names, line.zone());
  if (!filter) return fail(filter.error());
  tools::Output out;
  const auto printer = make_printer(*format, names, out);
  Tail tail(**source, *filter, *printer, out);
  const bool none_asked =
      options.lines == 0 && (options.cursor.empty() || !load_cursor(options.cursor));
  const Result<Lsn> first = start(options, line, **source, tail);
  if (!first) return fail(first.error());
  printer->begin();
  Result<> done = tail.show_from(*first);
  if (done) done = tail.save(options);
  if (done && options.follow) done = tail.follow(options);
  printer->end();
  const Result<> written = out.finish();
  if (!done) return fail(done.error());
  if (!written) return fail(written.error());
  if (const auto failed = (*source)->asking_error()) return fail(*failed);
  return tail.shown() > 0 || out.closed() || none_asked ? 0 : exit_code(ErrorCode::kNegative);
}

}  // namespace

Result<int> run_tail(const Command& command, const Arguments& arguments) {
  CommandLine line(command);
  TailOptions options;
  line.add_filters();
  line.add_event_formats();
  line.app()
      .add_option("-n,--limit", options.lines, "How many of those that are there already")
      ->capture_default_str();
  line.app().add_flag("-f,--follow", options.follow, "Goes on with what becomes durable");
  line.app().add_option("--cursor", options.cursor,
                        "Goes on where FILE says, and writes there how far it came");
  if (const auto code = line.parse(arguments)) return *code;
  return run(line, options);
}

}  // namespace mnm::mnmlog
