#include "log/rocks_crc32c.h"

#include <gtest/gtest.h>
#include <rocksdb/file_checksum.h>

#include <memory>
#include <string>

#include "base/crc32c.h"
#include "base/text.h"

namespace mnm::log {
namespace {

std::string by_rocksdb(const std::string& first, const std::string& second) {
  const std::unique_ptr<rocksdb::FileChecksumGenerator> generator =
      rocksdb::GetFileChecksumGenCrc32cFactory()->CreateFileChecksumGenerator({});
  generator->Update(first.data(), first.size());
  generator->Update(second.data(), second.size());
  generator->Finalize();
  return hex_encode(generator->GetChecksum());
}

TEST(RocksCrc32c, IsComputedByOurCodeInThisProgram) { EXPECT_TRUE(crc32c_is_ours()); }

TEST(RocksCrc32c, HasTheValuesThatEveryRocksDbHas) {
  EXPECT_EQ(by_rocksdb("123456789", ""), "e3069283") << "the check value of CRC-32C";
  EXPECT_EQ(by_rocksdb("1234", "56789"), "e3069283") << "continued";
  EXPECT_EQ(by_rocksdb("", ""), "00000000");
  EXPECT_EQ(by_rocksdb(std::string(32, '\0'), ""), "8a9136aa") << "RFC 3720, B.4";
}

}  // namespace
}  // namespace mnm::log
