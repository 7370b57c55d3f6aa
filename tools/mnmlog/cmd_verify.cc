// mnmlog verify [RANGE]: is every octet what it was, and does it all add up?
#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <optional>

#include "base/text.h"
#include "common/json.h"
#include "common/program.h"
#include "common/progress.h"
#include "common/table.h"
#include "common/terminal.h"
#include "log/rocks_log.h"
#include "mnmlog/command_line.h"
#include "mnmlog/fold.h"
#include "mnmlog/message_check.h"
#include "mnmlog/record_check.h"
#include "mnmlog/source.h"
#include "mnmlog/tap.h"
#include "mnmlog/walk.h"
#include "ops/message.h"

namespace mnm::mnmlog {
namespace {

struct Verdict {
  Range range;
  std::uint64_t records = 0;
  std::uint64_t events = 0;
  std::uint64_t epochs = 0;
  double seconds = 0;
  bool folded = false;
  std::string not_folded;  // why not
  Hash digest{};
  std::string torn;
  std::optional<Lsn> first_bad;
  MessageReport messages;
  std::vector<Error> findings;  // the log's, the first first

  [[nodiscard]] std::optional<Error> worst() const {
    std::vector<Error> all = findings;
    all.insert(all.end(), messages.findings.begin(), messages.findings.end());
    for (const Error& error : all) {
      if (error.code == ErrorCode::kTampering) return error;
    }
    if (all.empty()) return std::nullopt;
    return all.front();
  }
};

class Verifier {
 public:
  Verifier(Source& source, const Range& range, bool purged)
      : source_(source),
        purged_(purged),
        progress_("LSN", range.first.value(), range.last.value()) {
    verdict_.range = range;
  }

  // An error is one that keeps it from judging; what it finds is in the verdict.
  Result<Verdict> run() {
    if (Result<> judged = judge(); !judged) return fail(judged.error());
    if (verdict_.range.empty()) return std::move(verdict_);
    const Result<std::optional<log::Position>> before = position_before(verdict_.range.first);
    if (!before) return fail(before.error());
    RecordCheck check(*before);
    const auto begin = std::chrono::steady_clock::now();
    const Result<> scanned = scan(check);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    verdict_.records = check.records();
    verdict_.events = check.events();
    verdict_.epochs = check.epochs();
    verdict_.seconds = took.count();
    if (!scanned) return found_in_log(check, scanned.error());
    if (whole() && check.last() && *check.last() != head_) {
      verdict_.first_bad = mnm::next(check.last()->lsn);
      verdict_.findings.push_back(
          {ErrorCode::kCorruption, fmt::format("the log ends at LSN {} instead of {}",
                                               check.last()->lsn.value(), head_.lsn.value())});
    } else if (views_) {
      if (Result<> checked = check_views(); !checked) return fail(checked.error());
    }
    return std::move(verdict_);
  }

 private:
  [[nodiscard]] bool whole() const { return verdict_.range.last == head_.lsn; }

  // The recovery's own judgement: spoiled WAL files, a lost end.
  Result<> judge() {
    if (source_.live()) return {};
    Result<std::string> torn = log::judge_store(source_.directory(), ops::file_bytes_of);
    if (torn) {
      verdict_.torn = std::move(*torn);
      return {};
    }
    const ErrorCode code = torn.error().code;
    if (code != ErrorCode::kCorruption && code != ErrorCode::kTampering) return fail(torn.error());
    verdict_.findings.push_back(torn.error());
    return {};
  }

  Result<std::optional<log::Position>> position_before(Lsn first) {
    const Lsn tail = source_.reader().tail();
    if (first <= tail) {
      if (tail == Lsn(1)) return std::optional(log::Position{});
      return std::optional<log::Position>();  // trimmed: nobody knows any more
    }
    const Result<log::Record> holder = source_.reader().read(first);
    const Lsn begin = holder ? holder->first : first;
    const Result<log::Record> record = source_.reader().read(begin - 1);
    if (!record) return std::optional<log::Position>();  // an epoch's beginning, or found later
    return std::optional(log::Position{record->epoch, record->last(), record->chain});
  }

  Result<> scan(RecordCheck& check) {
    const TapReader tap(source_.reader(), [&](const log::Record& record) {
      progress_.at(record.first.value());
      return check.add(record);
    });
    const Lsn tail = source_.reader().tail();
    if (tail > Lsn(1)) {
      verdict_.not_folded = fmt::format("the log was trimmed and begins at LSN {}", tail.value());
    } else if (verdict_.range.first > Lsn(1)) {
      verdict_.not_folded = "the range doesn't begin with the log";
    } else {
      const auto folded = fold(tap, verdict_.range.last, views_.emplace());
      if (!folded) return fail(folded.error());
      verdict_.folded = true;
      return {};
    }
    return walk_forward(tap, verdict_.range, [](const EventView&) { return true; });
  }

  Result<Verdict> found_in_log(const RecordCheck& check, const Error& error) {
    const bool damage = error.code == ErrorCode::kCorruption ||
                        error.code == ErrorCode::kTampering ||
                        error.code == ErrorCode::kUnknownFormat;
    if (!damage) return fail(error);
    const Lsn last = check.last() ? check.last()->lsn : Lsn();
    verdict_.first_bad = std::max(mnm::next(last), verdict_.range.first);
    // An event in a whole record: the fold knows how far it came.
    if (views_ && views_->applied() < last) verdict_.first_bad = mnm::next(views_->applied());
    verdict_.findings.push_back(error);
    return std::move(verdict_);
  }

  Result<> check_views() {
    verdict_.digest = views_->digest();
    if (!whole()) return {};  // messages are kept for the end alone
    Result<MessageReport> report = check_messages(source_, *views_);
    if (!report) return fail(report.error());
    verdict_.messages = std::move(*report);
    if (!purged_) return {};
    return check_purged(source_, *views_, verdict_.messages);
  }

  Source& source_;
  bool purged_;
  tools::Progress progress_;
  const log::Position head_ = source_.durable();
  Verdict verdict_;
  std::optional<state::Views> views_;
};

double per_second(const Verdict& verdict) {
  return verdict.seconds > 0 ? static_cast<double>(verdict.events) / verdict.seconds : 0;
}

std::string as_text(const Verdict& verdict) {
  std::string out;
  const auto line = [&out](const std::string& name, const std::string& value) {
    tools::append_padded(out, name, 12, false);
    out += value + '\n';
  };
  line("events", fmt::format("LSN {}..{}: {} in {} records, {} epoch{}; {:.2f} M/s",
                             verdict.range.first.value(), verdict.range.last.value(),
                             verdict.events, verdict.records, verdict.epochs,
                             verdict.epochs == 1 ? "" : "s", per_second(verdict) / 1e6));
  if (!verdict.torn.empty()) line("torn end", tools::escaped(verdict.torn));
  if (verdict.findings.empty()) line("records", "checksums, numbers, chain and events_root hold");
  if (verdict.folded && verdict.findings.empty()) {
    line("fold", "digest " + hex_encode(as_bytes(verdict.digest)));
    line("messages",
         fmt::format("{} wait, {} octets of bodies, {} in files of their own",
                     verdict.messages.waiting, verdict.messages.bytes, verdict.messages.files));
  }
  if (!verdict.not_folded.empty()) line("fold", "not checked: " + verdict.not_folded);
  if (verdict.first_bad) line("FIRST BAD", fmt::format("LSN {}", verdict.first_bad->value()));
  for (const Error& error : verdict.findings) line("BAD", tools::escaped(error.text));
  for (const Error& error : verdict.messages.findings) line("BAD", tools::escaped(error.text));
  if (verdict.messages.found > verdict.messages.findings.size()) {
    line("BAD", fmt::format("and {} messages more",
                            verdict.messages.found - verdict.messages.findings.size()));
  }
  const auto worst = verdict.worst();
  if (!worst) return out += "OK\n";
  if (worst->code == ErrorCode::kTampering) return out += "TAMPERED\n";
  return out += worst->code == ErrorCode::kUnknownFormat ? "UNKNOWN FORMAT\n" : "DAMAGED\n";
}

std::string as_json(const Verdict& verdict) {
  std::string out;
  tools::JsonWriter json(out);
  json.begin_object()
      .number("first_lsn", verdict.range.first.value())
      .number("last_lsn", verdict.range.last.value())
      .number("events", verdict.events)
      .number("records", verdict.records)
      .number("epochs", verdict.epochs)
      .key("events_per_second")
      .real(per_second(verdict))
      .flag("folded", verdict.folded);
  if (verdict.folded) json.text("digest", hex_encode(as_bytes(verdict.digest)));
  json.number("waiting_messages", verdict.messages.waiting)
      .number("body_files", verdict.messages.files)
      .flag("ok", !verdict.worst());
  if (verdict.first_bad) json.number("first_bad_lsn", verdict.first_bad->value());
  json.key("findings").begin_array();
  for (const auto* errors : {&verdict.findings, &verdict.messages.findings}) {
    for (const Error& error : *errors) {
      json.begin_object()
          .number("code", static_cast<std::uint64_t>(exit_code(error.code)))
          .text("text", error.text)
          .end_object();
    }
  }
  json.end_array().end_object();
  return out += '\n';
}

Result<int> verify(const CommandLine& line, bool purged) {
  const auto source = Source::open(line.directory());
  if (!source) return fail(source.error());
  const auto range =
      resolve_range(line.range(), (*source)->reader(), (*source)->durable(), line.zone());
  if (!range) return fail(range.error());
  if (!line.quiet()) fmt::print(stderr, "{}\n", (*source)->describe());
  const Result<Verdict> verdict = Verifier(**source, *range, purged).run();
  if (!verdict) return fail(verdict.error());
  tools::Output out;
  out.write(line.json() ? as_json(*verdict) : as_text(*verdict));
  if (const Result<> written = out.finish(); !written) return fail(written.error());
  const auto worst = verdict->worst();
  return worst ? exit_code(worst->code) : 0;
}

}  // namespace

Result<int> run_verify(const Command& command, const Arguments& arguments) {
  CommandLine line(command);
  bool purged = false;
  line.add_range();
  line.add_json();
  line.app().add_flag("--purged", purged, "Also that no message is stored that nobody waits for");
  if (const auto code = line.parse(arguments)) return *code;
  return verify(line, purged);
}

}  // namespace mnm::mnmlog
