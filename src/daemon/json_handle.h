// JSON as libjansson reads it, which libcjose stands on: owned, and strict.
//
// For the code that judges tokens and key sets. Any thread.
#pragma once

#include <jansson.h>

#include <memory>
#include <string_view>

namespace mnm::daemon {

struct JsonRelease {
  void operator()(json_t* json) const { json_decref(json); }
};
using JsonHandle = std::unique_ptr<json_t, JsonRelease>;

// One object and nothing after it, no key twice; null if it isn't.
[[nodiscard]] inline JsonHandle parse_object(std::string_view text) {
  JsonHandle json(json_loadb(text.data(), text.size(), JSON_REJECT_DUPLICATES, nullptr));
  return json_is_object(json.get()) ? std::move(json) : nullptr;
}

// A text of the object; empty when it isn't there, or no text.
[[nodiscard]] inline std::string_view text_of(const json_t* object, const char* key) {
  const json_t* value = json_object_get(object, key);
  if (!json_is_string(value)) return {};
  return {json_string_value(value), json_string_length(value)};
}

}  // namespace mnm::daemon
