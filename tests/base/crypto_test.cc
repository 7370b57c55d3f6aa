#include "base/crypto.h"

#include <gtest/gtest.h>

#include <string>

#include "base/text.h"

namespace mnm {
namespace {

std::string in_steps(std::string_view bytes) {
  Sha256 hash;
  hash.update(bytes);
  return hex_encode(as_bytes(hash.finish()));
}

TEST(Sha256Of, TheStandardsExamples) {
  EXPECT_EQ(hex_encode(as_bytes(sha256(""))),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(hex_encode(as_bytes(sha256("abc"))),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Sha256Of, EveryLengthAroundItsBlocksIsThatOfOneHashedInSteps) {
  std::string bytes;
  for (std::size_t size = 0; size < 1100; ++size) {
    ASSERT_EQ(hex_encode(as_bytes(sha256(bytes))), in_steps(bytes)) << size << " octets";
    bytes += static_cast<char>(size * 7 + 1);
  }
}

TEST(Sha256Of, PartsIsThatOfThePartsJoined) {
  const std::string bytes(700, 'x');
  const std::string_view all(bytes);
  for (const std::size_t size : {0, 1, 55, 56, 64, 503, 504, 700}) {
    const std::size_t cut = size / 3;
    EXPECT_EQ(sha256({all.substr(0, cut), "", all.substr(cut, size - cut)}),
              sha256(all.substr(0, size)))
        << size << " octets";
  }
}

}  // namespace
}  // namespace mnm
