// Sealed views, index and bases: read as they were written, with no name in the files, and bound
// to their places.
#include "ops/row_seal.h"

#include <glog/logging.h>
#include <gtest/gtest.h>
#include <rocksdb/db.h>

#include <map>

#include "ops/base.h"
#include "ops/checkpoint.h"
#include "ops/listing.h"
#include "ops/projector.h"
#include "support/directory_image.h"
#include "support/engine_house.h"
#include "support/sealed.h"
#include "support/temp_dir.h"

namespace mnm::ops {
namespace {

class SealedViews : public ::testing::Test {
 protected:
  std::unique_ptr<Checkpoint> open(std::shared_ptr<const log::Keyring> with) const {
    return Checkpoint::open(views_path(), nullptr, std::move(with)).value();
  }
  [[nodiscard]] std::string views_path() const { return directory / "views"; }
  [[nodiscard]] std::string holders(std::string_view octets) const {
    return DirectoryImage(directory.path()).holders_of(octets);
  }
  // Those of the views, as they lie there, without the meta row.
  [[nodiscard]] std::map<std::string, std::string> stored_rows() const {
    std::map<std::string, std::string> rows;
    const auto db = database();
    const std::unique_ptr<rocksdb::Iterator> row(db->NewIterator({}));
    for (row->Seek("\x01"); row->Valid() && row->key().compare("\x20") < 0; row->Next()) {
      rows.emplace(row->key().ToString(), row->value().ToString());
    }
    return rows;
  }
  // Empty: there is none.
  void put_stored(const std::string& key, const std::string& value) const {
    const auto db = database();
    ASSERT_TRUE((value.empty() ? db->Delete({}, key) : db->Put({}, key, value)).ok());
  }
  [[nodiscard]] std::unique_ptr<rocksdb::DB> database() const {
    rocksdb::DB* db = nullptr;
    CHECK(rocksdb::DB::Open({}, views_path(), &db).ok());
    return std::unique_ptr<rocksdb::DB>(db);
  }
  // Checkpointed and indexed.
  void project(Checkpoint& checkpoint) {
    auto restored = restore_views(*house.log, checkpoint, bases).value();
    Projector projector(*house.log, checkpoint, restored, {});
    const auto stepped = projector.step();
    ASSERT_TRUE(stepped) << stepped.error().text;
  }

  const std::shared_ptr<log::Keyring> keyring = testing::keyring_of();
  const TempDir directory;
  const Bases bases{directory.path(), keyring};
  House house;
};

TEST_F(SealedViews, HoldNoNameAndGiveAllOfThemBack) {
  House::Device ann = house.join(Dialect::kMmtp, "ann-with-an-alias");
  House::Device bob = house.join(Dialect::kMmtp, "bob-with-an-alias");
  house.post(ann, bob.uid, "x");
  {
    const auto checkpoint = open(keyring);
    project(*checkpoint);
    // By name: a keyed hash is looked up.
    const auto& rows = checkpoint->rows();
    EXPECT_EQ(find_given(rows, GivenName::Kind::kAlias, "bob-with-an-alias").value(), 2U);
    EXPECT_EQ(find_given(rows, GivenName::Kind::kUid, ann.uid).value(), 1U);
    EXPECT_EQ(find_given(rows, GivenName::Kind::kAlias, "bob").value(), 0U);
    EXPECT_EQ(index_position(rows).value(), house.log->durable());
  }
  EXPECT_EQ(holders("with-an-alias"), "");
  const auto reader = CheckpointReader::open(views_path(), keyring).value();
  state::Views views;
  EXPECT_EQ(reader->load(views).value(), house.log->durable());
  EXPECT_EQ(views.digest(), house.views().digest());
  EXPECT_EQ(find_given(reader->rows(), GivenName::Kind::kUid, bob.uid).value(), 2U);
}

TEST_F(SealedViews, AreMadeAnewWhereTheyAreNotOfThisKeyring) {
  (void)house.join();
  project(*open(testing::keyring_of()));
  const auto checkpoint = open(keyring);
  EXPECT_EQ(checkpoint->position().error().code, ErrorCode::kCorruption);
  const auto restored = restore_views(*house.log, *checkpoint, bases);
  ASSERT_TRUE(restored) << restored.error().text;
  EXPECT_FALSE(restored->checkpoint);
  EXPECT_EQ(checkpoint->position().value(), house.log->durable());
}

// By who may write but has no key: an older value of a row, in its own place; or none.
TEST_F(SealedViews, AreRefusedWithAnOlderRowOrWithoutOne) {
  House::Device ann = house.join(Dialect::kMmtp, "ann");
  project(*open(keyring));
  const std::map<std::string, std::string> before = stored_rows();
  const House::Device bob = house.join(Dialect::kMmtp, "bob");
  house.post(ann, bob.uid, "x");
  project(*open(keyring));
  const std::map<std::string, std::string> after = stored_rows();
  const auto load = [&]() -> Result<log::Position> {
    state::Views views;
    return open(keyring)->load(views);
  };
  ASSERT_EQ(load().value(), house.log->durable());
  std::size_t replaced = 0;
  for (const auto& [key, value] : after) {
    const auto old = before.find(key);
    if (old != before.end() && old->second == value) continue;
    put_stored(key, old == before.end() ? std::string() : old->second);
    ASSERT_FALSE(load()) << "row " << replaced;
    put_stored(key, value);
    ++replaced;
  }
  EXPECT_GT(replaced, 3U);
  EXPECT_TRUE(load());
}

TEST_F(SealedViews, ARowOpensUnderItsOwnKeyAlone) {
  const RowSeal seal(keyring);
  std::string sealed;
  std::string opened;
  const std::string stored(seal.stored_value("key", "value", sealed));
  EXPECT_EQ(seal.value("key", stored, opened).value(), "value");
  EXPECT_FALSE(seal.value("other key", stored, opened));
  EXPECT_FALSE(seal.value("key", "value", opened));
  for (std::size_t i = 0; i < stored.size(); ++i) {
    std::string flipped = stored;
    flipped[i] = static_cast<char>(flipped[i] ^ 1);
    EXPECT_FALSE(seal.value("key", flipped, opened)) << i;
  }
}

TEST_F(SealedViews, WithoutAKeyringRowsAreAsTheyAre) {
  const RowSeal seal;
  std::string buffer;
  EXPECT_EQ(seal.stored_key("!name", buffer), "!name");
  EXPECT_EQ(seal.stored_value("key", "value", buffer), "value");
  EXPECT_EQ(seal.value("key", "value", buffer).value(), "value");
}

TEST_F(SealedViews, ABaseIsAsItWasAndHasNoName) {
  (void)house.join(Dialect::kMmtp, "ann-with-an-alias");
  const log::Position at = house.log->durable();
  const auto written = bases.write(house.views(), at, {}).value();
  EXPECT_EQ(holders("with-an-alias"), "");
  const auto base = bases.load(at.lsn);
  ASSERT_TRUE(base) << base.error().text;
  EXPECT_EQ(base->views.digest(), house.views().digest());
  EXPECT_EQ(base->info.file_hash, written.file_hash);
  EXPECT_EQ(Bases(directory.path()).load(at.lsn).error().code, ErrorCode::kDenied);
  EXPECT_EQ(Bases(directory.path(), testing::keyring_of()).load(at.lsn).error().code,
            ErrorCode::kTampering);
  // What an event vouches for is the same as of a plain one.
  const TempDir other;
  EXPECT_EQ(Bases(other.path()).write(house.views(), at, {}).value().file_hash, written.file_hash);
}

}  // namespace
}  // namespace mnm::ops
