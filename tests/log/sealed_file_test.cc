// Sealed files: any length, in any pieces; every octet flipped, chunks cut, moved and swapped.
#include "log/sealed_file.h"

#include <gtest/gtest.h>

#include <random>

#include "support/sealed.h"

namespace mnm::log {
namespace {

constexpr BodyFile kFile{Lsn(7), 2};

class SealedFile : public ::testing::Test {
 protected:
  // In pieces of so many octets.
  [[nodiscard]] std::string sealed(std::string_view text, std::size_t piece = 1 << 20,
                                   BodyFile file = kFile) const {
    FileSealer sealer(*keyring, sealed_body_name(file));
    std::string out;
    for (std::size_t at = 0; at < text.size(); at += piece) sealer.add(text.substr(at, piece), out);
    sealer.finish(out);
    return out;
  }
  [[nodiscard]] Result<std::string> opened(std::string_view octets, BodyFile file = kFile) const {
    return open_sealed_file(*keyring, sealed_body_name(file), octets, "it");
  }
  static std::string text_of(std::size_t size) {
    std::minstd_rand random(static_cast<unsigned>(size));
    std::string text(size, '\0');
    for (char& octet : text) octet = static_cast<char>(random());
    return text;
  }

  const std::shared_ptr<Keyring> keyring = testing::keyring_of();
};

TEST_F(SealedFile, OpensWhateverItsLengthAndHoweverItCame) {
  for (const std::size_t chunks : {0, 1, 3}) {
    for (const int more : {-1, 0, 1}) {
      if (chunks == 0 && more < 0) continue;
      const std::string text = text_of(chunks * kChunkTextBytes + static_cast<std::size_t>(more));
      for (const std::size_t piece : {std::size_t{1000}, kChunkTextBytes, std::size_t{1} << 20}) {
        const std::string octets = sealed(text, piece);
        EXPECT_EQ(octets.size(), sealed_file_bytes(text.size()));
        EXPECT_EQ(sealed_text_bytes(octets.size()), text.size());
        EXPECT_TRUE(opened(octets).value() == text) << text.size() << " in pieces of " << piece;
      }
    }
  }
}

TEST_F(SealedFile, HoldsBackAChunkAtMost) {
  FileSealer sealer(*keyring, sealed_body_name(kFile));
  const std::string text = text_of(10 * kChunkTextBytes);
  std::string out;
  sealer.add(text, out);
  EXPECT_EQ(out.size(), kSealedHeadBytes + 9 * kChunkBytes);
}

TEST_F(SealedFile, HasNoLengthButThoseThatAreWritten) {
  EXPECT_FALSE(sealed_text_bytes(0));
  EXPECT_FALSE(sealed_text_bytes(kSealedHeadBytes + kSealTagBytes - 1));
  EXPECT_EQ(sealed_text_bytes(kSealedHeadBytes + kSealTagBytes), 0U);
  EXPECT_EQ(sealed_text_bytes(kSealedHeadBytes + kChunkBytes), kChunkTextBytes);
  // A second chunk has a tag and an octet.
  EXPECT_FALSE(sealed_text_bytes(kSealedHeadBytes + kChunkBytes + 1));
  EXPECT_FALSE(sealed_text_bytes(kSealedHeadBytes + kChunkBytes + kSealTagBytes));
  EXPECT_EQ(sealed_text_bytes(kSealedHeadBytes + kChunkBytes + kSealTagBytes + 1),
            kChunkTextBytes + 1);
}

TEST_F(SealedFile, SeesEachOctetThatIsFlippedAndEachCut) {
  const std::string octets = sealed(text_of(300));
  for (std::size_t i = 0; i < octets.size(); ++i) {
    std::string flipped = octets;
    flipped[i] = static_cast<char>(flipped[i] ^ 1);
    EXPECT_FALSE(opened(flipped)) << i;
    EXPECT_FALSE(opened(std::string_view(octets).substr(0, i))) << i;
  }
}

TEST_F(SealedFile, SeesChunksThatAreCutSwappedTwiceOrOfAnotherFile) {
  const std::string octets = sealed(text_of(3 * kChunkTextBytes));
  const std::string head = octets.substr(0, kSealedHeadBytes);
  const auto chunk = [](const std::string& of, std::size_t number) {
    return of.substr(kSealedHeadBytes + number * kChunkBytes, kChunkBytes);
  };
  const std::string other = sealed(text_of(3 * kChunkTextBytes));
  const auto code = [this](const std::string& file) { return opened(file).error().code; };
  EXPECT_EQ(code(head + chunk(octets, 0) + chunk(octets, 1)), ErrorCode::kTampering);
  EXPECT_EQ(code(head + chunk(octets, 0) + chunk(octets, 2)), ErrorCode::kTampering);
  EXPECT_EQ(code(head + chunk(octets, 1) + chunk(octets, 0) + chunk(octets, 2)),
            ErrorCode::kTampering);
  EXPECT_EQ(code(octets + chunk(octets, 2)), ErrorCode::kTampering);
  EXPECT_EQ(code(head + chunk(octets, 0) + chunk(other, 1) + chunk(octets, 2)),
            ErrorCode::kTampering);
}

TEST_F(SealedFile, OpensUnderItsNameAlone) {
  const std::string octets = sealed("text");
  EXPECT_EQ(opened(octets).value(), "text");
  EXPECT_EQ(opened(octets, {Lsn(7), 3}).error().code, ErrorCode::kTampering);
  EXPECT_EQ(opened(octets, {Lsn(8), 2}).error().code, ErrorCode::kTampering);
  EXPECT_FALSE(open_sealed_file(*keyring, sealed_base_name(Lsn(7)), octets, "it"));
  EXPECT_EQ(
      opened("a plain one, but long enough to have a head, if it were sealed: it isn't, which "
             "its first octets show")
          .error()
          .code,
      ErrorCode::kCorruption);
}

}  // namespace
}  // namespace mnm::log
