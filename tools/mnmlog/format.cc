#include "mnmlog/format.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/codec.h"
#include "common/json.h"
#include "common/table.h"
#include "common/terminal.h"
#include "mnmlog/json_fields.h"
#include "mnmlog/schema.h"
#include "mnmlog/text_sink.h"

namespace mnm::mnmlog {
namespace {

using tools::Output;

constexpr std::array<std::string_view, 11> kCsvFields = {"lsn",  "epoch", "time",       "event",
                                                         "op",   "actor", "actor_node", "session",
                                                         "peer", "msgid", "what"};

class JsonPrinter final : public EventPrinter {
 public:
  JsonPrinter(const FormatOptions& options, const Names& names, Output& out)
      : lines_(options.format == Format::kJsonLines),
        chosen_(options.fields),
        names_(names),
        out_(out) {}

  void begin() override {
    if (!lines_) out_.write("[");
  }
  void print(const EventView& view) override {
    if (!lines_) out_.buffer() += first_ ? "\n" : ",\n";
    first_ = false;
    tools::JsonWriter json(out_.buffer());
    JsonFields sink(json.begin_object(), &chosen_);
    visit_fields(view, names_, sink, room_);
    json.end_object();
    if (lines_) out_.buffer() += '\n';
    out_.settle();
  }
  void end() override {
    if (!lines_) out_.write("\n]\n");
  }

 private:
  bool lines_;
  bool first_ = true;
  const ChosenFields chosen_;
  FieldRoom room_;
  const Names& names_;
  Output& out_;
};

std::string csv_cell(const std::string& text) {
  if (text.find_first_of("\",\r\n") == std::string::npos) return text;
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out += '"';
}

// CSV, and tables of chosen fields.
class FieldsPrinter final : public EventPrinter {
 public:
  FieldsPrinter(FormatOptions options, const Names& names, Output& out)
      : options_(std::move(options)), names_(names), out_(out) {
    if (options_.fields.empty()) options_.fields.assign(kCsvFields.begin(), kCsvFields.end());
  }
  void begin() override {
    if (csv()) out_.write(fmt::format("{}\n", fmt::join(options_.fields, ",")));
  }
  void print(const EventView& view) override {
    TextSink sink(options_.fields);
    visit_fields(view, names_, sink);
    bool first = true;
    for (const std::string& field : options_.fields) {
      if (!std::exchange(first, false)) out_.buffer() += csv() ? ',' : '\t';
      const std::string& value = sink.value(field);
      out_.buffer() += csv() ? csv_cell(value) : value;
    }
    out_.write("\n");
  }

 private:
  [[nodiscard]] bool csv() const { return options_.format == Format::kCsv; }
  FormatOptions options_;
  const Names& names_;
  Output& out_;
};

class SentencePrinter final : public EventPrinter {
 public:
  SentencePrinter(const FormatOptions& options, const Names& names, Output& out)
      : aligned_(options.format == Format::kTable && out.terminal()),
        separator_(options.format == Format::kTable ? '\t' : ' '),
        colour_(out.terminal() && tools::use_colour(1)),
        zone_(options.zone),
        names_(names),
        out_(out) {}

  void begin() override {
    if (aligned_) row("LSN", "TIME", "ACTOR", "WHAT", "");
  }
  void print(const EventView& view) override {
    const bool refused = view.event.has_refused();
    row(std::to_string(view.lsn.value()), tools::format_time(view.event.time_ns(), zone_),
        actor_text(view.event, names_), sentence(view, names_), refused ? "\x1b[31m" : "");
  }

 private:
  static constexpr std::size_t kLsnColumns = 10;
  static constexpr std::size_t kTimeColumns = 29;
  static constexpr std::size_t kActorColumns = 22;

  void row(const std::string& lsn, const std::string& time, const std::string& actor,
           const std::string& what, std::string_view colour) {
    std::string& out = out_.buffer();
    if (colour_) out += colour;
    if (aligned_) {
      tools::append_padded(out, lsn, kLsnColumns, true);
      out += "  ";
      tools::append_padded(out, time, zone_ == tools::Zone::kUtc ? kTimeColumns - 5 : kTimeColumns,
                           false);
      out += "  ";
      tools::append_padded(out, actor, kActorColumns, false);
      out += "  ";
    } else {
      for (const std::string& cell : {lsn, time, actor}) {
        out += cell;
        out += separator_;
      }
    }
    out += what;
    if (colour_ && !colour.empty()) out += "\x1b[0m";
    out += '\n';
    out_.settle();
  }

  bool aligned_;
  char separator_;
  bool colour_;
  tools::Zone zone_;
  const Names& names_;
  Output& out_;
};

// Event messages (proto/event.proto) as they are stored, each after its length as a varint.
class ProtoPrinter final : public EventPrinter {
 public:
  explicit ProtoPrinter(Output& out) : out_(out) {}
  void print(const EventView& view) override {
    Encoder(out_.buffer()).bytes(view.bytes);
    out_.settle();
  }

 private:
  Output& out_;
};

}  // namespace

Result<FormatOptions> make_format(const std::string& format, const std::vector<std::string>& fields,
                                  tools::Zone zone) {
  constexpr std::array<std::pair<std::string_view, Format>, 6> kFormats = {
      {{"table", Format::kTable},
       {"line", Format::kLine},
       {"json", Format::kJson},
       {"jsonl", Format::kJsonLines},
       {"csv", Format::kCsv},
       {"proto", Format::kProto}}};
  constexpr std::string_view kTemplate = "tmpl:";
  for (const std::string& field : fields) {
    if (find_field(field) == nullptr) {
      return fail(ErrorCode::kUsage,
                  fmt::format("--fields {}: no such field; mnmlog schema lists them", field));
    }
  }
  if (format.starts_with(kTemplate)) {
    Result<std::vector<TemplatePart>> parts =
        parse_template(std::string_view(format).substr(kTemplate.size()));
    if (!parts) return fail(parts.error());
    FormatOptions options{.format = Format::kTemplate, .zone = zone};
    for (const TemplatePart& part : *parts) {
      if (part.field) options.fields.push_back(part.text);
    }
    options.parts = std::move(*parts);
    return options;
  }
  const auto* const found =
      std::ranges::find(kFormats, format, [](const auto& f) { return f.first; });
  if (found == kFormats.end()) {
    return fail(
        ErrorCode::kUsage,
        fmt::format("--format {}: one of table, line, json, jsonl, csv, proto, tmpl:TEXT", format));
  }
  if (found->second == Format::kProto && tools::is_terminal(1)) {
    return fail(ErrorCode::kUsage, "--format proto isn't for a terminal: use a file or a pipe");
  }
  return FormatOptions{.format = found->second, .fields = fields, .zone = zone};
}

std::unique_ptr<EventPrinter> make_printer(const FormatOptions& options, const Names& names,
                                           Output& out) {
  if (options.format == Format::kProto) return std::make_unique<ProtoPrinter>(out);
  if (options.format == Format::kTemplate) return make_template_printer(options, names, out);
  if (options.format == Format::kJson || options.format == Format::kJsonLines) {
    return std::make_unique<JsonPrinter>(options, names, out);
  }
  if (options.format == Format::kCsv || !options.fields.empty()) {
    return std::make_unique<FieldsPrinter>(options, names, out);
  }
  return std::make_unique<SentencePrinter>(options, names, out);
}

}  // namespace mnm::mnmlog
