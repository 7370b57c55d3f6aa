// Objects for people, and as JSON.
#include <fmt/format.h>

#include "common/table.h"
#include "mnmlog/object.h"

namespace mnm::mnmlog {
namespace {

constexpr std::size_t kNameColumns = 25;

void append_line(std::string& out, std::string_view name, std::string_view value) {
  out += "  ";
  tools::append_padded(out, std::string(name), kNameColumns, false);
  out += value;
  out += '\n';
}

}  // namespace

std::string to_text(const Scalar& value, tools::Zone zone) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* number = std::get_if<std::uint64_t>(&value)) return std::to_string(*number);
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "yes" : "no";
  const std::uint64_t time_ns = std::get<Time>(value).ns;
  return time_ns == 0 ? "never" : tools::format_time(time_ns, zone);
}

std::string to_text(const Item& item, tools::Zone zone) {
  std::string rest;
  for (const auto& [name, value] : item.rest) {
    const auto* flag = std::get_if<bool>(&value);
    if (flag != nullptr && !*flag) continue;
    if (!rest.empty()) rest += ", ";
    rest += flag != nullptr ? std::string(name) : fmt::format("{} {}", name, to_text(value, zone));
  }
  return rest.empty() ? item.key : fmt::format("{} ({})", item.key, rest);
}

std::string to_text(const Object& object, tools::Zone zone) {
  std::string out(object.type);
  if (!object.id.empty()) out += " " + object.id;
  out += '\n';
  for (const ObjectField& field : object.fields) {
    if (const auto* scalar = std::get_if<Scalar>(&field.value)) {
      append_line(out, field.name, to_text(*scalar, zone));
      continue;
    }
    std::string_view name = field.name;
    for (const Item& item : std::get<Items>(field.value).items) {
      append_line(out, name, to_text(item, zone));
      name = {};
    }
  }
  return out;
}

void append_json(const Scalar& value, tools::JsonWriter& json) {
  if (const auto* text = std::get_if<std::string>(&value)) {
    json.text(*text);
  } else if (const auto* number = std::get_if<std::uint64_t>(&value)) {
    json.number(*number);
  } else if (const auto* flag = std::get_if<bool>(&value)) {
    json.flag(*flag);
  } else if (const std::uint64_t time_ns = std::get<Time>(value).ns; time_ns == 0) {
    json.null();
  } else {
    std::string time;
    tools::append_time_exact(time, time_ns);
    json.text(time);
  }
}

void append_json(const Item& item, std::string_view key_name, tools::JsonWriter& json) {
  if (item.rest.empty()) {
    json.text(item.key);
    return;
  }
  json.begin_object().text(key_name, item.key);
  for (const auto& [name, value] : item.rest) {
    json.key(name);
    append_json(value, json);
  }
  json.end_object();
}

void append_json(const Object& object, tools::JsonWriter& json) {
  json.text("object", object.type);
  if (!object.id.empty()) json.text("id", object.id);
  for (const ObjectField& field : object.fields) {
    json.key(field.name);
    if (const auto* scalar = std::get_if<Scalar>(&field.value)) {
      append_json(*scalar, json);
      continue;
    }
    const Items& items = std::get<Items>(field.value);
    json.begin_array();
    for (const Item& item : items.items) append_json(item, items.key_name, json);
    json.end_array();
  }
}

}  // namespace mnm::mnmlog
