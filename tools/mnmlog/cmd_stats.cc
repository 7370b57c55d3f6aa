// mnmlog stats [RANGE] --by op|user|hour|age: how many events and octets, by what; or how long
// what waits has waited.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <map>

#include "common/json.h"
#include "common/program.h"
#include "common/table.h"
#include "mnmlog/command_line.h"
#include "mnmlog/source.h"
#include "mnmlog/waiting_ages.h"
#include "mnmlog/walk_listed.h"

namespace mnm::mnmlog {
namespace {

constexpr std::uint64_t kHourNs = 3600 * tools::kSecondNs;

struct Sums {
  std::uint64_t events = 0;
  std::uint64_t event_bytes = 0;  // as stored in the log
  std::uint64_t messages = 0;
  std::uint64_t copies = 0;
  std::uint64_t data_bytes = 0;  // of the messages' bodies, each once

  void add(const EventView& view) {
    ++events;
    event_bytes += view.bytes.size();
    if (!view.event.has_stored()) return;
    ++messages;
    copies += static_cast<std::uint64_t>(view.event.stored().recipients_size());
    data_bytes += view.event.stored().data_bytes();
  }
};

enum class By : std::uint8_t { kOp, kUser, kHour };

class Stats {
 public:
  Stats(By by, const Names& names, tools::Zone zone) : by_(by), names_(names), zone_(zone) {}

  void add(const EventView& view) {
    total_.add(view);
    switch (by_) {
      case By::kOp: {
        const std::string_view op = op_name(view.event);
        return by_text_[op.empty() ? event_name(view.event) : op].add(view);
      }
      case By::kUser:
        return by_number_[view.event.actor().user()].add(view);
      case By::kHour:
        return by_number_[view.event.time_ns() / kHourNs].add(view);
    }
  }

  [[nodiscard]] std::string as_text(bool aligned) const {
    tools::Table table({{header()},
                        {"EVENTS", true},
                        {"IN THE LOG", true},
                        {"MESSAGES", true},
                        {"COPIES", true},
                        {"BODIES", true}});
    const auto row = [&table](const std::string& key, const Sums& sums) {
      table.add({key, std::to_string(sums.events), tools::format_bytes(sums.event_bytes),
                 std::to_string(sums.messages), std::to_string(sums.copies),
                 tools::format_bytes(sums.data_bytes)});
    };
    for (const auto& [key, sums] : rows(true)) row(key, *sums);
    if (aligned) row("all", total_);
    return table.render(aligned);
  }

  [[nodiscard]] std::string as_json() const {
    std::string out;
    for (const auto& [key, sums] : rows(false)) {
      tools::JsonWriter json(out);
      json.begin_object();
      if (!key.empty()) json.text(name(), key);
      json.number("events", sums->events)
          .number("event_bytes", sums->event_bytes)
          .number("messages", sums->messages)
          .number("copies", sums->copies)
          .number("data_bytes", sums->data_bytes)
          .end_object();
      out += '\n';
    }
    return out;
  }
  [[nodiscard]] bool empty() const { return total_.events == 0; }

 private:
  using Rows = std::vector<std::pair<std::string, const Sums*>>;

  [[nodiscard]] std::string_view name() const {
    constexpr std::array<std::string_view, 3> kNames = {"op", "user", "hour"};
    return kNames.at(static_cast<std::size_t>(by_));
  }
  [[nodiscard]] std::string header() const {
    constexpr std::array<std::string_view, 3> kHeaders = {"OP", "USER", "HOUR"};
    return std::string(kHeaders.at(static_cast<std::size_t>(by_)));
  }
  [[nodiscard]] std::string key(std::uint64_t number, bool person) const {
    if (by_ == By::kHour) {
      return tools::format_time(number * kHourNs, person ? zone_ : tools::Zone::kUtc);
    }
    if (number == 0) return person ? "relay" : "";
    const UserNo user(static_cast<std::uint32_t>(number));
    return person ? names_.user(user) : names_.uid(user);
  }
  // Hours in order; else the largest last, next to the prompt.
  [[nodiscard]] Rows rows(bool person) const {
    Rows rows;
    for (const auto& [text, sums] : by_text_) rows.emplace_back(text, &sums);
    for (const auto& [number, sums] : by_number_) rows.emplace_back(key(number, person), &sums);
    if (by_ != By::kHour) {
      std::ranges::stable_sort(rows, {}, [](const auto& row) { return row.second->events; });
    }
    return rows;
  }

  By by_;
  const Names& names_;
  tools::Zone zone_;
  Sums total_;
  std::map<std::string_view, Sums> by_text_;
  std::map<std::uint64_t, Sums> by_number_;
};

Result<int> count_events(const CommandLine& line, By by, Source& source) {
  const auto range = resolve_range(line.range(), source.reader(), source.durable(), line.zone());
  if (!range) return fail(range.error());
  const bool named = !line.numbers() && (by == By::kUser || Filter::needs_names(line.filters()));
  const Names names(named ? &source.names_through(range->last, by == By::kUser ? range->size() : 1)
                          : nullptr);
  Result<Filter> filter = Filter::make(line.filters(), names, line.zone());
  if (!filter) return fail(filter.error());
  Stats stats(by, names, line.zone());
  const auto visit = [&](const EventView& view) {
    if (filter->passes(view)) stats.add(view);
    return true;
  };
  const std::vector<ops::Subject> subjects = filter->subjects();
  const Result<> walked =
      subjects.empty()
          ? walk_ahead(source.reader(), *range, visit)
          : walk_listed(source, subjects, *range, ops::MergedListing::Order::kAscending, visit);
  if (!walked) return fail(walked.error());
  tools::Output out;
  line.page(out);
  out.write(line.json() ? stats.as_json() : stats.as_text(out.terminal()));
  if (const Result<> written = out.finish(); !written) return fail(written.error());
  if (const auto failed = source.asking_error()) return fail(*failed);
  return stats.empty() ? exit_code(ErrorCode::kNegative) : 0;
}

Result<int> show_ages(const CommandLine& line, std::size_t limit, Source& source) {
  if (!line.range().empty()) {
    return fail(ErrorCode::kUsage, "--by age is of what waits at the end: it takes no range");
  }
  const Result<WaitingAges> ages = waiting_ages(source, tools::now_ns(), limit);
  if (!ages) return fail(ages.error());
  const Names names(source.views());
  tools::Output out;
  line.page(out);
  out.write(line.json() ? ages_as_json(*ages, names) : ages_as_text(*ages, names, out.terminal()));
  if (const Result<> written = out.finish(); !written) return fail(written.error());
  return 0;
}

Result<int> stats(const CommandLine& line, const std::string& by, std::size_t limit) {
  const auto source = Source::open(line.place());
  if (!source) return fail(source.error());
  if (!line.quiet()) fmt::print(stderr, "{}\n", (*source)->describe());
  if (by == "age") return show_ages(line, limit, **source);
  const By kind = by == "op" ? By::kOp : by == "user" ? By::kUser : By::kHour;
  return count_events(line, kind, **source);
}

}  // namespace

Result<int> run_stats(const Command& command, const Arguments& arguments) {
  CommandLine line(command);
  std::string by = "op";
  std::size_t limit = 20;
  line.add_range();
  line.app()
      .add_option("--by", by, "op, user or hour; or age, of the copies that wait now")
      ->check(CLI::IsMember({"op", "user", "hour", "age"}))
      ->capture_default_str();
  line.app()
      .add_option("-n,--limit", limit, "With --by age: at most this many nodes")
      ->capture_default_str();
  line.add_filters();
  line.add_json();
  line.add_numbers();
  line.add_pager();
  if (const auto code = line.parse(arguments)) return *code;
  return stats(line, by, limit);
}

}  // namespace mnm::mnmlog
