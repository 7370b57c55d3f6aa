// Numbers that whoever runs the tests may set in the environment.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <string>

namespace mnm::testing {

inline std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
  const char* text = std::getenv(variable);
  return text == nullptr ? otherwise : std::stoull(text);
}

}  // namespace mnm::testing
