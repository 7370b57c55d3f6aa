// The chosen fields of one event by name, as text, escaped for a terminal.
//
// One thread; `fields` outlives it.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "common/terminal.h"
#include "mnmlog/event_view.h"

namespace mnm::mnmlog {

class TextSink final : public FieldSink {
 public:
  explicit TextSink(const std::vector<std::string>& fields) : fields_(fields) {}
  [[nodiscard]] bool wants(std::string_view name) const override {
    return std::ranges::find(fields_, name) != fields_.end();
  }
  void text(std::string_view name, std::string_view value) override {
    // A sentence is escaped as it is made.
    if (wants(name)) set(name, name == "what" ? std::string(value) : tools::escaped(value));
  }
  void number(std::string_view name, std::uint64_t value) override {
    if (wants(name)) set(name, std::to_string(value));
  }
  void flag(std::string_view name, bool value) override {
    if (wants(name)) set(name, value ? "true" : "false");
  }
  void list(std::string_view name, std::span<const std::string> values) override {
    if (wants(name)) set(name, tools::escaped(fmt::format("{}", fmt::join(values, " "))));
  }
  // Empty when the event has no such field.
  [[nodiscard]] const std::string& value(const std::string& name) { return values_[name]; }

 private:
  void set(std::string_view name, std::string value) {
    values_[std::string(name)] = std::move(value);
  }
  const std::vector<std::string>& fields_;
  std::map<std::string, std::string> values_;
};

}  // namespace mnm::mnmlog
