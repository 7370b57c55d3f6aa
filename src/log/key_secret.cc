#include "log/key_secret.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <glog/logging.h>
#include <sodium.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <utility>

#include "base/crypto.h"
#include "log/data_directory.h"

namespace mnm::log {
namespace {

constexpr std::size_t kSecretBytesMax = 1024;
static_assert(kStretchingSaltBytes == crypto_pwhash_SALTBYTES);

// No echo, as long as it is there; where it is no terminal, nothing.
class Unechoed {
 public:
  explicit Unechoed(int fd) : fd_(fd), terminal_(::tcgetattr(fd, &before_) == 0) {
    if (!terminal_) return;
    termios quiet = before_;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    (void)::tcsetattr(fd_, TCSAFLUSH, &quiet);  // worse is only that it is seen
  }
  ~Unechoed() {
    if (terminal_) (void)::tcsetattr(fd_, TCSAFLUSH, &before_);
  }
  Unechoed(const Unechoed&) = delete;
  Unechoed& operator=(const Unechoed&) = delete;
  [[nodiscard]] bool terminal() const { return terminal_; }

 private:
  const int fd_;
  termios before_{};
  const bool terminal_;
};

// Through the end, or the end of the line: octet by octet, since what follows isn't ours.
Result<std::string> read_secret(int fd, const std::string& name, bool line) {
  std::string text;
  text.reserve(kSecretBytesMax + 1);  // never moved, so that no copy stays behind
  while (text.size() <= kSecretBytesMax) {
    char octet = 0;
    const ssize_t got = ::read(fd, &octet, 1);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      wipe(text);
      return fail(system_error("can't read the key in " + name, errno));
    }
    if (got == 0 || (line && octet == '\n')) return text;
    text.push_back(octet);
  }
  wipe(text);
  return fail(ErrorCode::kUsage,
              fmt::format("the key in {} is longer than {} octets", name, kSecretBytesMax));
}

Result<std::string> ask_once(const std::string& prompt, bool terminal) {
  if (terminal) fmt::print(stderr, "{}: ", prompt);
  Result<std::string> text = read_secret(STDIN_FILENO, "standard input", true);
  if (terminal) fmt::print(stderr, "\n");
  return text;
}

enum class Asked : std::uint8_t { kKnown, kNew };

// A new one twice, where nobody sees what is typed: with a slip in it, nobody could open again what
// it seals.
Result<std::string> ask(const std::string& prompt, Asked asked) {
  const Unechoed quiet(STDIN_FILENO);
  Result<std::string> text = ask_once(prompt, quiet.terminal());
  if (!text || asked == Asked::kKnown || !quiet.terminal()) return text;
  Result<std::string> again = ask_once(prompt + ", again", true);
  const bool same = again && *again == *text;
  if (again) wipe(*again);
  if (same) return text;
  wipe(*text);
  if (!again) return again;
  return fail(ErrorCode::kUsage, "these were two different ones: nothing was changed");
}

// What systemd gives a service with User= to read: root's, with an access list for that user, whose
// mask is what the mode shows as the group's.
bool is_credential(const std::string& path, const struct stat& status) {
  constexpr mode_t kAllButGroupRead = 037;
  const char* directory = std::getenv("CREDENTIALS_DIRECTORY");
  if (directory == nullptr || status.st_uid != 0 || (status.st_mode & kAllButGroupRead) != 0) {
    return false;
  }
  std::error_code failed;
  const auto above = std::filesystem::canonical(directory, failed);
  if (failed) return false;
  const auto file = std::filesystem::canonical(path, failed);
  return !failed && file.parent_path() == above;
}

Result<std::string> read_key_file(const std::string& path) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.ok()) return fail(system_error("can't open the key " + path, errno));
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) {
    return fail(system_error("can't look at the key " + path, errno));
  }
  if ((status.st_mode & 077) != 0 && !is_credential(path, status)) {
    return fail(ErrorCode::kDenied,
                fmt::format("the key {} may be read or written by others (mode {:04o}): chmod 600 "
                            "{}",
                            path, status.st_mode & 07777, path));
  }
  return read_secret(file.get(), path, false);
}

}  // namespace

Result<KeySecret> KeySecret::parse(std::string text) {
  while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
  std::string octets(kSealKeyBytes, '\0');
  std::size_t size = 0;
  const char* end = nullptr;
  const bool is_key =
      sodium_base642bin(reinterpret_cast<unsigned char*>(octets.data()), octets.size(), text.data(),
                        text.size(), nullptr, &size, &end, sodium_base64_VARIANT_ORIGINAL) == 0 &&
      size == kSealKeyBytes && end == text.data() + text.size();
  if (is_key) {
    wipe(text);
    return KeySecret(KeyKind::kOctets, std::move(octets));
  }
  wipe(octets);
  const bool usable = !text.empty() && text.find('\n') == std::string::npos;
  if (usable) return KeySecret(KeyKind::kPassphrase, std::move(text));
  const bool empty = text.empty();
  wipe(text);
  return fail(ErrorCode::kUsage,
              fmt::format("the key is {}: it is a line with the base64 of 32 octets (openssl rand "
                          "-base64 32), or a passphrase",
                          empty ? "empty" : "of several lines"));
}

std::string KeySecret::text() const {
  if (kind_ == KeyKind::kPassphrase) return octets_;
  std::string text(sodium_base64_ENCODED_LEN(kSealKeyBytes, sodium_base64_VARIANT_ORIGINAL), '\0');
  (void)sodium_bin2base64(text.data(), text.size(),
                          reinterpret_cast<const unsigned char*>(octets_.data()), octets_.size(),
                          sodium_base64_VARIANT_ORIGINAL);
  text.pop_back();  // the zero at its end
  return text;
}

KeySecret::~KeySecret() { wipe(octets_); }

// A short string's octets stay where they were when it is moved.
// NOLINTNEXTLINE(performance-move-constructor-init): so it is copied, and the other one wiped
KeySecret::KeySecret(KeySecret&& other) noexcept : kind_(other.kind_), octets_(other.octets_) {
  wipe(other.octets_);
}

KeySecret& KeySecret::operator=(KeySecret&& other) noexcept {
  if (this == &other) return *this;
  wipe(octets_);
  kind_ = other.kind_;
  octets_ = other.octets_;
  wipe(other.octets_);
  return *this;
}

Result<SecretKey> KeySecret::key(const Stretching& stretching) const {
  if (kind_ == KeyKind::kOctets) return SecretKey(octets_);
  CHECK_EQ(stretching.salt.size(), kStretchingSaltBytes);
  std::string made(kSealKeyBytes, '\0');
  const int failed = crypto_pwhash(
      reinterpret_cast<unsigned char*>(made.data()), made.size(), octets_.data(), octets_.size(),
      reinterpret_cast<const unsigned char*>(stretching.salt.data()), stretching.passes,
      static_cast<std::size_t>(stretching.memory_bytes), crypto_pwhash_ALG_ARGON2ID13);
  if (failed != 0) {
    return fail(ErrorCode::kUnavailable,
                fmt::format("the passphrase can't be made a key: that takes {} octets of memory",
                            stretching.memory_bytes));
  }
  SecretKey key(made);
  wipe(made);
  return key;
}

namespace {

Result<KeySecret> load(const std::string& path, const std::string& prompt, Asked asked) {
  CHECK_GE(sodium_init(), 0);
  Result<std::string> text = path == "-" ? ask(prompt, asked) : read_key_file(path);
  if (!text) return fail(text.error());
  return KeySecret::parse(std::move(*text));
}

}  // namespace

Result<KeySecret> load_key_secret(const std::string& path, const std::string& prompt) {
  return load(path, prompt, Asked::kKnown);
}

Result<KeySecret> load_new_key_secret(const std::string& path, const std::string& prompt) {
  return load(path, prompt, Asked::kNew);
}

}  // namespace mnm::log
