#include "daemon/secrets.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>

#include "base/crypto.h"
#include "base/text.h"
#include "log/data_directory.h"

namespace mnm::daemon {
namespace {

constexpr std::string_view kTitle = "mnm secrets 1\n";
constexpr std::size_t kKeyBytes = 32;
constexpr std::size_t kFileBytesMax = 4096;

// Octets of the file, overwritten when they are not needed any more.
struct FileText {
  std::string octets = std::string(kFileBytesMax, '\0');
  FileText() = default;
  FileText(const FileText&) = delete;
  FileText& operator=(const FileText&) = delete;
  ~FileText() { wipe(octets); }
};

struct Named {
  std::string_view name;
  std::string Secrets::*direct;
  std::string net::Keys::*in_keys;
};
constexpr std::array kNames = {
    Named{"pepper", nullptr, &net::Keys::pepper},
    Named{"request", nullptr, &net::Keys::request},
    Named{"head-signing", &Secrets::head_signing, nullptr},
    Named{"sealing", &Secrets::sealing, nullptr},
};

std::string& field(Secrets& secrets, const Named& named) {
  return named.direct != nullptr ? secrets.*named.direct : secrets.keys.*named.in_keys;
}

std::string encode(Secrets& secrets) {
  std::string out;
  out.reserve(kFileBytesMax);  // never moved, so that no copy stays behind
  out += kTitle;
  for (const Named& named : kNames) {
    std::string key = hex_encode(field(secrets, named));
    out.append(named.name).append(" ").append(key).append("\n");
    wipe(key);
  }
  return out;
}

Result<Secrets> decode(const std::string& path, std::string_view in) {
  Secrets secrets;
  bool good = in.starts_with(kTitle);
  if (good) in.remove_prefix(kTitle.size());
  for (const Named& named : kNames) {
    const std::string_view line = in.substr(0, in.find('\n'));
    good = good && line.starts_with(named.name) &&
           line.size() == named.name.size() + 1 + 2 * kKeyBytes;
    auto key = good ? hex_decode(line.substr(named.name.size() + 1)) : std::nullopt;
    good = good && key.has_value();
    if (!good) break;
    field(secrets, named) = std::move(*key);
    in.remove_prefix(std::min(in.size(), line.size() + 1));
  }
  if (good && in.empty()) return secrets;
  return fail(ErrorCode::kCorruption,
              fmt::format("{} is no secrets file of this version; put back the one that belongs to "
                          "this data directory",
                          path));
}

Result<void> write_whole(const std::string& path, std::string_view text) {
  const log::FileDescriptor fd(
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd.ok()) return fail(system_error("cannot make " + path, errno));
  if (!log::write_all(fd, text)) return fail(system_error("cannot write " + path, errno));
  if (::fsync(fd.get()) != 0) return fail(system_error("cannot sync " + path, errno));
  return {};
}

// Whole or not at all, so that a first start which is cut off doesn't leave a file that the next
// one must refuse: written beside its place and synced, then linked into it, which fails if
// somebody else was faster.
Result<Secrets> make(const std::string& path) {
  Secrets secrets;
  for (const Named& named : kNames) field(secrets, named) = random_bytes(kKeyBytes);
  const std::string draft = path + ".new";
  (void)::unlink(draft.c_str());  // of a start that was cut off
  std::string text = encode(secrets);
  auto made = write_whole(draft, text);
  wipe(text);
  if (made && ::link(draft.c_str(), path.c_str()) != 0) {
    made = fail(system_error("cannot make " + path, errno));
  }
  (void)::unlink(draft.c_str());  // or the next start does
  if (!made) return fail(made.error());
  const std::string directory = std::filesystem::absolute(path).parent_path();
  if (auto synced = log::sync_directory(directory); !synced) return fail(synced.error());
  return secrets;
}

}  // namespace

Secrets::~Secrets() {
  for (const Named& named : kNames) wipe(field(*this, named));
}

Result<Secrets> load_secrets(const std::string& path, bool fresh) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0 && errno == ENOENT) {
    if (fresh) return make(path);
    return fail(ErrorCode::kUnavailable,
                fmt::format("{} is missing: it holds the keys without which nobody can log in. Put "
                            "it back, or name it with --secrets",
                            path));
  }
  if (fd < 0) return fail(system_error("cannot open " + path, errno));
  struct stat status {};
  FileText text;
  const bool known = ::fstat(fd, &status) == 0;
  const ssize_t size = ::read(fd, text.octets.data(), text.octets.size());
  const int error = errno;
  ::close(fd);
  if (!known || size < 0) return fail(system_error("cannot read " + path, error));
  if ((status.st_mode & 077) != 0) {
    return fail(
        ErrorCode::kDenied,
        fmt::format("{} may be read or written by others (mode {:04o}); it holds keys: chmod "
                    "600 {}",
                    path, status.st_mode & 07777, path));
  }
  const std::string_view all = text.octets;
  return decode(path, all.substr(0, static_cast<std::size_t>(size)));
}

}  // namespace mnm::daemon
