// Hex and base32: whatever decodes, encodes to text that decodes to the same octets; any octets
// survive the round trip.
#include <glog/logging.h>

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/text.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  CHECK(mnm::hex_decode(mnm::hex_encode(input)) == input);
  CHECK(mnm::base32_decode(mnm::base32_encode(input)) == input);
  if (const auto octets = mnm::hex_decode(input)) {
    CHECK(mnm::hex_decode(mnm::hex_encode(*octets)) == octets);
  }
  if (const auto octets = mnm::base32_decode(input)) {
    CHECK(mnm::base32_decode(mnm::base32_encode(*octets)) == octets);
  }
  return 0;
}
