// mnmlog show [RANGE]: events, in the order of the log.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "common/program.h"
#include "mnmlog/command_line.h"
#include "mnmlog/source.h"
#include "mnmlog/walk_listed.h"

namespace mnm::mnmlog {
namespace {

struct ShowOptions {
  std::uint64_t limit = 0;  // none
  bool reverse = false;
  bool count = false;
};

void say_source(const CommandLine& line, const Source& source, const Range& range) {
  if (line.quiet()) return;
  std::string text = source.describe();
  if (!line.range().empty()) {
    text += range.empty() ? "; nothing in this range"
                          : fmt::format("; {}..{}", range.first.value(), range.last.value());
  }
  fmt::print(stderr, "{}\n", text);
}

// At most so many are looked at by name.
std::uint64_t events_named(const FilterOptions& filters, const ShowOptions& options,
                           const Range& range) {
  const bool listed = !filters.users.empty() || !filters.groups.empty() || !filters.nodes.empty();
  if (listed) return 1;  // few, or the index would not be worth it
  const bool each = !filters.where.empty() || !filters.grep.empty();
  return each || options.limit == 0 ? range.size() : std::min(options.limit, range.size());
}

Result<> walk(Source& source, const Filter& filter, const Range& range, bool reverse,
              const EventVisit& visit) {
  using Order = ops::MergedListing::Order;
  const std::vector<ops::Subject> subjects = filter.subjects();
  if (!subjects.empty()) {
    return walk_listed(source, subjects, range, reverse ? Order::kDescending : Order::kAscending,
                       visit);
  }
  return reverse ? walk_backward(source.reader(), range, visit)
                 : walk_ahead(source.reader(), range, visit);
}

Result<int> show(const CommandLine& line, const ShowOptions& options) {
  const Result<FormatOptions> format = line.format();
  if (!format) return fail(format.error());
  const auto source = Source::open(line.place());
  if (!source) return fail(source.error());
  const auto range =
      resolve_range(line.range(), (*source)->reader(), (*source)->durable(), line.zone());
  if (!range) return fail(range.error());
  say_source(line, **source, *range);

  // Counting needs no names, unless the filter does.
  const bool named = !line.numbers() && (!options.count || Filter::needs_names(line.filters()));
  // A filter may name what came after the range: an alias.
  const Lsn needed = Filter::needs_names(line.filters()) ? (*source)->durable().lsn : range->last;
  const Names names(
      named ? &(*source)->names_through(needed, events_named(line.filters(), options, *range))
            : nullptr);
  Result<Filter> filter = Filter::make(line.filters(), names, line.zone());
  if (!filter) return fail(filter.error());
  tools::Output out;
  line.page(out);
  const auto printer = make_printer(*format, names, out);
  std::uint64_t shown = 0;
  if (!options.count) printer->begin();
  const auto visit = [&](const EventView& view) {
    if (!filter->passes(view)) return true;
    ++shown;
    if (!options.count) printer->print(view);
    return !out.closed() && shown != options.limit;
  };
  const Result<> walked = walk(**source, *filter, *range, options.reverse, visit);
  if (options.count) {
    out.write(fmt::format("{}\n", shown));
  } else {
    printer->end();
  }
  const Result<> written = out.finish();
  if (!walked) return fail(walked.error());
  if (!written) return fail(written.error());
  if (const auto failed = (*source)->asking_error()) return fail(*failed);
  return shown > 0 || out.closed() ? 0 : exit_code(ErrorCode::kNegative);
}

}  // namespace

Result<int> run_show(const Command& command, const Arguments& arguments) {
  CommandLine line(command);
  ShowOptions options;
  line.add_range();
  line.add_filters();
  line.add_event_formats();
  line.app()
      .add_option("-n,--limit", options.limit, "At most this many events")
      ->check(CLI::PositiveNumber);
  line.app().add_flag("-r,--reverse", options.reverse, "The last one first");
  line.app().add_flag("-c,--count", options.count, "Only how many there are");
  line.add_pager();
  if (const auto code = line.parse(arguments)) return *code;
  return show(line, options);
}

}  // namespace mnm::mnmlog
