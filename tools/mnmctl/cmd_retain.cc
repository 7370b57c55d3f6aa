// mnmctl retain --keep DURATION|--before X [--dry-run]: gives up old events behind a base.
#include <fmt/format.h>

#include <boost/json.hpp>
#include <charconv>
#include <memory>

#include "common/duration.h"
#include "common/program.h"
#include "mnmctl/command.h"

namespace mnm::mnmctl {
namespace {

namespace json = boost::json;

constexpr int kRetainMs = 24 * 3'600'000;  // it folds all that goes

struct Chosen {
  std::string keep;
  std::string before;
  std::string reason;
  bool dry_run = false;
};

// The fields that say from where on events are kept.
Result<json::object> moment_of(const Chosen& chosen) {
  if (chosen.keep.empty() == chosen.before.empty()) {
    return fail(ErrorCode::kUsage, "retain takes --keep DURATION or --before X, one of them");
  }
  if (!chosen.keep.empty()) {
    const auto keep = tools::parse_duration_ns(chosen.keep);
    if (!keep) return fail(ErrorCode::kUsage, chosen.keep + ": no duration, such as 90d or 36h");
    const std::uint64_t now = tools::now_ns();
    return json::object{{"before_ns", *keep < now ? now - *keep : 1}};
  }
  std::string_view text = chosen.before;
  std::uint64_t lsn = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), lsn);
  if (error == std::errc() && end == text.data() + text.size() && lsn > 0) {
    return json::object{{"before_lsn", lsn}};
  }
  if (text.starts_with('@')) text.remove_prefix(1);
  const auto time = tools::parse_time_ns(text, tools::Zone::kLocal);
  if (!time || *time == 0) {
    return fail(ErrorCode::kUsage, chosen.before + ": neither an LSN nor a time, 2026-01-02T03:04");
  }
  return json::object{{"before_ns", *time}};
}

std::string as_text(const json::object& answer) {
  const auto number = [&answer](std::string_view name) {
    return answer.at(name).to_number<std::uint64_t>();
  };
  if (number("events") == 0) return "nothing is old enough, or all that is has gone\n";
  return fmt::format("{} {} events, LSN {} to {}, {} of records,\n{} to {}\n",
                     answer.at("dry_run").as_bool() ? "would give up" : "gave up", number("events"),
                     number("first_lsn"), number("through_lsn"),
                     tools::format_bytes(number("octets")),
                     tools::format_time(number("oldest_ns"), tools::Zone::kLocal),
                     tools::format_time(number("newest_ns"), tools::Zone::kLocal));
}

Result<int> retain(const Options& options, const Chosen& chosen) {
  auto request = moment_of(chosen);
  if (!request) return fail(request.error());
  if (!chosen.dry_run) {
    if (const auto sure = confirm(options, "Give up these events for good?"); !sure) {
      return fail(sure.error());
    }
  }
  (*request)["dry_run"] = chosen.dry_run;
  if (!chosen.reason.empty()) (*request)["reason"] = chosen.reason;
  const auto answer = ask(options, "retain", std::move(*request), kRetainMs);
  if (!answer) return fail(answer.error());
  if (options.json) return show(options, *answer);
  tools::Output out;
  out.write(as_text(*answer));
  if (const Result<> written = out.finish(); !written) return fail(written.error());
  return 0;
}

}  // namespace

void add_retain_command(CLI::App& app, Work& work) {
  const auto chosen = std::make_shared<Chosen>();
  CLI::App* command = app.add_subcommand(
      "retain", "Gives up old events; messages that wait stay, and a base takes the events' place");
  command->add_option("--keep", chosen->keep, "How long events are kept: 90d, 36h");
  command->add_option("--before", chosen->before, "Or from where on: an LSN, 2026-01-02T03:04");
  command->add_option("--reason", chosen->reason, "Why; it is kept in the log");
  command->add_flag("--dry-run", chosen->dry_run, "Only says what would go");
  command->callback([&work, chosen] {
    work = [chosen](const Options& options) { return retain(options, *chosen); };
  });
}

}  // namespace mnm::mnmctl
