// An event's fields as members of a JSON object that the caller begins and ends.
//
// One thread.
#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/json.h"
#include "mnmlog/event_view.h"

namespace mnm::mnmlog {

// Which fields are to be shown.
class ChosenFields {
 public:
  // None given: all that an event has, but for the sentence that is made of them.
  explicit ChosenFields(std::vector<std::string> fields)
      : fields_(std::move(fields)), all_(fields_.empty()) {}
  [[nodiscard]] bool has(std::string_view name) const {
    return all_ ? name != "what" : is_listed(name);
  }

 private:
  [[nodiscard]] bool is_listed(std::string_view name) const;

  const std::vector<std::string> fields_;
  const bool all_;
};

inline bool ChosenFields::is_listed(std::string_view name) const {
  return std::ranges::find(fields_, name) != fields_.end();
}

class JsonFields final : public FieldSink {
 public:
  // Those that were chosen, or really all. Both outlive this.
  explicit JsonFields(tools::JsonWriter& json, const ChosenFields* chosen = nullptr)
      : json_(json), chosen_(chosen) {}
  [[nodiscard]] bool wants(std::string_view name) const override {
    return chosen_ == nullptr || chosen_->has(name);
  }
  void text(std::string_view name, std::string_view value) override {
    if (wants(name)) json_.text(name, value);
  }
  void word(std::string_view name, std::string_view value) override {
    if (wants(name)) json_.word(name, value);
  }
  void number(std::string_view name, std::uint64_t value) override {
    if (wants(name)) json_.number(name, value);
  }
  void flag(std::string_view name, bool value) override {
    if (wants(name)) json_.flag(name, value);
  }
  void list(std::string_view name, std::span<const std::string> values) override {
    if (!wants(name)) return;
    json_.key(name).begin_array();
    for (const std::string& value : values) json_.text(value);
    json_.end_array();
  }

 private:
  tools::JsonWriter& json_;
  const ChosenFields* chosen_;
};

// For lines of a whole log: the same, without virtual calls.
void visit_fields(const EventView& view, const Names& names, JsonFields& sink, FieldRoom& room);

}  // namespace mnm::mnmlog
