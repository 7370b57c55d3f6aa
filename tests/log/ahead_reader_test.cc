// Decoding ahead changes nothing that a scan gives: the same records, the same end, the same
// errors at the same place.
#include "log/ahead_reader.h"

#include <gtest/gtest.h>

#include "log/record.h"
#include "support/memory_log.h"

namespace mnm::log {
namespace {

class AheadReading : public ::testing::TestWithParam<unsigned> {
 protected:
  void append(std::uint64_t records, std::size_t bytes) {
    for (std::uint64_t i = 0; i < records; ++i) {
      const std::string event(bytes, static_cast<char>('a' + i % 26));
      const std::vector<std::string_view> events = {event, "second"};
      ASSERT_TRUE(log_.append({Epoch(1), next(log_.durable().lsn), events, {}, {}}));
    }
  }
  // Every record's first LSN and hash; an error's code at the end.
  static std::string all_of(const Reader& reader, Lsn from) {
    std::string out;
    const auto scanner = reader.scan(from);
    while (true) {
      const auto record = scanner->next();
      if (!record) return out + "error " + std::to_string(exit_code(record.error().code));
      if (!record->has_value()) return out;
      out += std::to_string((*record)->first.value()) + ":" + std::to_string((*record)->chain[0]) +
             " ";
    }
  }

  std::shared_ptr<MemoryDisk> disk_ = std::make_shared<MemoryDisk>();
  MemoryLog log_{disk_};
  AheadReader ahead_{log_, GetParam()};
};

TEST_P(AheadReading, GivesTheSameRecordsInTheirOrder) {
  EXPECT_EQ(all_of(ahead_, Lsn(1)), "");
  append(300, 20'000);
  append(2000, 10);
  EXPECT_EQ(all_of(ahead_, Lsn(1)), all_of(log_, Lsn(1)));
  EXPECT_EQ(all_of(ahead_, Lsn(1234)), all_of(log_, Lsn(1234)));
  EXPECT_EQ(all_of(ahead_, Lsn(9999)), "");
}

TEST_P(AheadReading, FindsTheSameErrorAtTheSamePlace) {
  append(1000, 1000);
  for (const std::uint64_t lsn : {1u, 701u, 1999u}) {
    const std::string kept = disk_->records.at(Lsn(lsn));
    disk_->records.at(Lsn(lsn))[kHeaderBytes + 40] ^= 1;
    EXPECT_EQ(all_of(ahead_, Lsn(1)), all_of(log_, Lsn(1))) << lsn;
    EXPECT_TRUE(all_of(ahead_, Lsn(1)).ends_with("error 3")) << lsn;
    disk_->records.at(Lsn(lsn)) = kept;
  }
  disk_->records.erase(Lsn(701));
  EXPECT_EQ(all_of(ahead_, Lsn(1)), all_of(log_, Lsn(1)));
}

TEST_P(AheadReading, StaysAtItsEndAfterAnError) {
  append(10, 10);
  disk_->records.at(Lsn(5))[kHeaderBytes] ^= 1;
  const auto scanner = ahead_.scan(Lsn(1));
  while (scanner->next()) {
  }
  const auto after = scanner->next();
  ASSERT_TRUE(after);
  EXPECT_FALSE(after->has_value());
}

TEST_P(AheadReading, CanBeLeftAnywhere) {
  append(1000, 2000);
  for (int records = 0; records < 40; ++records) {
    const auto scanner = ahead_.scan(Lsn(1));
    for (int i = 0; i < records; ++i) ASSERT_TRUE(scanner->next());
  }
}

INSTANTIATE_TEST_SUITE_P(Threads, AheadReading, ::testing::Values(1u, 2u, 5u));

}  // namespace
}  // namespace mnm::log
