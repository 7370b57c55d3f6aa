// A sealed data directory as a whole: what is in its files, what opens it, what is noticed, and
// that a purge destroys the keys.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rocksdb/db.h>
#include <unistd.h>

#include <filesystem>

#include "log/body_reader.h"
#include "log/data_directory.h"
#include "log/record.h"
#include "log/rocks_db.h"
#include "log/sealed_file.h"
#include "log/sealed_removal.h"
#include "log/store_builder.h"
#include "log/store_image.h"
#include "support/directory_image.h"
#include "support/log_box.h"
#include "support/sealed.h"
#include "support/spoil.h"

namespace mnm::log {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class SealedLog : public ::testing::Test {
 protected:
  SealedLog() { box.options().key = &key; }

  [[nodiscard]] std::string holders(std::string_view octets) const {
    return DirectoryImage(box.directory()).holders_of(octets);
  }
  [[nodiscard]] std::string path_of(BodyFile file) const {
    return body_file_path(box.directory() + "/body", file);
  }
  [[nodiscard]] std::shared_ptr<Keyring> keyring() const {
    return Keyring::load(box.directory(), key).value();
  }
  // Why it doesn't open.
  Error refused() {
    const Result<void> opened = box.try_open();
    if (opened) box.close();
    return opened ? Error{ErrorCode{}, "it opens"} : opened.error();
  }
  // Changes a stopped one behind its back.
  void change(const std::function<void(Database&)>& how) const {
    const auto database =
        Database::open_to_write(box.directory() + "/log", {.sealed = true, .keyring = nullptr},
                                rocksdb::FileSystem::Default());
    ASSERT_TRUE(database) << database.error().text;
    how(**database);
    ASSERT_TRUE((*database)->db().Flush({}, (*database)->families()).ok());
  }
  static std::string row(Database& database, rocksdb::ColumnFamilyHandle* family, Lsn key) {
    std::string value;
    EXPECT_TRUE(database.db().Get({}, family, LsnKey(key).slice(), &value).ok());
    return value;
  }
  static void put(Database& database, rocksdb::ColumnFamilyHandle* family, Lsn key,
                  const std::string& value) {
    EXPECT_TRUE(database.db().Put({}, family, LsnKey(key).slice(), value).ok());
  }

  const KeySecret key = testing::secret_of(testing::kKeyText);
  const KeySecret other_key = testing::secret_of(testing::kOtherKeyText);
  LogBox box;
};

TEST_F(SealedLog, HasNoWordOfWhatItHolds) {
  box.open();
  const std::string large = std::string(100'000, '.') + "large body";
  (void)box.append("alias of somebody");
  const Lsn id = box.post("header and small body");
  const BodyFile file = box.upload(large);
  (void)box.post("header of a large one", file);
  ASSERT_TRUE(box.log().scrub());  // into tables
  (void)box.append("alias of another");
  for (const bool open : {true, false}) {
    if (!open) box.close();
    for (const char* words : {"alias of", "header", "small body", "large body", "........"}) {
      EXPECT_EQ(holders(words), "") << words;
    }
  }
  box.open();
  EXPECT_THAT(LogBox::events_of(box.log()), HasSubstr("alias of somebody post"));
  EXPECT_EQ(box.log().message(id).value(), "header and small body");
  EXPECT_EQ(box.bodies().open(file).value()->read(100'000, 100).value(), "large body");
}

TEST_F(SealedLog, HasTheChainOfAPlainOne) {
  // Salts differ, so the records do; what a sealed one is copied to has the same.
  box.open();
  (void)box.append("a");
  (void)box.post("b");
  const Position head = box.log().durable();
  box.close();
  const TempDir place;
  auto builder = StoreBuilder::create(place / "plain", "identity of 16 o").value();
  const auto reader = open_reader(box.directory(), "", keyring()).value();
  const auto scanner = reader->scan(Lsn(1));
  for (auto record = scanner->next(); record && record->has_value(); record = scanner->next()) {
    ASSERT_TRUE(builder->add(**record));
  }
  EXPECT_EQ(builder->finish().value(), head);
}

TEST_F(SealedLog, IsRefusedWithAnotherKeyAndWithout) {
  box.open();
  (void)box.append("a");
  box.close();
  const DirectoryImage before(box.directory());
  box.options().key = &other_key;
  EXPECT_EQ(refused().code, ErrorCode::kDenied);
  box.options().key = nullptr;
  EXPECT_EQ(refused().code, ErrorCode::kUsage);
  EXPECT_THAT(refused().text, HasSubstr("--key"));
  EXPECT_EQ(before.difference(DirectoryImage(box.directory())), "");
  box.options().key = &key;
  EXPECT_TRUE(box.try_open());
}

TEST_F(SealedLog, APlainOneIsRefusedWithAKey) {
  box.options().key = nullptr;
  box.open();
  (void)box.append("a");
  box.close();
  box.options().key = &key;
  EXPECT_EQ(refused().code, ErrorCode::kUsage);
  EXPECT_FALSE(is_sealed(box.directory()));
}

TEST_F(SealedLog, APlainOneHasNothingOfIt) {
  box.options().key = nullptr;
  box.open();
  (void)box.post("value");
  EXPECT_NE(holders("value"), "");
  EXPECT_FALSE(fs::exists(box.directory() + "/keyring"));
  box.close();
  EXPECT_EQ(list_families(box.directory() + "/log", rocksdb::FileSystem::Default()).value().size(),
            kPlainFamilies);
}

TEST_F(SealedLog, IsRefusedByNameWithoutItsKeyring) {
  box.open();
  (void)box.append("a");
  box.close();
  fs::remove(box.directory() + "/keyring");
  for (const KeySecret* given : {static_cast<const KeySecret*>(nullptr), &key}) {
    box.options().key = given;
    const Error error = refused();
    EXPECT_EQ(error.code, ErrorCode::kCorruption);
    EXPECT_THAT(error.text, HasSubstr("keyring"));
    EXPECT_FALSE(is_sealed(box.directory())) << "another one was made";
  }
}

TEST_F(SealedLog, BeginsAgainWhereItsMakingWasCut) {
  fs::create_directory(box.directory());
  ASSERT_TRUE(Keyring::create(box.directory(), key, 0));
  box.open();
  EXPECT_EQ(box.append("a"), Lsn(1));
}

TEST_F(SealedLog, ShowsItsEnvelopesWithoutTheKeyAndNoMore) {
  box.open();
  (void)box.append("a");
  const Lsn id = box.post("b");
  const Position head = box.log().durable();
  box.close();
  EXPECT_TRUE(judge_store(box.directory()));
  const auto reader = open_reader(box.directory(), "").value();
  EXPECT_EQ(reader->durable(), head);
  EXPECT_EQ(reader->tail(), Lsn(1));
  const auto scanner = reader->scan(Lsn(1));
  Position at;
  for (auto stored = scanner->next_stored(); stored && stored->has_value();
       stored = scanner->next_stored()) {
    const Result<Envelope> envelope = check_envelope(**stored);
    ASSERT_TRUE(envelope) << envelope.error().text;
    ASSERT_TRUE(check_link(at, *envelope));
    at = envelope->position();
  }
  EXPECT_EQ(at, head);
  EXPECT_EQ(reader->scan(Lsn(1))->next().error().code, ErrorCode::kDenied);
  EXPECT_EQ(reader->read(Lsn(1)).error().code, ErrorCode::kDenied);
  EXPECT_EQ(reader->message(id).error().code, ErrorCode::kDenied);
}

TEST_F(SealedLog, RowsThatAreSwappedOrOfAnOlderKeyDoNotOpen) {
  box.open();
  const Lsn one = box.post("one");
  const Lsn two = box.post("two");
  box.close();
  change([&](Database& database) {
    const std::string first = row(database, database.msg(), one);
    put(database, database.msg(), one, row(database, database.msg(), two));
    put(database, database.msg(), two, first);
  });
  box.open();
  EXPECT_EQ(box.log().message(one).error().code, ErrorCode::kTampering);
  EXPECT_EQ(box.log().message(two).error().code, ErrorCode::kTampering);
}

TEST_F(SealedLog, AMessageWithoutItsKeyIsGone) {
  box.open();
  const Lsn id = box.post("one");
  box.close();
  change([&](Database& database) {
    EXPECT_TRUE(database.db().SingleDelete({}, database.key(), LsnKey(id).slice()).ok());
  });
  box.open();
  EXPECT_EQ(box.log().message(id).error().code, ErrorCode::kTampering);
}

TEST_F(SealedLog, ARecordThatSomebodyPutThereIsSeen) {
  box.open();
  (void)box.append("a");
  (void)box.append("b");
  box.close();
  std::string record;
  const std::vector<std::string_view> events = {"forged"};
  change([&](Database& database) {
    const std::string there = row(database, database.log(), Lsn(2));
    const Envelope envelope = check_envelope({Lsn(2), there}).value();
    (void)encode_record({Epoch(1), Lsn(2), envelope.previous, events, {}}, record);
    put(database, database.log(), Lsn(2), record);
  });
  EXPECT_EQ(refused().code, ErrorCode::kTampering);
  const auto keyless = judge_store(box.directory(), {}, nullptr);
  ASSERT_FALSE(keyless);
  EXPECT_EQ(keyless.error().code, ErrorCode::kTampering);
  EXPECT_THAT(keyless.error().text, HasSubstr("isn't sealed"));
}

TEST_F(SealedLog, APurgeDestroysTheKeysWithTheRows) {
  box.open();
  const Lsn id = box.post("what was said");
  const Lsn kept = box.post("what stays");
  ASSERT_TRUE(box.log().scrub());
  std::string own;
  std::string other;
  box.close();
  change([&](Database& database) {
    own = row(database, database.key(), id);
    other = row(database, database.key(), kept);
  });
  ASSERT_EQ(own.size(), kWrappedKeyBytes);
  box.open();
  EXPECT_NE(holders(own), "");
  box.purge(id);
  EXPECT_EQ(box.log().message(id).error().code, ErrorCode::kNegative);
  ASSERT_TRUE(box.log().scrub());
  EXPECT_EQ(holders(own), "");
  EXPECT_NE(holders(other), "");
  EXPECT_EQ(box.log().message(kept).value(), "what stays");
}

class SealedBody : public SealedLog {
 protected:
  // Of the file's head, in which its key is.
  [[nodiscard]] std::string head_of(int fd) const {
    std::string head(kSealedHeadBytes, 'x');
    EXPECT_EQ(::pread(fd, head.data(), head.size(), 0), static_cast<ssize_t>(head.size()));
    return head;
  }
  const std::string zeros = std::string(kSealedHeadBytes, '\0');
};

TEST_F(SealedBody, HasItsKeyOverwrittenBeforeItIsUnlinked) {
  box.open();
  const BodyFile file = box.upload("what was said");
  const Lsn id = box.post("row", file);
  const FileDescriptor fd(::open(path_of(file).c_str(), O_RDONLY | O_CLOEXEC));
  EXPECT_NE(head_of(fd.get()), zeros);
  auto reading = box.bodies().open(file).value();
  box.purge(id, file);
  ASSERT_TRUE(box.log().scrub());  // waits for the remover
  EXPECT_FALSE(fs::exists(path_of(file)));
  EXPECT_EQ(head_of(fd.get()), zeros);
  EXPECT_EQ(reading->read(0, 100).value(), "what was said") << "who reads it already goes on";
}

TEST_F(SealedBody, KeepsItsKeyWhereABackupHasItToo) {
  box.open();
  const BodyFile file = box.upload("what was said");
  const Lsn id = box.post("row", file);
  fs::create_hard_link(path_of(file), box.directory() + "/kept");
  box.purge(id, file);
  ASSERT_TRUE(box.log().scrub());
  EXPECT_FALSE(fs::exists(path_of(file)));
  const auto octets = testing::octets_of_file(box.directory() + "/kept");
  EXPECT_EQ(open_sealed_file(*keyring(), sealed_body_name(file), octets, "kept").value(),
            "what was said");
}

TEST_F(SealedBody, WhichNoMessageNamesIsDestroyedAtTheNextStart) {
  box.open();
  const BodyFile file = box.upload("what was said");
  const FileDescriptor fd(::open(path_of(file).c_str(), O_RDONLY | O_CLOEXEC));
  box.close();
  box.open();
  EXPECT_FALSE(fs::exists(path_of(file)));
  EXPECT_EQ(head_of(fd.get()), zeros);
}

// What a power cut leaves of an upload, and what can't be overwritten, as on a full disk.
TEST_F(SealedBody, WithoutAKeyToOverwriteKeepsNothingFromStarting) {
  box.open();
  const BodyFile cut = box.upload("what was said");
  const BodyFile stubborn = box.upload("what was said");
  box.close();
  fs::resize_file(path_of(cut), 0);
  fs::remove(path_of(stubborn));
  fs::create_symlink(path_of(stubborn), path_of(stubborn));  // it can't be opened
  EXPECT_EQ(refused().text, "it opens");
  EXPECT_FALSE(fs::exists(fs::symlink_status(path_of(cut))));
  EXPECT_FALSE(fs::exists(fs::symlink_status(path_of(stubborn))));
}

TEST_F(SealedBody, LosesItsKeyWithItsLastName) {
  box.open();
  const BodyFile file = box.upload("what was said");
  const Lsn id = box.post("row", file);
  const std::string second = box.directory() + "/kept";
  fs::create_hard_link(path_of(file), second);
  box.purge(id, file);
  ASSERT_TRUE(box.log().scrub());
  const FileDescriptor fd(::open(second.c_str(), O_RDONLY | O_CLOEXEC));
  EXPECT_NE(head_of(fd.get()), zeros);
  ASSERT_TRUE(remove_sealed_file(second));
  EXPECT_FALSE(fs::exists(second));
  EXPECT_EQ(head_of(fd.get()), zeros);
}

TEST_F(SealedBody, ThatIsCutKeepsTheLogFromStarting) {
  box.options().file_bytes = [](Lsn, std::string_view) -> Result<std::uint64_t> { return 200'000; };
  box.open();
  const BodyFile file = box.upload(std::string(200'000, 'x'));
  (void)box.post("row", file);
  box.close();
  EXPECT_EQ(refused().text, "it opens");
  fs::resize_file(path_of(file), kSealedHeadBytes + 2 * kChunkBytes);
  EXPECT_EQ(refused().code, ErrorCode::kCorruption);
}

TEST_F(SealedBody, ThatWasChangedIsReadUpToThere) {
  box.open();
  const BodyFile file = box.upload(std::string(200'000, 'x'));
  (void)box.post("row", file);
  testing::spoil(path_of(file), kSealedHeadBytes + kChunkBytes + 5);
  const auto body = box.bodies().open(file).value();
  EXPECT_EQ(body->size(), 200'000U);
  EXPECT_EQ(body->read(0, kChunkTextBytes).value(), std::string(kChunkTextBytes, 'x'));
  EXPECT_EQ(body->read(kChunkTextBytes, 1).error().code, ErrorCode::kTampering);
  EXPECT_EQ(body->read(2 * kChunkTextBytes, 3).value(), "xxx");
}

}  // namespace
}  // namespace mnm::log
