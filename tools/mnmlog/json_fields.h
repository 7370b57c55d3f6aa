// An event's fields as members of a JSON object that the caller begins and ends.
//
// One thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/json.h"
#include "mnmlog/event_view.h"

namespace mnm::mnmlog {

class JsonFields : public FieldSink {
 public:
  // `json` outlives this.
  explicit JsonFields(tools::JsonWriter& json) : json_(json) {}
  [[nodiscard]] bool wants(std::string_view) const override { return true; }
  void text(std::string_view name, std::string_view value) override {
    if (wants(name)) json_.text(name, value);
  }
  void number(std::string_view name, std::uint64_t value) override {
    if (wants(name)) json_.number(name, value);
  }
  void flag(std::string_view name, bool value) override {
    if (wants(name)) json_.flag(name, value);
  }
  void list(std::string_view name, const std::vector<std::string>& values) override {
    if (!wants(name)) return;
    json_.key(name).begin_array();
    for (const std::string& value : values) json_.text(value);
    json_.end_array();
  }

 private:
  tools::JsonWriter& json_;
};

}  // namespace mnm::mnmlog
