// Whoever takes a disk away finds on it what was left there: a bad disk for each of the rules, and
// good ones.
#include "sim/finder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "log/wrapped_key.h"
#include "sim/marker.h"
#include "support/sealed.h"

namespace mnm::sim {
namespace {

using ::testing::Contains;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

constexpr Lsn kLetter{1};
constexpr std::size_t kLargeBytes = 100'000;

// A disk on which nothing goes wrong by itself, with a letter on it, and a second one that stays.
class OnADisk : public ::testing::Test {
 protected:
  explicit OnADisk(bool sealed) : secret(testing::secret_of(testing::kKeyText)) {
    for (std::size_t i = 0; i < kFaultKinds; ++i) faults.set(static_cast<Fault>(i), false);
    disk.fate = [] { return Fate::kDone; };
    disk.row_written = [this](Lsn id, std::string_view row, std::string_view key) {
      finder.written(id, row, key);
    };
    disk.purged = [this](Lsn id) { finder.purged(id); };
    EXPECT_TRUE(disk.recover(sealed ? &secret : nullptr));
    append(text, {});
    append(letter_token(7, "bob") + " stays", {});
  }
  // A record, and what is in it.
  void append(const std::string& row, log::BodyFile file,
              const std::vector<log::MessagePurge>& purges = {}) {
    const std::string event = "posted";
    const std::array<std::string_view, 1> events = {event};
    const Lsn first = disk.head().lsn + 1;
    std::vector<log::MessagePut> puts;
    if (!row.empty()) puts.push_back({first, row, {}, file});
    ASSERT_TRUE(disk.append(
        {.epoch = Epoch(1), .first = first, .events = events, .puts = puts, .purges = purges}));
  }
  void purge(Lsn id, log::BodyFile file = {}) { append({}, {}, {{id, file}}); }
  void scrub() {
    ASSERT_TRUE(disk.scrub());
    finder.scrubbed();
  }
  // A body as a file, and the row that names it; its id is the log's head then.
  log::BodyFile append_file() {
    DiskBodies bodies(disk, faults);
    const auto upload = bodies.create();
    const std::string body = letter_token(9, "ann") + " " + std::string(kLargeBytes, 'x');
    EXPECT_TRUE((*upload)->append(body));
    EXPECT_TRUE((*upload)->sync());
    (*upload)->release();
    append(letter_token(8, "ann") + " its row", (*upload)->file());
    return (*upload)->file();
  }
  const std::vector<std::string>& found() {
    finder.look(disk);
    return oracle.faults();
  }
  void expect_all(const char* rule) {
    EXPECT_THAT(found(), Not(IsEmpty()));
    EXPECT_THAT(found(), Each(StartsWith(rule)));
  }

  const std::string text = letter_token(1, "ann") + " a letter";
  Random random{1};
  Faults faults{random};
  Timeline time;
  Oracle oracle;
  Finder finder{oracle};
  const log::KeySecret secret;
  Disk disk{time, random, faults};
};

class OnASealedDisk : public OnADisk {
 protected:
  OnASealedDisk() : OnADisk(true) {}
};
class OnAPlainDisk : public OnADisk {
 protected:
  OnAPlainDisk() : OnADisk(false) {}
};

// ------------------------------------------------------------------------------------------ sealed

TEST_F(OnASealedDisk, NothingIsFoundOfWhatWaitsOrWasPurged) {
  const log::BodyFile file = append_file();
  const Lsn owner = disk.head().lsn;
  EXPECT_THAT(found(), IsEmpty());
  purge(kLetter);
  purge(owner, file);
  scrub();
  EXPECT_TRUE(disk.bodies().empty());
  EXPECT_EQ(disk.ghosts().size(), 3U);  // two rows and a file
  EXPECT_THAT(found(), IsEmpty());
  disk.stop();
  EXPECT_TRUE(disk.recover(&secret));
  EXPECT_THAT(found(), IsEmpty());
}

TEST_F(OnASealedDisk, AKeyThatStaysInATableIsFound) {
  disk.flush();
  const std::string key = disk.image().tables.keys.at(kLetter);
  purge(kLetter);
  scrub();
  disk.image().tables.keys[Lsn(99)] = key;
  expect_all("readable after purge: 0000000000000001");
}

TEST_F(OnASealedDisk, AKeyThatStaysInTheWalIsFound) {
  purge(kLetter);
  finder.scrubbed();  // says so; the WAL still has it
  expect_all("readable after purge: 0000000000000001");
}

TEST_F(OnASealedDisk, AKeyThatStaysInWhatIsLeftOfABodyFileIsFound) {
  const log::BodyFile file = append_file();
  const Lsn owner = disk.head().lsn;
  const std::string octets = disk.bodies().at(file).octets;
  purge(owner, file);
  scrub();
  disk.image().ghosts.push_back({file, Lsn(), octets});
  expect_all("readable after purge");
  EXPECT_THAT(found(), Contains(HasSubstr("of a body file")));
}

TEST_F(OnASealedDisk, ARowThatTheKeyOfAnotherOpensIsFound) {
  const Lsn other(2);
  std::string key;
  const std::string context("\0\0\0\0\0\0\0\2", 8);
  ASSERT_TRUE(log::append_unwrapped_key(*disk.keyring(), {log::SealedAs::kMessageKey, context},
                                        disk.live().keys.at(other), "it", key));
  Ghost ghost{{}, kLetter, {}};
  const std::string own("\0\0\0\0\0\0\0\1", 8);
  log::append_sealed_bare(key, {log::SealedAs::kMessage, own}, std::string(24, '\0'), text,
                          ghost.octets);
  EXPECT_THAT(found(), IsEmpty());
  disk.image().ghosts.push_back(ghost);
  expect_all("readable after purge: 0000000000000001 in what is left of it, with the key of");
}

TEST_F(OnASealedDisk, AnythingPlainIsFoundWhereverItLies) {
  disk.image().keyring_draft = text;
  expect_all("plain on disk: plainly-00000001/ann in the keyring's draft");
}

TEST_F(OnASealedDisk, AnAliasInAnotherFileIsFound) {
  const std::string row = "\x01" + std::string(kMarker) + "alias-1";
  finder.look(disk, {{"a checkpoint's row", row}});
  EXPECT_THAT(oracle.faults(), Each(StartsWith("plain on disk: plainly-alias-1")));
  EXPECT_EQ(oracle.faults().size(), 1U);
}

// ------------------------------------------------------------------------------------------- plain

TEST_F(OnAPlainDisk, NothingIsFoundOfWhatWasPurged) {
  const log::BodyFile file = append_file();
  const Lsn owner = disk.head().lsn;
  purge(kLetter);
  purge(owner, file);
  scrub();
  EXPECT_THAT(found(), IsEmpty());
}

TEST_F(OnAPlainDisk, ARowThatStaysIsFound) {
  purge(kLetter);
  scrub();
  disk.image().tables.rows[Lsn(99)] = {text, {}};
  expect_all("readable after purge: 0000000000000001");
}

TEST_F(OnAPlainDisk, ARowThatStaysInTheWalIsFound) {
  purge(kLetter);
  finder.scrubbed();
  expect_all("readable after purge: 0000000000000001");
}

}  // namespace
}  // namespace mnm::sim
