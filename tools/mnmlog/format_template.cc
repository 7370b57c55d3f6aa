// --format tmpl:TEXT, with fields as %{name}.
#include <fmt/format.h>

#include <utility>

#include "mnmlog/format.h"
#include "mnmlog/schema.h"
#include "mnmlog/text_sink.h"

namespace mnm::mnmlog {
namespace {

class TemplatePrinter final : public EventPrinter {
 public:
  TemplatePrinter(FormatOptions options, const Names& names, tools::Output& out)
      : options_(std::move(options)), names_(names), out_(out) {}

  void print(const EventView& view) override {
    TextSink sink(options_.fields);
    visit_fields(view, names_, sink);
    std::string& out = out_.buffer();
    for (const TemplatePart& part : options_.parts) {
      out += part.field ? sink.value(part.text) : part.text;
    }
    out += '\n';
    out_.settle();
  }

 private:
  const FormatOptions options_;
  const Names& names_;
  tools::Output& out_;
};

Error bad(std::string_view text, std::size_t at, std::string_view what) {
  return {ErrorCode::kUsage, fmt::format("--format tmpl, column {}: {}\n{}\n{}^", at + 1, what,
                                         text, std::string(at, ' '))};
}

}  // namespace

Result<std::vector<TemplatePart>> parse_template(std::string_view text) {
  std::vector<TemplatePart> parts(1);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const char after = i + 1 < text.size() ? text[i + 1] : '\0';
    std::string& plain = parts.back().text;
    if (c == '\\' && (after == 't' || after == 'n' || after == '\\')) {
      plain += after == 't' ? '\t' : after == 'n' ? '\n' : '\\';
      ++i;
    } else if (c == '%' && after == '%') {
      plain += '%';
      ++i;
    } else if (c == '%' && after == '{') {
      const std::size_t end = text.find('}', i);
      if (end == std::string_view::npos) return fail(bad(text, i, "this %{ has no }"));
      const std::string_view name = text.substr(i + 2, end - i - 2);
      if (find_field(name) == nullptr) {
        return fail(bad(text, i + 2, fmt::format("no field {}; mnmlog schema lists them", name)));
      }
      parts.push_back({.field = true, .text = std::string(name)});
      parts.emplace_back();
      i = end;
    } else if (c == '%') {
      return fail(bad(text, i, "write %{field}, or %% for a percent sign"));
    } else {
      plain += c;
    }
  }
  return parts;
}

std::unique_ptr<EventPrinter> make_template_printer(const FormatOptions& options,
                                                    const Names& names, tools::Output& out) {
  return std::make_unique<TemplatePrinter>(options, names, out);
}

}  // namespace mnm::mnmlog
