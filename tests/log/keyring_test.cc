// The keyring: opened with its own secret alone, every octet flipped, renewed, sealed anew, and
// whole whatever a crash leaves.
#include "log/keyring.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "base/crypto.h"
#include "base/text.h"
#include "log/data_directory.h"
#include "support/sealed.h"

namespace mnm::log {
namespace {

using testing::kKeyText;
using testing::kOtherKeyText;
using testing::octets_of_file;
using testing::secret_of;

constexpr std::uint64_t kNow = 1'700'000'000;
constexpr const char* kPassphrase = "correct horse battery staple";

class Keys : public ::testing::Test {
 protected:
  [[nodiscard]] std::string path() const { return directory.path() + "/keyring"; }
  std::shared_ptr<Keyring> create(const std::string& secret = kKeyText) const {
    return Keyring::create(directory.path(), secret_of(secret), kNow).value();
  }
  [[nodiscard]] Result<std::shared_ptr<Keyring>> load(const std::string& secret = kKeyText) const {
    return Keyring::load(directory.path(), secret_of(secret));
  }
  [[nodiscard]] ErrorCode why_not(const std::string& secret = kKeyText) const {
    const auto loaded = load(secret);
    return loaded ? ErrorCode{} : loaded.error().code;
  }
  void write(const std::string& octets) const { ASSERT_TRUE(replace_file(path(), octets, 0600)); }

  const TempDir directory;
};

TEST_F(Keys, AreTheSameWhenTheyAreLoadedAgain) {
  const auto made = create();
  EXPECT_EQ(std::filesystem::status(path()).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  const auto loaded = load().value();
  EXPECT_EQ(loaded->current().id, 1U);
  EXPECT_EQ(loaded->current().octets, made->current().octets);
  EXPECT_EQ(loaded->name_key(), made->name_key());
  EXPECT_NE(loaded->name_key(), loaded->current().octets);
  EXPECT_EQ(loaded->find(1), made->current().octets);
  EXPECT_FALSE(loaded->find(0));
  EXPECT_FALSE(loaded->find(2));
}

TEST_F(Keys, AreOfOneDirectory) {
  const auto made = create();
  EXPECT_NE(made->current().octets, testing::keyring_of()->current().octets);
}

TEST_F(Keys, AreRefusedWithAnotherSecret) {
  (void)create();
  EXPECT_EQ(why_not(kOtherKeyText), ErrorCode::kDenied);
  EXPECT_EQ(why_not(kPassphrase), ErrorCode::kDenied);
  EXPECT_EQ(why_not(), ErrorCode{});
}

TEST_F(Keys, MayHaveAPassphrase) {
  const auto made = create(kPassphrase);
  EXPECT_EQ(load(kPassphrase).value()->current().octets, made->current().octets);
  EXPECT_EQ(why_not("correct horse battery stable"), ErrorCode::kDenied);
  EXPECT_EQ(why_not(), ErrorCode::kDenied);
}

TEST_F(Keys, AreNotInTheFile) {
  const auto made = create();
  const std::string octets = octets_of_file(path());
  EXPECT_EQ(octets.find(made->current().octets), std::string::npos);
  EXPECT_EQ(octets.find(made->name_key()), std::string::npos);
}

TEST_F(Keys, ADirectoryIsSealedOrNotAndOpenedAccordingly) {
  const KeySecret secret = secret_of(kKeyText);
  EXPECT_FALSE(is_sealed(directory.path()));
  EXPECT_EQ(Keyring::load_if_sealed(directory.path(), nullptr).value(), nullptr);
  const auto plain = Keyring::load_if_sealed(directory.path(), &secret);
  ASSERT_FALSE(plain);
  EXPECT_EQ(plain.error().code, ErrorCode::kUsage);
  EXPECT_NE(plain.error().text.find("isn't sealed"), std::string::npos) << plain.error().text;
  (void)create();
  EXPECT_TRUE(is_sealed(directory.path()));
  EXPECT_TRUE(Keyring::load_if_sealed(directory.path(), &secret));
  const auto keyless = Keyring::load_if_sealed(directory.path(), nullptr);
  ASSERT_FALSE(keyless);
  EXPECT_EQ(keyless.error().code, ErrorCode::kUsage);
  EXPECT_NE(keyless.error().text.find("--key"), std::string::npos) << keyless.error().text;
}

TEST_F(Keys, SeeEachOctetThatIsFlippedAndEachCut) {
  (void)create();
  const std::string octets = octets_of_file(path());
  const KeySecret secret = secret_of(kKeyText);
  for (std::size_t i = 0; i < octets.size(); ++i) {
    std::string flipped = octets;
    flipped[i] = static_cast<char>(flipped[i] ^ 1);
    EXPECT_EQ(Keyring::decode(flipped, "it", secret).error().code, ErrorCode::kCorruption) << i;
    EXPECT_FALSE(Keyring::decode(octets.substr(0, i), "it", secret)) << i;
  }
  EXPECT_TRUE(Keyring::decode(octets, "it", secret));
}

// With a hash that fits, too: whoever hasn't the secret can't make one up.
TEST_F(Keys, SeeEachOctetThatIsForged) {
  (void)create();
  const std::string octets = octets_of_file(path());
  const KeySecret secret = secret_of(kKeyText);
  const std::size_t hashed = octets.size() - sizeof(Hash);
  for (std::size_t i = 0; i < hashed; ++i) {
    std::string forged = octets.substr(0, hashed);
    forged[i] = static_cast<char>(forged[i] ^ 1);
    forged += as_bytes(sha256(forged));
    EXPECT_FALSE(Keyring::decode(forged, "it", secret)) << i;
  }
}

TEST_F(Keys, AreRenewedAfterAPeriodAndTheOldOnesKept) {
  const auto keyring = create();
  const std::string first(keyring->current().octets);
  ASSERT_TRUE(keyring->renew_if_due(kNow + kDataKeyPeriodSeconds - 1));
  EXPECT_EQ(keyring->current().id, 1U);
  ASSERT_TRUE(keyring->renew_if_due(kNow - 1));  // a clock that was put back
  EXPECT_EQ(keyring->current().id, 1U);
  ASSERT_TRUE(keyring->renew_if_due(kNow + kDataKeyPeriodSeconds));
  EXPECT_EQ(keyring->current().id, 2U);
  EXPECT_EQ(keyring->generation(), 2U);
  EXPECT_NE(keyring->current().octets, first);
  EXPECT_EQ(keyring->find(1), first);
  const auto loaded = load().value();
  EXPECT_EQ(loaded->current().octets, keyring->current().octets);
  EXPECT_EQ(loaded->find(1), first);
}

TEST_F(Keys, ARenewalThatCannotBeWrittenChangesNothing) {
  const auto keyring = create();
  const std::string octets = octets_of_file(path());
  std::filesystem::create_directory(path() + ".new");  // where the draft would be
  EXPECT_FALSE(keyring->renew_if_due(kNow + kDataKeyPeriodSeconds));
  EXPECT_EQ(keyring->current().id, 1U);
  EXPECT_EQ(keyring->generation(), 1U);
  EXPECT_EQ(octets_of_file(path()), octets);
}

TEST_F(Keys, AreSealedAnewWithAnotherSecret) {
  const auto before = create();
  ASSERT_TRUE(Keyring::rekey(directory.path(), secret_of(kKeyText), secret_of(kPassphrase), kNow));
  EXPECT_EQ(why_not(), ErrorCode::kDenied);
  const auto after = load(kPassphrase).value();
  EXPECT_EQ(after->find(1), before->current().octets);
  EXPECT_EQ(after->name_key(), before->name_key());
  EXPECT_EQ(after->current().id, 2U);  // what comes isn't for who had the old one
  EXPECT_EQ(after->generation(), 2U);
}

// While it is in use: what was sealed is found on, what comes is sealed with a new data key.
TEST_F(Keys, AreSealedAnewWhileTheyAreInUse) {
  const auto keyring = create();
  const std::string first(keyring->current().octets);
  const std::string first_id = keyring->key_id();
  ASSERT_TRUE(keyring->reseal(secret_of(kOtherKeyText), kNow + 1));
  EXPECT_EQ(why_not(), ErrorCode::kDenied);
  EXPECT_EQ(keyring->find(1), first);
  EXPECT_EQ(keyring->current().id, 2U);
  EXPECT_NE(keyring->key_id(), first_id);
  const auto loaded = load(kOtherKeyText).value();
  EXPECT_EQ(loaded->current().octets, keyring->current().octets);
  EXPECT_EQ(loaded->key_id(), keyring->key_id());
  // With the new one from here on, whatever is written.
  ASSERT_TRUE(keyring->rekey_told(2));
  EXPECT_EQ(why_not(kOtherKeyText), ErrorCode{});
  EXPECT_EQ(why_not(), ErrorCode::kDenied);
}

TEST_F(Keys, ThatCannotBeSealedAnewStayAsTheyWere) {
  const auto keyring = create();
  const std::string octets = octets_of_file(path());
  std::filesystem::create_directory(path() + ".new");  // where the draft would be
  EXPECT_FALSE(keyring->reseal(secret_of(kOtherKeyText), kNow));
  EXPECT_EQ(octets_of_file(path()), octets);
  EXPECT_EQ(keyring->current().id, 1U);
  EXPECT_FALSE(keyring->untold_rekey());
  std::filesystem::remove(path() + ".new");
  ASSERT_TRUE(keyring->renew_if_due(kNow + kDataKeyPeriodSeconds));
  EXPECT_EQ(why_not(), ErrorCode{});
}

TEST_F(Keys, MarkARekeyAsToldWhenTheDiskAllowsIt) {
  const auto keyring = create();
  ASSERT_TRUE(keyring->reseal(secret_of(kOtherKeyText), kNow));
  std::filesystem::create_directory(path() + ".new");  // where the draft would be
  EXPECT_FALSE(keyring->rekey_told(2));
  EXPECT_FALSE(keyring->renew_if_due(kNow + kDataKeyPeriodSeconds));
  EXPECT_EQ(keyring->current().id, 2U);
  std::filesystem::remove(path() + ".new");
  ASSERT_TRUE(keyring->renew_if_due(kNow + 1));
  EXPECT_FALSE(load(kOtherKeyText).value()->untold_rekey());
  ASSERT_TRUE(keyring->renew_if_due(kNow + kDataKeyPeriodSeconds));
  EXPECT_EQ(keyring->current().id, 3U);
}

// What was told is the one before, which nobody could write down.
TEST_F(Keys, AreToldOfOnceMoreAfterAnotherRekey) {
  const auto keyring = create();
  ASSERT_TRUE(keyring->reseal(secret_of(kOtherKeyText), kNow));
  std::filesystem::create_directory(path() + ".new");
  EXPECT_FALSE(keyring->rekey_told(2));
  std::filesystem::remove(path() + ".new");
  ASSERT_TRUE(keyring->reseal(secret_of(kKeyText), kNow + 1));
  ASSERT_TRUE(keyring->renew_if_due(kNow + 2));
  EXPECT_EQ(load().value()->untold_rekey().value().data_key, 3U);
}

TEST_F(Keys, RememberARekeyUntilTheLogWasTold) {
  const auto keyring = create();
  EXPECT_FALSE(keyring->untold_rekey());
  ASSERT_TRUE(keyring->reseal(secret_of(kOtherKeyText), kNow + 5));
  ASSERT_TRUE(keyring->reseal(secret_of(kKeyText), kNow + 9));
  const auto loaded = load().value();
  const auto untold = loaded->untold_rekey();
  ASSERT_TRUE(untold);
  EXPECT_EQ(untold->rekeys, 2U);
  EXPECT_EQ(untold->data_key, 3U);
  EXPECT_EQ(untold->utc_s, kNow + 9);
  EXPECT_EQ(untold->key_id, loaded->key_id());
  // Not before it is told: its data key and its time would be another's.
  ASSERT_TRUE(loaded->renew_if_due(kNow + 9 + kDataKeyPeriodSeconds));
  EXPECT_EQ(loaded->current().id, 3U);
  ASSERT_TRUE(loaded->rekey_told(2));  // an older one
  EXPECT_TRUE(loaded->untold_rekey());
  ASSERT_TRUE(loaded->rekey_told(3));
  EXPECT_FALSE(loaded->untold_rekey());
  EXPECT_FALSE(load().value()->untold_rekey());
  ASSERT_TRUE(loaded->renew_if_due(kNow + 9 + kDataKeyPeriodSeconds));
  EXPECT_EQ(load().value()->current().id, 4U);
}

TEST_F(Keys, HaveAnIdThatNamesTheSecretAndIsNoneOfItsOctets) {
  const auto keyring = create();
  EXPECT_EQ(keyring->key_id().size(), 8U);
  EXPECT_EQ(keyring->key_id(), testing::keyring_of()->key_id());  // of another directory
  EXPECT_NE(keyring->key_id(), testing::keyring_of(kOtherKeyText)->key_id());
  EXPECT_EQ(octets_of_file(path()).find(keyring->key_id()), std::string::npos);
}

// Elsewhere than in a directory; a failure's outcome may be either.
TEST_F(Keys, LieWhereverTheyArePut) {
  std::string kept;
  bool stores = true;
  bool works = true;
  const auto replace = [&](const std::string& octets) -> Result<void> {
    if (stores) kept = octets;
    if (works) return {};
    return fail(ErrorCode::kUnavailable, "no");
  };
  const auto made = Keyring::create(replace, secret_of(kKeyText), kNow).value();
  const auto keyring = Keyring::decode(kept, "it", secret_of(kKeyText), replace).value();
  EXPECT_EQ(keyring->current().octets, made->current().octets);
  works = false;
  ASSERT_FALSE(keyring->reseal(secret_of(kOtherKeyText), kNow));
  EXPECT_TRUE(Keyring::decode(kept, "it", secret_of(kOtherKeyText)));
  works = true;
  ASSERT_TRUE(keyring->renew_if_due(kNow + kDataKeyPeriodSeconds));
  EXPECT_TRUE(Keyring::decode(kept, "it", secret_of(kKeyText)));
  EXPECT_FALSE(std::filesystem::exists(path()));
}

TEST_F(Keys, AreNotSealedAnewByWhoHasNotTheOldSecret) {
  (void)create();
  const std::string octets = octets_of_file(path());
  const auto done =
      Keyring::rekey(directory.path(), secret_of(kOtherKeyText), secret_of(kPassphrase), kNow);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::kDenied);
  EXPECT_EQ(octets_of_file(path()), octets);
}

// What a crash leaves at each step: a part of the new one beside the old one, or the new one.
TEST_F(Keys, OpenWithTheOldOrTheNewSecretWhereverARekeyIsCut) {
  (void)create();
  const std::string before = octets_of_file(path());
  ASSERT_TRUE(
      Keyring::rekey(directory.path(), secret_of(kKeyText), secret_of(kOtherKeyText), kNow));
  const std::string after = octets_of_file(path());
  for (std::size_t size = 0; size <= after.size(); size += 16) {
    write(before);
    ASSERT_TRUE(replace_file(path() + ".draft", after.substr(0, size), 0600));
    std::filesystem::rename(path() + ".draft", path() + ".new");
    EXPECT_EQ(why_not(), ErrorCode{}) << size;
    // And the next try goes through.
    ASSERT_TRUE(
        Keyring::rekey(directory.path(), secret_of(kKeyText), secret_of(kOtherKeyText), kNow));
    EXPECT_EQ(why_not(kOtherKeyText), ErrorCode{}) << size;
    EXPECT_EQ(why_not(), ErrorCode::kDenied) << size;
  }
}

// A second name keeps the old octets, as a backup's hard link would: those aren't touched. Without
// one they are gone, which a descriptor that was open before shows.
TEST_F(Keys, TheFileThatWasReplacedIsOverwritten) {
  (void)create();
  const FileDescriptor old(::open(path().c_str(), O_RDONLY | O_CLOEXEC));
  ASSERT_TRUE(
      Keyring::rekey(directory.path(), secret_of(kKeyText), secret_of(kOtherKeyText), kNow));
  std::string octets(64, 'x');
  ASSERT_EQ(::pread(old.get(), octets.data(), octets.size(), 0), 64);
  EXPECT_EQ(octets, std::string(64, '\0'));

  const std::string kept = octets_of_file(path());
  std::filesystem::create_hard_link(path(), path() + ".kept");
  ASSERT_TRUE(
      Keyring::rekey(directory.path(), secret_of(kOtherKeyText), secret_of(kKeyText), kNow));
  EXPECT_EQ(octets_of_file(path() + ".kept"), kept);
}

TEST_F(Keys, OfARenewalAreFoundByWhoReadThemBefore) {
  const auto relay = create();
  const auto reader = Keyring::load(directory.path(), secret_of(kKeyText)).value();
  const std::string_view first = *reader->find(1);
  EXPECT_FALSE(reader->find(2));
  ASSERT_TRUE(relay->renew_if_due(kNow + kDataKeyPeriodSeconds));
  ASSERT_TRUE(reader->find(2));
  EXPECT_EQ(*reader->find(2), *relay->find(2));
  EXPECT_EQ(*reader->find(1), first);
  EXPECT_EQ(reader->generation(), relay->generation());
  EXPECT_FALSE(reader->find(3));
}

// Of a renewal a backup that is copying it needs it to the end.
TEST_F(Keys, TheFileThatWasRenewedIsLeftAsItWas) {
  const auto keyring = create();
  const std::string before = octets_of_file(path());
  std::ifstream copying(path(), std::ios::binary);
  ASSERT_TRUE(keyring->renew_if_due(kNow + kDataKeyPeriodSeconds));
  ASSERT_NE(octets_of_file(path()), before);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(copying), {}), before);
}

// tests/golden/keyring.hex: made of the passphrase, in November 2023, renewed once.
TEST_F(Keys, OfTheGoldenFileOpen) {
  std::string text = octets_of_file(MNM_SOURCE_DIR "/tests/golden/keyring.hex");
  std::erase(text, '\n');
  const auto octets = hex_decode(text);
  ASSERT_TRUE(octets);
  const auto keyring = Keyring::decode(*octets, "golden", secret_of(kPassphrase));
  ASSERT_TRUE(keyring) << keyring.error().text;
  EXPECT_EQ((*keyring)->data_keys(), 2U);
  EXPECT_EQ((*keyring)->generation(), 2U);
  EXPECT_EQ(hex_encode(as_bytes(sha256((*keyring)->name_key()))),
            "6175f9cd262e9a7405cfe9587c0a42539303330bbf0d861c7fa96170c853cb18");
  EXPECT_EQ(hex_encode(as_bytes(sha256((*keyring)->current().octets))),
            "24eb0021d31f231adc9f007aaa21ee2103718e0b19b3c233ef67c42bc70e8616");
}

}  // namespace
}  // namespace mnm::log
