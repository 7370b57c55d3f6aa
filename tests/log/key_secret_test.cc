// What an operator's key is taken from: files, credentials, a terminal.
#include "log/key_secret.h"

#include <fcntl.h>
#include <glog/logging.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#include <filesystem>
#include <thread>

#include "log/data_directory.h"
#include "support/sealed.h"

namespace mnm::log {
namespace {

TEST(KeySecret, TellsAKeyFromAPassphrase) {
  const auto kind = [](std::string text) {
    return KeySecret::parse(std::move(text)).value().kind();
  };
  EXPECT_EQ(kind("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n"), KeyKind::kOctets);
  EXPECT_EQ(kind("correct horse battery staple\n"), KeyKind::kPassphrase);
  EXPECT_EQ(kind("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHg=="), KeyKind::kPassphrase);  // 31
  EXPECT_EQ(kind("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8= "), KeyKind::kPassphrase);
  for (const char* text : {"", "\n", "one\ntwo\n"}) {
    const auto parsed = KeySecret::parse(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, ErrorCode::kUsage);
  }
}

TEST(KeySecret, IsMadeAgainOfItsText) {
  for (const char* text : {testing::kKeyText, testing::kOtherKeyText, "a passphrase", "\xff"}) {
    const KeySecret secret = KeySecret::parse(text).value();
    EXPECT_EQ(secret.text(), text);
    EXPECT_EQ(KeySecret::parse(secret.text()).value().kind(), secret.kind());
  }
}

TEST(KeySecret, IsTakenFromAFileThatOnlyItsOwnerReads) {
  const testing::KeyFile file("correct horse battery staple");
  EXPECT_EQ(load_key_secret(file.path()).value().kind(), KeyKind::kPassphrase);
  file.set_mode(0640);
  const auto open_to_group = load_key_secret(file.path());
  ASSERT_FALSE(open_to_group);
  EXPECT_EQ(open_to_group.error().code, ErrorCode::kDenied);
  EXPECT_EQ(load_key_secret(file.path() + ".not").error().code, ErrorCode::kUnavailable);
}

// systemd's way with LoadCredential= and User=: 0440, owned by root, for that user by an access
// list.
TEST(KeySecret, MayBeACredential) {
  if (::geteuid() != 0) GTEST_SKIP() << "a credential is root's";
  const testing::KeyFile file;
  const std::string directory = std::filesystem::path(file.path()).parent_path();
  file.set_mode(0440);
  EXPECT_FALSE(load_key_secret(file.path()));
  ASSERT_EQ(::setenv("CREDENTIALS_DIRECTORY", directory.c_str(), 1), 0);
  EXPECT_TRUE(load_key_secret(file.path()));
  for (const unsigned mode : {0460U, 0444U}) {
    file.set_mode(mode);
    EXPECT_FALSE(load_key_secret(file.path())) << mode;
  }
  file.set_mode(0440);
  ASSERT_EQ(::setenv("CREDENTIALS_DIRECTORY", (directory + "/..").c_str(), 1), 0);
  EXPECT_FALSE(load_key_secret(file.path())) << "of another directory";
  ASSERT_EQ(::chown(file.path().c_str(), 1, 1), 0);
  ASSERT_EQ(::setenv("CREDENTIALS_DIRECTORY", directory.c_str(), 1), 0);
  EXPECT_FALSE(load_key_secret(file.path())) << "of another user";
  ASSERT_EQ(::unsetenv("CREDENTIALS_DIRECTORY"), 0);
}

// A terminal in place of standard input, at which somebody types as soon as nobody can see it.
class TypedKey : public ::testing::Test {
 protected:
  TypedKey() {
    PCHECK(::grantpt(typist_.get()) == 0 && ::unlockpt(typist_.get()) == 0);
    const FileDescriptor terminal(::open(::ptsname(typist_.get()), O_RDWR | O_NOCTTY | O_CLOEXEC));
    PCHECK(::dup2(terminal.get(), STDIN_FILENO) == STDIN_FILENO);
  }
  ~TypedKey() override { PCHECK(::dup2(before_.get(), STDIN_FILENO) == STDIN_FILENO); }

  template <typename Ask>
  Result<KeySecret> typed(const std::string& text, Ask ask) {
    std::thread typing([&] {
      termios mode{};
      do {
        PCHECK(::tcgetattr(STDIN_FILENO, &mode) == 0);
        std::this_thread::yield();
      } while ((mode.c_lflag & ECHO) != 0);
      PCHECK(::write(typist_.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()));
    });
    Result<KeySecret> key = ask();
    typing.join();
    return key;
  }

 private:
  const FileDescriptor before_{::dup(STDIN_FILENO)};
  const FileDescriptor typist_{::posix_openpt(O_RDWR | O_NOCTTY)};
};

TEST_F(TypedKey, IsAskedForTwiceWhereItIsNew) {
  const auto known = [] { return load_key_secret("-"); };
  const auto fresh = [] { return load_new_key_secret("-"); };
  EXPECT_TRUE(typed("correct horse\n", known));
  EXPECT_TRUE(typed("correct horse\ncorrect horse\n", fresh));
  const auto slip = typed("correct horse\ncorrect house\n", fresh);
  ASSERT_FALSE(slip);
  EXPECT_EQ(slip.error().code, ErrorCode::kUsage);
}

// What it makes is pinned by the golden keyring (keyring_test.cc).
TEST(KeySecret, StretchesAPassphrase) {
  const KeySecret secret = KeySecret::parse("password").value();
  const auto key = secret.key(
      {.passes = 2, .memory_bytes = std::uint64_t{64} << 20, .salt = "somesaltsomesalt"});
  ASSERT_TRUE(key) << key.error().text;
  const auto other = secret.key(
      {.passes = 2, .memory_bytes = std::uint64_t{64} << 20, .salt = "othersaltothersa"});
  EXPECT_EQ(key->octets().size(), kSealKeyBytes);
  EXPECT_NE(key->octets(), other->octets());
  EXPECT_NE(key->octets().substr(0, 8), "password");
}

}  // namespace
}  // namespace mnm::log
