// The octets of the file `keyring` (doc/log_format.md, "Sealing").
#pragma once

#include <cstddef>
#include <string_view>

namespace mnm::log {

inline constexpr std::string_view kKeyringName = "keyring";
inline constexpr std::string_view kKeyringMagic = "mnmkeys1";
// Of an entry, before its sealed key: id and the time of its making.
inline constexpr std::size_t kKeyringAboutBytes = 12;

}  // namespace mnm::log
