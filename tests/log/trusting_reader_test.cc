// What a scan that trusts roots still finds, and what it leaves to those who judge.
#include "log/trusting_reader.h"

#include <gtest/gtest.h>

#include "log/ahead_reader.h"
#include "log/record.h"
#include "support/memory_log.h"

namespace mnm::log {
namespace {

class TrustingReading : public ::testing::Test {
 protected:
  TrustingReading() {
    for (int i = 0; i < 10; ++i) {
      const std::vector<std::string_view> events = {"first", "second"};
      CHECK(log_.append({Epoch(1), next(log_.durable().lsn), events, {}, {}}));
    }
  }
  std::string& record(std::uint64_t lsn) { return disk_->records.at(Lsn(lsn)); }
  // How many records come before the end, and the exit code of the error there; 0: none.
  static std::pair<int, int> walk(const Reader& reader) {
    const auto scanner = reader.scan(Lsn(1));
    for (int records = 0;; ++records) {
      const auto next = scanner->next();
      if (!next) {
        EXPECT_FALSE(scanner->next()->has_value()) << "after an error it is at its end";
        return {records, exit_code(next.error().code)};
      }
      if (!next->has_value()) return {records, 0};
    }
  }
  void expect(std::pair<int, int> checked, std::pair<int, int> trusted) const {
    EXPECT_EQ(walk(log_), checked);
    EXPECT_EQ(walk(TrustingReader(log_)), trusted);
    EXPECT_EQ(walk(AheadReader(log_, 2)), checked);
    EXPECT_EQ(walk(AheadReader(log_, 2, Roots::kTrusted)), trusted);
  }

  std::shared_ptr<MemoryDisk> disk_ = std::make_shared<MemoryDisk>();
  MemoryLog log_{disk_};
};

TEST_F(TrustingReading, GivesAllRecords) { expect({10, 0}, {10, 0}); }

TEST_F(TrustingReading, FindsDamage) {
  record(7).back() ^= 1;
  expect({3, 3}, {3, 3});
}

TEST_F(TrustingReading, FindsAMissingRecord) {
  disk_->records.erase(Lsn(7));
  expect({3, 3}, {3, 3});
}

TEST_F(TrustingReading, FindsARecordOfAnotherChain) {
  std::string other;
  const std::vector<std::string_view> events = {"first", "second"};
  encode_record({Epoch(1), Lsn(7), {}, events, {}}, other);
  record(7) = other;
  expect({3, 4}, {3, 4});
}

TEST_F(TrustingReading, TakesAnEventThatWasChangedWithItsChecksum) {
  record(7).back() ^= 1;
  set_record_crc(record(7));
  expect({3, 4}, {10, 0});
}

}  // namespace
}  // namespace mnm::log
