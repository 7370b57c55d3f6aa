// The judgement over WAL files, on files built by hand, case by case, and on RocksDB's own.
#include "log/wal_scan.h"

#include <gtest/gtest.h>
#include <rocksdb/file_system.h>

#include <algorithm>
#include <random>

#include "support/directory_image.h"
#include "support/log_box.h"
#include "support/wal_file.h"

namespace mnm::log {
namespace {

using Verdict = WalFinding::Verdict;

constexpr std::size_t kBlock = WalFile::kBlock;

WalFinding scan(const std::vector<std::string>& files) {
  WalScan scan;
  for (std::size_t i = 0; i < files.size(); ++i) {
    scan.add_file(std::to_string(i + 1) + ".log", files[i]);
  }
  return scan.finding();
}

std::string spoilt(std::string octets, std::size_t at, std::size_t count = 1) {
  for (std::size_t i = at; i < at + count; ++i) octets[i] = static_cast<char>(octets[i] ^ 0x5a);
  return octets;
}
std::string zeroed(std::string octets, std::size_t at, std::size_t count) {
  return octets.replace(at, count, count, '\0');
}

TEST(WalScan, CallsWholeFilesClean) {
  EXPECT_EQ(scan({}).verdict, Verdict::kClean);
  EXPECT_EQ(scan({""}).verdict, Verdict::kClean);
  WalFile first;
  for (std::uint64_t lsn = 1; lsn <= 50; ++lsn) first.batch(lsn, 10 + 3000 * (lsn % 30));
  WalFile second(first.sequence());
  second.batch(51);
  const WalFinding finding = scan({first.octets(), second.octets(), ""});
  EXPECT_EQ(finding.verdict, Verdict::kClean) << finding.reason;
  EXPECT_EQ(finding.last_good, Lsn(51));
  EXPECT_EQ(finding.batches, 51u);
}

TEST(WalScan, IsCleanWhateverIsLeftOfABlock) {
  for (std::size_t size = kBlock - 200; size < kBlock - 100; ++size) {
    WalFile file;
    file.batch(1, size).batch(2).batch(3);
    EXPECT_EQ(scan({file.octets()}).verdict, Verdict::kClean) << size;
  }
}

TEST(WalScan, CallsEveryCutOfTheLastBatchTorn) {
  WalFile file;
  file.batch(1).batch(2);
  const std::size_t whole = file.size();
  file.batch(3, 2 * kBlock);
  for (std::size_t size = whole + 1; size < file.size(); size += size % kBlock < 20 ? 1 : 97) {
    const WalFinding finding = scan({file.octets().substr(0, size)});
    ASSERT_EQ(finding.verdict, Verdict::kTorn) << size;
    EXPECT_EQ(finding.offset, whole);
    EXPECT_EQ(finding.last_good, Lsn(2));
  }
  EXPECT_EQ(scan({file.octets().substr(0, whole)}).verdict, Verdict::kClean);
}

TEST(WalScan, CallsAnyLostPagesOfTheLastBatchTorn) {
  WalFile file;
  file.batch(1).batch(2);
  const std::size_t whole = file.size();
  file.batch(3, 5 * kBlock);
  std::mt19937_64 random(7);
  for (int round = 0; round < 300; ++round) {
    std::string octets = file.octets();
    // Pages that hold octets of the last batch: each may be lost, wholly zero but for what was
    // synced before.
    for (std::size_t page = 0; page < octets.size(); page += 4096) {
      const std::size_t begin = std::max(page, whole);
      const std::size_t end = std::min(page + 4096, octets.size());
      if (begin < end && random() % 2 == 0) octets = zeroed(octets, begin, end - begin);
    }
    const Verdict verdict = scan({octets}).verdict;
    EXPECT_EQ(verdict, octets == file.octets() ? Verdict::kClean : Verdict::kTorn);
  }
}

struct Damage {
  const char* name;
  std::vector<std::string> files;
  Verdict verdict;
  Lsn last_good;
  Lsn next_found;
};

std::vector<Damage> damages() {
  WalFile many;
  std::vector<std::size_t> ends = {0};
  for (std::uint64_t lsn = 1; lsn <= 20; ++lsn) {
    many.batch(lsn, 10000);
    ends.push_back(many.size());
  }
  const std::string whole = many.octets();
  std::string without = whole;
  without.erase(ends[9], kBlock);  // keeps the blocks' alignment
  WalFile gap;
  gap.batch(1).batch(2).skip_sequence().batch(4);
  WalFile next(many.sequence());
  next.batch(21).batch(22);
  WalFile later(many.sequence() + 1);
  later.batch(22);
  WalFile small;
  small.batch(1).batch(2).batch(3);
  WalFile after_recovery(small.sequence());
  after_recovery.empty_batch();
  WalFile forged;
  forged.batch(9);
  WalFile body;
  body.batch(1);
  const std::string last_block = whole.substr(0, ends[20] - 1);

  return {
      {"a bit flipped in the middle",
       {spoilt(whole, ends[5] + 50)},
       Verdict::kDamaged,
       Lsn(5),
       Lsn(8)},
      {"a sector zeroed", {zeroed(whole, ends[5] + 512, 512)}, Verdict::kDamaged, Lsn(5), Lsn(8)},
      {"a length spoilt", {spoilt(whole, ends[3] + 4)}, Verdict::kDamaged, Lsn(3), Lsn(5)},
      {"a type spoilt", {spoilt(whole, ends[3] + 6)}, Verdict::kDamaged, Lsn(3), Lsn(5)},
      {"the beginning spoilt", {spoilt(whole, 0, 100)}, Verdict::kDamaged, Lsn(), Lsn(5)},
      {"a block taken out", {without}, Verdict::kDamaged, Lsn(9), Lsn(14)},
      {"a batch missing", {gap.octets()}, Verdict::kDamaged, Lsn(2), Lsn(4)},
      {"a batch missing between files",
       {whole, later.octets()},
       Verdict::kDamaged,
       Lsn(20),
       Lsn(22)},
      {"an older file cut",
       {whole.substr(0, ends[18] + 99), next.octets()},
       Verdict::kDamaged,
       Lsn(18),
       Lsn(21)},
      {"an older file cut between batches",
       {whole.substr(0, ends[18]), next.octets()},
       Verdict::kDamaged,
       Lsn(18),
       Lsn(21)},
      {"the last batch spoilt", {spoilt(whole, ends[19] + 50)}, Verdict::kTorn, Lsn(19), Lsn()},
      {"the end cut", {last_block}, Verdict::kTorn, Lsn(19), Lsn()},
      {"the last file torn, then a new empty one",
       {last_block, ""},
       Verdict::kTorn,
       Lsn(19),
       Lsn()},
      {"torn, then what RocksDB writes when it recovers",
       {small.octets() + "\x01\x02", after_recovery.octets()},
       Verdict::kTorn,
       Lsn(3),
       Lsn()},
      {"zeros at the end",
       {small.octets() + std::string(5000, '\0')},
       Verdict::kTorn,
       Lsn(3),
       Lsn()},
      {"noise at the end",
       {small.octets() + std::string(5000, 'n')},
       Verdict::kTorn,
       Lsn(3),
       Lsn()},
      {"a forged batch inside a torn one",
       {small.octets() + "torn here" + forged.octets()},
       Verdict::kTorn,
       Lsn(3),
       Lsn()},
  };
}

TEST(WalScan, TellsATornTailFromDamage) {
  for (const Damage& damage : damages()) {
    const WalFinding finding = scan(damage.files);
    EXPECT_EQ(finding.verdict, damage.verdict) << damage.name << ": " << finding.reason;
    EXPECT_EQ(finding.last_good, damage.last_good) << damage.name;
    EXPECT_EQ(finding.next_found, damage.next_found) << damage.name;
    EXPECT_NE(finding.file, "") << damage.name;
  }
}

TEST(WalScan, NamesTheFileAndTheOffset) {
  WalFile first;
  first.batch(1).batch(2);
  WalFile second(first.sequence());
  second.batch(3);
  const std::size_t at = second.size();
  second.batch(4);
  const WalFinding finding = scan({first.octets(), spoilt(second.octets(), at + 20)});
  EXPECT_EQ(finding.file, "2.log");
  EXPECT_EQ(finding.offset, at);
}

TEST(WalScan, OfHostileOctetsNeverDoesMoreThanJudge) {
  std::mt19937_64 random(11);
  WalFile file;
  for (std::uint64_t lsn = 1; lsn <= 10; ++lsn) file.batch(lsn, 9000);
  for (int round = 0; round < 500; ++round) {
    std::string octets = file.octets().substr(0, random() % file.size() + 1);
    for (std::uint64_t i = random() % 20; i > 0; --i) {
      octets[random() % octets.size()] = static_cast<char>(random());
    }
    EXPECT_LE(scan({octets}).last_good, Lsn(10));
  }
}

TEST(WalScan, ReadsWhatRocksDbWrites) {
  LogBox box;
  box.open();
  for (int i = 0; i < 30; ++i) box.append(std::string(static_cast<std::size_t>(i) * 5000, 'r'));
  box.purge(box.post(std::string(70'000, 'p')));
  ASSERT_TRUE(box.log().trim(Lsn(10)));
  box.append("last");
  box.close();
  const Result<WalFinding> finding =
      scan_wals(*rocksdb::FileSystem::Default(), box.directory() + "/log", 0);
  ASSERT_TRUE(finding);
  EXPECT_EQ(finding->verdict, Verdict::kClean) << finding->reason;
  EXPECT_EQ(finding->last_good, Lsn(33));
  // 32 appends, the trim, the last.
  EXPECT_EQ(finding->batches, 34u);
}

}  // namespace
}  // namespace mnm::log
