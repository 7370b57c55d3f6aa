// A sealed data directory under a real relay: nothing personal is in any of its files, it opens
// with its key alone, and what is purged can't be read any more.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <optional>

#include "base/crypto.h"
#include "base/text.h"
#include "support/made_body.h"
#include "support/relay_box.h"
#include "support/run_program.h"
#include "support/sealed.h"
#include "support/wire_client.h"

namespace mnm::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

constexpr std::size_t kLargeBytes = 200'000;

// Octets that compression can't hide.
std::string marked(const std::string& marker, std::size_t size) {
  return marker + MadeBody(7, size - marker.size()).text();
}

class Sealed : public ::testing::Test {
 protected:
  Sealed()
      : relay({"--key", key.path(), "--purge-window", "1h", "--checkpoint-interval", "100ms"}) {}

  void enter_both() {
    ann.emplace(relay.tcp(), Dialect::kMmtp);
    ann_node = ann->enter("telephone-of-ann", "ann-with-an-alias");
    bob.emplace(relay.local(), Dialect::kTmtp);
    bob_node = bob->enter("telephone-of-bob", "bob-with-an-alias");
  }
  void post_both() {
    ann->post(std::to_string(++posts), {user(bob_node.uid)}, marked(small, 500));
    ann->post(std::to_string(++posts), {user(bob_node.uid)}, marked(large, kLargeBytes));
  }
  [[nodiscard]] std::string holders(const std::string& octets) const {
    return relay.image().holders_of(octets);
  }
  // Of all that is personal, as it could be found with grep.
  void expect_nothing_personal() const {
    const std::vector<std::string> words = {
        "with-an-alias", "telephone-of", ann_node.uid, bob_node.uid, ann_node.node,
        bob_node.node,   small,          large,        "127.0.0.1",  *base32_decode(ann_node.node)};
    const DirectoryImage image = relay.image();
    for (const std::string& word : words) EXPECT_EQ(image.holders_of(word), "") << word;
  }
  Ran program(const std::string& name, std::vector<std::string> arguments) const {
    arguments.insert(arguments.end(), {"--data", relay.data()});
    return run_program(MNM_BIN_DIR "/" + name, std::move(arguments));
  }

  const std::string small = random_bytes(24);
  const std::string large = random_bytes(24);
  int posts = 0;
  const KeyFile key;
  const KeyFile other_key{kOtherKeyText};
  RelayBox relay;
  std::optional<WireClient> ann;
  std::optional<WireClient> bob;
  Identity ann_node;
  Identity bob_node;
};

TEST_F(Sealed, NothingPersonalIsInAnyFileAndAllOfItIsBackAfterAKill) {
  enter_both();
  post_both();
  ASSERT_EQ(relay.admin("scrub"), "{\"ok\":true}\n");  // from the WAL into tables, too
  post_both();
  (void)relay.admin("checkpoint");
  EXPECT_EQ(relay.bodies(), 2U);
  expect_nothing_personal();
  relay.kill();
  expect_nothing_personal();
  relay.start();
  bob.emplace(relay.local(), Dialect::kTmtp);
  bob->login(bob_node);
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(bob->take_delivery().data, marked(small, 500));
    EXPECT_EQ(bob->take_delivery().data, marked(large, kLargeBytes));
  }
  bob->settle_acks();
  EXPECT_EQ(relay.stop(), 0);
  expect_nothing_personal();
}

TEST_F(Sealed, OpensWithItsKeyAlone) {
  enter_both();
  relay.kill();
  const DirectoryImage before = relay.image();
  std::string said;
  EXPECT_EQ(relay.refused(said, {"--key", other_key.path()}), exit_code(ErrorCode::kDenied));
  EXPECT_THAT(said, HasSubstr("another key"));
  EXPECT_EQ(relay.refused(said), exit_code(ErrorCode::kUsage));
  EXPECT_THAT(said, HasSubstr("--key"));
  EXPECT_EQ(before.difference(relay.image()), "");
  fs::rename(relay.data() + "/keyring", relay.directory() / "keyring");
  EXPECT_EQ(relay.refused(said), exit_code(ErrorCode::kCorruption));
  EXPECT_THAT(said, HasSubstr("keyring"));
  fs::rename(relay.directory() / "keyring", relay.data() + "/keyring");
  relay.start();
}

TEST_F(Sealed, APlainOneIsRefusedWithAKey) {
  RelayBox plain;
  plain.kill();
  std::string said;
  EXPECT_EQ(plain.refused(said, {"--key", key.path()}), exit_code(ErrorCode::kUsage));
  EXPECT_THAT(said, HasSubstr("isn't sealed"));
  EXPECT_THAT(said, HasSubstr("--into-key"));
  EXPECT_FALSE(fs::exists(plain.data() + "/keyring"));
  plain.start();
}

TEST_F(Sealed, IsReadAndVerifiedWithTheKeyAndItsEnvelopesWithoutIt) {
  enter_both();
  post_both();
  EXPECT_EQ(relay.stop(), 0);
  const Ran with = program("mnmlog", {"verify", "--key", key.path()});
  EXPECT_EQ(with.code, 0) << with.out << with.err;
  EXPECT_THAT(with.out, HasSubstr("2 wait"));
  const Ran without = program("mnmlog", {"verify"});
  EXPECT_EQ(without.code, 0) << without.out << without.err;
  EXPECT_THAT(without.out, HasSubstr("no key was given"));
  const Ran wrong = program("mnmlog", {"verify", "--key", other_key.path()});
  EXPECT_EQ(wrong.code, exit_code(ErrorCode::kDenied));

  const Ran shown = program("mnmlog", {"show", "--key", key.path()});
  EXPECT_EQ(shown.code, 0) << shown.err;
  EXPECT_THAT(shown.out, HasSubstr("bob-with-an-alias"));
  const Ran keyless = program("mnmlog", {"show"});
  EXPECT_EQ(keyless.code, exit_code(ErrorCode::kDenied));
  EXPECT_THAT(keyless.err, HasSubstr("--key"));
}

// The views' octets, too, and those of a base, which begins a log that was trimmed.
TEST_F(Sealed, ABaseIsSealed) {
  enter_both();
  post_both();
  (void)relay.admin("checkpoint");  // what isn't in one yet is kept
  const Ran retained =
      program("mnmctl", {"--yes", "retain", "--before", "5", "--reason", "a test"});
  ASSERT_EQ(retained.code, 0) << retained.err;
  EXPECT_FALSE(fs::is_empty(relay.data() + "/base"));
  expect_nothing_personal();
  relay.kill();
  fs::remove_all(relay.data() + "/views");
  relay.start();
  EXPECT_EQ(relay.stop(), 0);
  const Ran verified = program("mnmlog", {"verify", "--key", key.path()});
  EXPECT_EQ(verified.code, 0) << verified.out << verified.err;
  EXPECT_THAT(verified.out, HasSubstr("was trimmed"));
  EXPECT_EQ(program("mnmlog", {"verify"}).code, 0);
}

TEST_F(Sealed, IsOpenedWithTheNewKeyAfterARekey) {
  enter_both();
  post_both();
  EXPECT_EQ(relay.stop(), 0);
  const DirectoryImage before = relay.image();
  const Ran rekeyed =
      program("mnmctl", {"rekey", "--key", key.path(), "--new-key", other_key.path()});
  ASSERT_EQ(rekeyed.code, 0) << rekeyed.err;
  EXPECT_EQ(before.difference(relay.image()), "keyring differs; ");
  std::string said;
  EXPECT_EQ(relay.refused(said, {"--key", key.path()}), exit_code(ErrorCode::kDenied));
  relay.set_options({"--key", other_key.path()});
  relay.start();
  bob.emplace(relay.local(), Dialect::kTmtp);
  bob->login(bob_node);
  EXPECT_EQ(bob->take_delivery().data, marked(small, 500));
}

TEST_F(Sealed, APurgeLeavesNoKey) {
  enter_both();
  post_both();
  const std::string kept = relay.directory() / "kept";
  fs::create_directory(kept);
  std::string name;
  for (const auto& entry : fs::directory_iterator(relay.data() + "/body")) {
    name = entry.path().filename();
    fs::copy_file(entry.path(), kept + "/" + name);
  }
  ASSERT_NE(name, "");
  // What was in the file stays readable through a descriptor, as a disk's blocks would be.
  const int fd = ::open((relay.data() + "/body/" + name).c_str(), O_RDONLY | O_CLOEXEC);
  ASSERT_GE(fd, 0);
  for (int i = 0; i < 2; ++i) (void)bob->take_delivery();
  bob->settle_acks();
  EXPECT_TRUE(relay.await([&] { return relay.bodies() == 0; }));
  std::string head(84, 'x');
  ASSERT_EQ(::pread(fd, head.data(), head.size(), 0), 84);
  ::close(fd);
  EXPECT_EQ(head, std::string(84, '\0'));
  const std::string sealed_body = octets_of_file(kept + "/" + name);
  const std::string wrapped = sealed_body.substr(12, 72);
  EXPECT_EQ(holders(wrapped), "");
}

TEST_F(Sealed, AnExportGoesIntoAPlainOneAndIntoASealedOne) {
  enter_both();
  post_both();
  EXPECT_EQ(relay.stop(), 0);
  const std::string out = relay.directory() / "export.mnm";
  EXPECT_EQ(program("mnmlog", {"export", "--out", out}).code, exit_code(ErrorCode::kUsage));
  const Ran exported = program("mnmlog", {"export", "--key", key.path(), "--out", out});
  ASSERT_EQ(exported.code, 0) << exported.err;
  const std::string plain = relay.directory() / "plain";
  const std::string sealed = relay.directory() / "sealed";
  const auto import = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"import", out});
    return run_program(MNM_BIN_DIR "/mnmlog", std::move(arguments));
  };
  const Ran into_plain = import({"--into", plain});
  ASSERT_EQ(into_plain.code, 0) << into_plain.err;
  const Ran into_sealed = import({"--into", sealed, "--into-key", other_key.path()});
  ASSERT_EQ(into_sealed.code, 0) << into_sealed.err;
  EXPECT_NE(DirectoryImage(plain).holders_of(small), "");
  EXPECT_EQ(DirectoryImage(sealed).holders_of(small), "");
  EXPECT_EQ(DirectoryImage(sealed).holders_of(large), "");
  // The same chain: what was signed of one is of the other.
  const auto chain = [&](const std::string& directory, std::vector<std::string> more) {
    more.insert(more.begin(), {"info", "--json", "--data", directory});
    const Ran info = run_program(MNM_BIN_DIR "/mnmlog", std::move(more));
    EXPECT_EQ(info.code, 0) << info.err;
    const auto at = info.out.find("\"chain\":");
    return at == std::string::npos ? info.out : info.out.substr(at, 74);
  };
  EXPECT_EQ(chain(plain, {}), chain(relay.data(), {"--key", key.path()}));
  EXPECT_EQ(chain(sealed, {"--key", other_key.path()}), chain(plain, {}));
}

TEST_F(Sealed, ABackupIsSealedAndRestoredWithTheKey) {
  enter_both();
  post_both();
  const std::string backups = relay.directory() / "backups";
  const Ran made = program("mnmctl", {"backup", backups});
  ASSERT_EQ(made.code, 0) << made.err;
  EXPECT_EQ(DirectoryImage(backups).holders_of("with-an-alias"), "");
  EXPECT_EQ(DirectoryImage(backups).holders_of(small), "");
  const std::string into = relay.directory() / "restored";
  EXPECT_EQ(program("mnmctl", {"restore", backups, "--into", into}).code,
            exit_code(ErrorCode::kUsage));
  EXPECT_FALSE(fs::exists(into));
  const Ran restored = program("mnmctl", {"restore", backups, "--into", into, "--key", key.path()});
  ASSERT_EQ(restored.code, 0) << restored.err;
  EXPECT_EQ(DirectoryImage(into).holders_of("with-an-alias"), "");
  const Ran verified =
      run_program(MNM_BIN_DIR "/mnmlog", {"verify", "--data", into, "--key", key.path()});
  EXPECT_EQ(verified.code, 0) << verified.out << verified.err;
}

}  // namespace
}  // namespace mnm::testing
