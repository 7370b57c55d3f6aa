// How events are printed: table, line, json, jsonl, csv, proto, tmpl:TEXT.
//
// Main thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/duration.h"
#include "common/program.h"
#include "mnmlog/event_view.h"

namespace mnm::mnmlog {

enum class Format : std::uint8_t { kTable, kLine, kJson, kJsonLines, kCsv, kProto, kTemplate };

struct TemplatePart {
  bool field = false;
  std::string text;  // the field's name, or what stands there
};

struct FormatOptions {
  Format format = Format::kTable;
  std::vector<std::string> fields;  // all when empty
  std::vector<TemplatePart> parts;  // kTemplate
  tools::Zone zone = tools::Zone::kLocal;
};
// kUsage for an unknown name.
[[nodiscard]] Result<FormatOptions> make_format(const std::string& format,
                                                const std::vector<std::string>& fields,
                                                tools::Zone zone);

class EventPrinter {
 public:
  virtual ~EventPrinter() = default;
  virtual void begin() {}
  virtual void print(const EventView& view) = 0;
  virtual void end() {}
};
// `names` and `out` outlive it.
[[nodiscard]] std::unique_ptr<EventPrinter> make_printer(const FormatOptions& options,
                                                         const Names& names, tools::Output& out);

// format_template.cc
[[nodiscard]] Result<std::vector<TemplatePart>> parse_template(std::string_view text);
[[nodiscard]] std::unique_ptr<EventPrinter> make_template_printer(const FormatOptions& options,
                                                                  const Names& names,
                                                                  tools::Output& out);

}  // namespace mnm::mnmlog
