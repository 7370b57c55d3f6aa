// Damage to a file, as a bad disk does it.
#pragma once

#include <glog/logging.h>

#include <cstdint>
#include <filesystem>
#include <fstream>

namespace mnm::testing {

// Changes the octet there into another one. Twice, it is as it was.
inline void spoil(const std::filesystem::path& file, std::uint64_t offset) {
  std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
  stream.seekg(static_cast<std::streamoff>(offset));
  const auto octet = static_cast<char>(stream.get());
  CHECK(stream) << file << " has no octet " << offset;
  stream.seekp(static_cast<std::streamoff>(offset));
  CHECK(stream.put(static_cast<char>(octet ^ 0x10)).flush());
}

}  // namespace mnm::testing
