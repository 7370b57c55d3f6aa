// base/codec.h: reading any octets in any order of calls stays inside the input, and what went
// wrong stays wrong. The input is both the script (its octets choose the calls) and the bytes to
// decode.
#include <glog/logging.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/codec.h"

namespace {

void read_one(mnm::Decoder& decoder, std::uint8_t choice) {
  switch (choice % 6) {
    case 0:
      (void)decoder.varint();
      break;  // values are not the point here, bounds are
    case 1:
      (void)decoder.fixed32_be();
      break;
    case 2:
      (void)decoder.fixed64_be();
      break;
    case 3:
      (void)decoder.byte();
      break;
    case 4:
      (void)decoder.bytes();
      break;
    default:
      (void)decoder.raw(choice);
      break;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  mnm::Decoder decoder(input);
  for (std::size_t i = 0; i < size; ++i) {
    const std::size_t before = decoder.left();
    const bool was_ok = decoder.ok();
    read_one(decoder, data[i]);
    CHECK_LE(decoder.left(), before);
    CHECK(was_ok || !decoder.ok());
  }

  mnm::Decoder values(input);
  const std::uint64_t number = values.varint();
  const std::string_view bytes = values.bytes();
  if (values.ok()) {
    std::string encoded;
    mnm::Encoder encoder(encoded);
    encoder.varint(number);
    encoder.bytes(bytes);
    mnm::Decoder again(encoded);
    CHECK_EQ(again.varint(), number);
    CHECK(again.bytes() == bytes);
    CHECK(again.done());
  }
  return 0;
}
