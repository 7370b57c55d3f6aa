// mnmlog get LSN: one event with all there is to know of it.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <vector>

#include "base/text.h"
#include "common/json.h"
#include "common/table.h"
#include "common/terminal.h"
#include "log/record.h"
#include "mnmlog/command_line.h"
#include "mnmlog/event_view.h"
#include "mnmlog/json_fields.h"
#include "mnmlog/range.h"
#include "mnmlog/source.h"
#include "mnmlog/stored_message.h"
#include "ops/replay.h"
#include "state/views.h"

namespace mnm::mnmlog {
namespace {

// A field list that grows, for people or as JSON.
class Fields final : public FieldSink {
 public:
  explicit Fields(bool json) : json_(json), writer_(out_) {
    if (json_) writer_.begin_object();
  }
  [[nodiscard]] bool wants(std::string_view) const override { return true; }
  void text(std::string_view name, std::string_view value) override {
    if (json_) return members_.text(name, value);
    line(name, name == "what" ? std::string(value) : tools::escaped(value));
  }
  void number(std::string_view name, std::uint64_t value) override {
    if (json_) return members_.number(name, value);
    line(name, std::to_string(value));
  }
  void flag(std::string_view name, bool value) override {
    if (json_) return members_.flag(name, value);
    line(name, value ? "yes" : "no");
  }
  void list(std::string_view name, std::span<const std::string> values) override {
    if (json_) return members_.list(name, values);
    line(name, tools::escaped(fmt::format("{}", fmt::join(values, " "))));
  }
  [[nodiscard]] std::string finish() {
    if (json_) writer_.end_object();
    if (json_) out_ += '\n';
    return std::move(out_);
  }

 private:
  static constexpr std::size_t kNameColumns = 18;
  void line(std::string_view name, const std::string& value) {
    tools::append_padded(out_, std::string(name), kNameColumns, false);
    out_ += value;
    out_ += '\n';
  }

  bool json_;
  std::string out_;
  tools::JsonWriter writer_;
  JsonFields members_{writer_};
};

void add_record(const log::Record& record, Lsn lsn, Fields& fields) {
  const auto index = static_cast<std::uint32_t>(lsn.value() - record.first.value());
  const log::Salt salt = log::event_salt(log::record_salt(record), index);
  fields.number("record_first_lsn", record.first.value());
  fields.number("record_last_lsn", record.last().value());
  fields.text("record_hash", hex_encode(as_bytes(record.chain)));
  fields.text("previous_hash", hex_encode(as_bytes(record.previous)));
  fields.text("events_root", hex_encode(as_bytes(record.events_root)));
  fields.text("event_leaf", hex_encode(as_bytes(log::leaf_hash(salt, record.events[index]))));
  fields.number("event_bytes", record.events[index].size());
}

// `waits`: for somebody, if that is known.
std::string_view state_of(const std::optional<StoredMessage>& stored, bool waits) {
  if (!stored) return waits ? "missing" : "purged";
  return stored->missing_file.empty() ? "kept" : "missing";
}

// Kept until the last copy is acked; then gone but for the event.
Result<> add_message(Source& source, const EventView& view, const Names& names, bool numbers,
                     Fields& fields) {
  const event::Stored& fact = view.event.stored();
  const auto stored = find_stored(source, view.lsn);
  if (!stored && source.loose()) {
    fields.text("message", "unknown");
    return {};
  }
  if (!stored) return fail(stored.error());
  if (fact.recipients().empty()) {
    fields.text("message", "none: it had no recipients");
    return {};
  }
  std::vector<std::string> waiting;
  if (!numbers) {
    std::vector<NodeNo> recipients;
    state::for_each_delta<NodeNo>(fact.recipients(),
                                  [&](NodeNo node) { recipients.push_back(node); });
    for (const NodeNo node : source.lookup().waiters(view.lsn, recipients)) {
      waiting.push_back(names.node_id(node));
    }
  }
  fields.text("message", state_of(*stored, !waiting.empty()));
  if (stored->has_value()) {
    fields.number("stored_bytes", (*stored)->row_bytes);
    if (!(*stored)->missing_file.empty()) fields.text("missing_file", (*stored)->missing_file);
  }
  if (!numbers) fields.list("waits_for", waiting);
  return {};
}

// An LSN, a message's id, or where a range may begin: the first event there.
Result<Lsn> resolve_event(const std::string& text, const Source& source, tools::Zone zone) {
  Result<Lsn> lsn = parse_lsn(text);
  if (lsn || text.find("..") != std::string::npos) return lsn;
  const auto range = resolve_range(text, source.reader(), source.durable(), zone);
  if (!range) return fail(range.error());
  if (range->empty()) return fail(ErrorCode::kNegative, text + ": no event is there yet");
  return range->first;
}

Result<int> get(const CommandLine& line, const std::string& text) {
  const auto source = Source::open(line.place());
  if (!source) return fail(source.error());
  const Result<Lsn> lsn = resolve_event(text, **source, line.zone());
  if (!lsn) return fail(lsn.error());
  if (!line.quiet()) fmt::print(stderr, "{}\n", (*source)->describe());
  const Result<log::Record> record = (*source)->reader().read(*lsn);
  if (!record && *lsn < (*source)->reader().tail()) {
    return fail(ErrorCode::kNegative,
                fmt::format("LSN {} was trimmed: the log begins at LSN {}", lsn->value(),
                            (*source)->reader().tail().value()));
  }
  if (!record) return fail(record.error());
  event::Event event;
  const auto index = static_cast<std::size_t>(lsn->value() - record->first.value());
  if (auto parsed = ops::parse_event(*lsn, record->events[index], event); !parsed) {
    return fail(parsed.error());
  }
  const EventView view{record->epoch, *lsn, event};
  const Names names(line.numbers() ? nullptr : &(*source)->names());
  Fields fields(line.json());
  visit_fields(view, names, fields);
  add_record(*record, *lsn, fields);
  if (event.has_stored()) {
    if (auto added = add_message(**source, view, names, line.numbers(), fields); !added) {
      return fail(added.error());
    }
  }
  if (const auto failed = (*source)->asking_error()) return fail(*failed);
  tools::Output out;
  out.write(fields.finish());
  if (const Result<> written = out.finish(); !written) return fail(written.error());
  return 0;
}

}  // namespace

Result<int> run_get(const Command& command, const Arguments& arguments) {
  CommandLine line(command);
  std::string lsn;
  line.app()
      .add_option("LSN", lsn, "An LSN, a message's id, or end, end-5, @-2h, as in a range")
      ->required();
  line.add_json();
  line.add_numbers();
  if (const auto code = line.parse(arguments)) return *code;
  return get(line, lsn);
}

}  // namespace mnm::mnmlog
