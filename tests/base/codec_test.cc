#include "base/codec.h"

#include <gtest/gtest.h>

#include <limits>

namespace mnm {
namespace {

TEST(Codec, ReadsBackWhatItWrote) {
  std::string out;
  Encoder encoder(out);
  encoder.varint(0);
  encoder.varint(std::numeric_limits<std::uint64_t>::max());
  encoder.fixed32_be(0x01020304);
  encoder.fixed64_be(7);
  encoder.bytes("abc");
  encoder.byte(9);

  Decoder decoder(out);
  EXPECT_EQ(decoder.varint(), 0u);
  EXPECT_EQ(decoder.varint(), std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(decoder.fixed32_be(), 0x01020304u);
  EXPECT_EQ(decoder.fixed64_be(), 7u);
  EXPECT_EQ(decoder.bytes(), "abc");
  EXPECT_EQ(decoder.byte(), 9);
  EXPECT_TRUE(decoder.done());
}

TEST(Codec, RefusesAnyInputCutShort) {
  std::string out;
  Encoder encoder(out);
  encoder.varint(300);
  encoder.fixed64_be(1);
  encoder.bytes("hello");
  for (std::size_t size = 0; size < out.size(); ++size) {
    Decoder decoder(std::string_view(out).substr(0, size));
    (void)decoder.varint();
    (void)decoder.fixed64_be();
    (void)decoder.bytes();
    EXPECT_FALSE(decoder.ok()) << size;
  }
}

TEST(Codec, RefusesAVarintBeyond64Bits) {
  const std::string in = std::string(10, static_cast<char>(0xff)) + "\x01";
  Decoder eleven(in);
  EXPECT_EQ(eleven.varint(), 0u);
  EXPECT_FALSE(eleven.ok());
}

}  // namespace
}  // namespace mnm
