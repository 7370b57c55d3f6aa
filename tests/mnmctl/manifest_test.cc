// A backup's manifest: its text to the letter, each change noticed, no way out of the backup.
#include "mnmctl/manifest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "base/text.h"

namespace mnm::mnmctl {
namespace {

using ::testing::HasSubstr;

Manifest example() {
  Hash chain;
  chain.fill(0xc4);
  Manifest manifest{.made = "2026-01-02T03:04:05.118Z",
                    .at = {Epoch(2), Lsn(81231), chain},
                    .with_secrets = false,
                    .files = {}};
  manifest.files.push_back({"body/0000000000000007-1", 300'000, sha256("body")});
  manifest.files.push_back({"high_water", 4160, sha256("mark")});
  manifest.files.push_back({"log/000012.sst", 12, sha256("table")});
  return manifest;
}

// With a hash of its own, as somebody would write it who knows the format.
std::string sealed(std::string text) {
  return text + "end " + hex_encode(as_bytes(sha256(text))) + "\n";
}
std::string with_line(const std::string& line) {
  std::string text = encode_manifest(example());
  text.resize(text.rfind("end "));
  return sealed(text + line + "\n");
}

TEST(Manifest, IsTheTextOfTheGoldenFile) {
  std::ifstream file(std::string(MNM_SOURCE_DIR) + "/tests/golden/backup_manifest.txt");
  const std::string golden(std::istreambuf_iterator<char>(file), {});
  EXPECT_EQ(encode_manifest(example()), golden);
}

TEST(Manifest, SaysWhatWasWritten) {
  const auto read = decode_manifest(encode_manifest(example()));
  ASSERT_TRUE(read) << read.error().text;
  EXPECT_EQ(read->made, example().made);
  EXPECT_EQ(read->at, example().at);
  EXPECT_FALSE(read->with_secrets);
  EXPECT_EQ(read->files.size(), 3u);
  EXPECT_EQ(read->octets(), 304'172u);
  ASSERT_NE(read->find("high_water"), nullptr);
  EXPECT_EQ(read->find("high_water")->hash, sha256("mark"));
  EXPECT_EQ(read->find("high_wate"), nullptr);
}

TEST(Manifest, IsDamagedWhenAnyOctetIsAnotherOrMissing) {
  const std::string whole = encode_manifest(example());
  for (std::size_t i = 0; i < whole.size(); ++i) {
    std::string changed = whole;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_FALSE(decode_manifest(changed)) << "octet " << i;
    EXPECT_FALSE(decode_manifest(whole.substr(0, i))) << "cut at " << i;
  }
}

TEST(Manifest, OfAnotherVersionIsRefusedByName) {
  const auto read = decode_manifest(sealed("mnm backup 2\n"));
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, ErrorCode::kUnknownFormat);
  EXPECT_THAT(read.error().text, HasSubstr("mnm backup 1"));
}

TEST(Manifest, NamesNoFileOutsideOfTheBackup) {
  const std::string hash = hex_encode(as_bytes(sha256("x")));
  EXPECT_TRUE(decode_manifest(with_line("file " + hash + " 1 views")));
  for (const char* path : {"/etc/passwd", "../x", "log/../../x", "log//x", ""}) {
    const auto read = decode_manifest(with_line("file " + hash + " 1 " + path));
    ASSERT_FALSE(read) << path;
    EXPECT_EQ(read.error().code, ErrorCode::kCorruption);
  }
}

}  // namespace
}  // namespace mnm::mnmctl
