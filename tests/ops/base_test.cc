// A base's octets: one golden file, every change and every cut noticed, other versions named.
#include "ops/base.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/text.h"
#include "support/temp_dir.h"

namespace mnm::ops {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::size_t kVersionAt = 8;

// A user who is connected, and a message that waits for the other one.
state::Views example() {
  state::Views views;
  state::Changes changes;
  const auto fold = [&](event::Event event) {
    views.evolve(next(views.applied()), event, changes);
  };
  event::Event event;
  event.mutable_epoch_started()->set_epoch(1);
  fold(event);
  for (std::uint32_t user = 1; user <= 2; ++user) {
    event::Registered& registered = *event.mutable_registered();
    registered.set_user(user);
    registered.set_uid(user == 1 ? "ANN" : "BOB");
    registered.set_node(user);
    registered.set_node_name("phone");
    registered.set_verifier(std::string(32, 'v'));
    fold(event);
  }
  event.mutable_actor()->set_user(1);
  event.mutable_actor()->set_node(1);
  event.mutable_actor()->set_session(1);
  event.mutable_logged_in();
  fold(event);
  event::Stored& stored = *event.mutable_stored();
  stored.set_kind(message::DELIVERY);
  stored.add_recipients(2);
  stored.set_data_bytes(5);
  stored.set_row_bytes(60);
  fold(event);
  return views;
}

class BaseFile : public testing::Test {
 protected:
  BaseFile() {
    at_.epoch = Epoch(1);
    at_.lsn = views_.applied();
    at_.chain.fill(0xc4);
    for (int i = 0; i < 3; ++i) range_.append(at_.chain);
  }
  BaseInfo write() {
    auto info = bases_.write(views_, at_, range_);
    CHECK(info) << info.error().text;
    return *info;
  }
  [[nodiscard]] std::string path() const { return dir_ / "base/" + Bases::name(at_.lsn); }
  [[nodiscard]] std::string octets() const {
    std::ifstream file(path(), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  // Puts the octets there, with a hash that fits when `sealed`.
  Result<Base> read(std::string octets, bool sealed = false) {
    if (sealed) octets += as_bytes(sha256(octets));
    std::ofstream(path(), std::ios::binary | std::ios::trunc) << octets;
    return bases_.load(at_.lsn);
  }

  TempDir dir_;
  Bases bases_{dir_.path()};
  state::Views views_ = example();
  log::Position at_;
  log::MerkleRange range_;
};

TEST_F(BaseFile, HasTheOctetsOfTheGoldenFile) {
  (void)write();
  const std::string golden_path = std::string(MNM_SOURCE_DIR) + "/tests/golden/base.hex";
  if (std::getenv("MNM_WRITE_GOLDEN") != nullptr) {
    std::ofstream(golden_path) << hex_encode(octets()) << "\n";
  }
  std::string golden;
  ASSERT_TRUE(std::ifstream(golden_path) >> golden);
  EXPECT_EQ(hex_encode(octets()), golden)
      << "a base can't be made again: a new version is read beside the old one (state/rows.h)";
}

TEST_F(BaseFile, GivesTheViewsBack) {
  const BaseInfo info = write();
  const auto base = bases_.load(at_.lsn);
  ASSERT_TRUE(base) << base.error().text;
  EXPECT_EQ(base->info.at, at_);
  EXPECT_EQ(base->info.range, range_);
  EXPECT_EQ(base->info.file_hash, info.file_hash);
  EXPECT_EQ(base->info.digest, views_.digest());
  EXPECT_EQ(base->views.digest(), views_.digest());
  EXPECT_EQ(base->views.node(NodeNo(1)).session, SessionId(1)) << "which is in no digest";
}

TEST_F(BaseFile, IsDamagedWhenAnyOctetIsAnotherOrMissing) {
  (void)write();
  const std::string whole = octets();
  for (std::size_t i = 0; i < whole.size(); ++i) {
    std::string changed = whole;
    changed[i] = static_cast<char>(changed[i] ^ 0x40);
    const auto read_changed = read(changed);
    ASSERT_FALSE(read_changed) << "octet " << i;
    EXPECT_EQ(read_changed.error().code, ErrorCode::kCorruption);
    EXPECT_FALSE(read(whole.substr(0, i))) << "cut at " << i;
  }
}

TEST_F(BaseFile, CutOffAndSealedAnewIsRefusedAllTheSame) {
  (void)write();
  const std::string content = octets().substr(0, octets().size() - sizeof(Hash));
  ASSERT_TRUE(read(content, true));
  for (std::size_t i = 0; i < content.size(); ++i) {
    EXPECT_FALSE(read(content.substr(0, i), true)) << "cut at " << i;
  }
  EXPECT_FALSE(read(content + '\0', true));
}

TEST_F(BaseFile, OfAnotherVersionIsNamed) {
  (void)write();
  std::string content = octets().substr(0, octets().size() - sizeof(Hash));
  content[kVersionAt + 3] = '\x63';
  const auto base = read(content, true);
  ASSERT_FALSE(base);
  EXPECT_EQ(base.error().code, ErrorCode::kUnknownFormat);
  EXPECT_THAT(base.error().text, HasSubstr("version 99"));
}

TEST_F(BaseFile, UnderAnotherLsnIsDamaged) {
  (void)write();
  std::filesystem::rename(path(), dir_ / "base/" + Bases::name(Lsn(3)));
  EXPECT_EQ(bases_.load(Lsn(3)).error().code, ErrorCode::kCorruption);
  EXPECT_EQ(bases_.load(at_.lsn).error().code, ErrorCode::kNegative);
}

TEST_F(BaseFile, ThatIsUnfinishedIsNoneAndGoes) {
  (void)write();
  std::ofstream(path() + ".new") << "half";
  ASSERT_TRUE(bases_.list());
  EXPECT_THAT(*bases_.list(), ElementsAre(at_.lsn));
  ASSERT_TRUE(bases_.remove_before(at_.lsn));
  EXPECT_FALSE(std::filesystem::exists(path() + ".new"));
  EXPECT_TRUE(std::filesystem::exists(path()));
}

}  // namespace
}  // namespace mnm::ops
