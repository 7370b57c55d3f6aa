// The table of events and their fields: the one source of the names that options take, of the
// types that --where compares by, of `schema`, and of what doc/mnmlog.md must list. visit_fields
// gives these and no others. Names are only ever added.
//
// Any thread; constant.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace mnm::mnmlog {

enum class FieldType : std::uint8_t {
  kText,
  kNumber,
  kOctets,  // a number; --where takes 1MB
  kHours,   // a number; --where takes 2d
  kTime,    // RFC 3339; --where takes @2026-01-02T03:04
  kHash,    // lowercase hex
  kFlag,
  kList,  // of texts
};
[[nodiscard]] std::string_view type_name(FieldType type);

struct FieldInfo {
  std::string_view name;
  FieldType type;
  std::string_view help;
};
struct EventInfo {
  std::string_view name;
  std::string_view help;
  std::string_view fields;  // its own, separated by blanks; those of all events come on top
};

[[nodiscard]] std::span<const FieldInfo> fields();
// Null when there is none.
[[nodiscard]] const FieldInfo* find_field(std::string_view name);
[[nodiscard]] std::span<const EventInfo> events();
[[nodiscard]] const EventInfo* find_event(std::string_view name);
// Those that any event may have, separated by blanks.
[[nodiscard]] std::string_view common_fields();

}  // namespace mnm::mnmlog
