// Profiles as files: where they are, who may read them, and how they change.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>

#include "base/crypto.h"
#include "mnm/file.h"
#include "mnm/profile.h"

namespace mnm::client {
namespace {

constexpr std::size_t kNameBytesMax = 64;
constexpr std::size_t kFileBytesMax = std::size_t{1} << 20;
constexpr std::string_view kSuffix = ".json";

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

bool is_name(std::string_view name) {
  const auto fits = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
           c == '_' || c == '-';
  };
  return !name.empty() && name.size() <= kNameBytesMax && name.front() != '.' &&
         name.front() != '-' && std::ranges::all_of(name, fits);
}

// Its owner alone may read it, and it is a plain file of ours.
Result<> check_private(int fd, const std::string& path) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) return fail(file_error("can't look at", path, errno));
  if (!S_ISREG(status.st_mode)) return fail(ErrorCode::kDenied, path + " is no plain file");
  if (status.st_uid != ::geteuid()) {
    return fail(ErrorCode::kDenied,
                fmt::format("{} belongs to user {}, not to you", path, status.st_uid));
  }
  if ((status.st_mode & 07777) != 0600) {
    return fail(ErrorCode::kDenied,
                fmt::format("{} has mode {:04o}, expected 0600: others may have read its password. "
                            "If nobody did: chmod 600 {}",
                            path, status.st_mode & 07777, path));
  }
  return {};
}

Result<std::string> read_private_file(const std::string& path) {
  const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file && errno == ENOENT) {
    return fail(
        ErrorCode::kNegative,
        fmt::format("no profile {}; mnm register makes one, mnm profile list shows all", path));
  }
  if (!file) return fail(file_error("can't open", path, errno));
  if (auto good = check_private(file.get(), path); !good) return fail(std::move(good.error()));
  std::string text;
  std::array<char, 4096> piece{};
  while (text.size() < kFileBytesMax) {
    const ssize_t count = ::read(file.get(), piece.data(), piece.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail(file_error("can't read", path, errno));
    if (count == 0) break;
    text.append(piece.data(), static_cast<std::size_t>(count));
  }
  return text;
}

// Held while a profile changes. A file of its own: the profile's is replaced.
Result<Fd> lock_profile(const std::string& path) {
  const std::filesystem::path whole(path);
  const std::string lock_path =
      (whole.parent_path() / ("." + whole.filename().string() + ".lock")).string();
  Fd lock(::open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!lock) return fail(file_error("can't open", lock_path, errno));
  while (::flock(lock.get(), LOCK_EX) != 0) {  // held for one write of a small file
    if (errno != EINTR) return fail(file_error("can't lock", lock_path, errno));
  }
  return lock;
}

}  // namespace

Result<std::string> profile_directory() {
  if (std::string given = variable("MNM_PROFILES"); !given.empty()) return given;
  if (const std::string config = variable("XDG_CONFIG_HOME"); !config.empty())
    return config + "/mnm";
  if (const std::string home = variable("HOME"); !home.empty()) return home + "/.config/mnm";
  return fail(ErrorCode::kUsage,
              "neither MNM_PROFILES, XDG_CONFIG_HOME nor HOME is set: where are "
              "the profiles?");
}

Result<std::string> profile_path(const std::string& name) {
  if (name.find('/') != std::string::npos) return name;
  if (!is_name(name)) {
    return fail(ErrorCode::kUsage,
                fmt::format("'{}' can't be a profile's name: at most {} of A-Z a-z 0-9 . _ -, not "
                            "beginning with . or - (a file is named with a /)",
                            name, kNameBytesMax));
  }
  auto directory = profile_directory();
  if (!directory) return directory;
  return *directory + "/" + name + std::string(kSuffix);
}

Result<Profile> load_profile(const std::string& name) {
  auto path = profile_path(name);
  if (!path) return fail(std::move(path.error()));
  auto text = read_private_file(*path);
  if (!text) return fail(std::move(text.error()));
  auto profile = parse_profile(*text, *path);
  wipe(*text);
  return profile;
}

Result<> prepare_profile(const std::string& name) {
  auto path = profile_path(name);
  if (!path) return fail(std::move(path.error()));
  const std::filesystem::path directory = std::filesystem::path(*path).parent_path();
  std::error_code error;
  if (!std::filesystem::exists(directory, error)) {
    std::filesystem::create_directories(directory, error);
    if (error) return fail(file_error("can't create", directory.string(), error.value()));
    std::filesystem::permissions(directory, std::filesystem::perms::owner_all, error);
  }
  if (::access(path->c_str(), F_OK) == 0) {
    return fail(ErrorCode::kNegative,
                fmt::format("{} is there already; choose another name, or move it away", *path));
  }
  if (::access(directory.c_str(), W_OK | X_OK) != 0) {
    return fail(file_error("can't write in", directory.string(), errno));
  }
  return {};
}

Result<> create_profile(const std::string& name, const Profile& profile) {
  auto path = profile_path(name);
  if (!path) return fail(std::move(path.error()));
  std::string text = write_profile(profile);
  auto done = write_private_file(*path, text, IfThere::kRefuse);
  wipe(text);
  return done;
}

Result<Profile> update_profile(const std::string& name,
                               const std::function<void(Profile&)>& change) {
  auto path = profile_path(name);
  if (!path) return fail(std::move(path.error()));
  // Before the lock, which would else make a file beside a profile that isn't there.
  if (auto there = load_profile(name); !there) return there;
  const auto lock = lock_profile(*path);
  if (!lock) return fail(lock.error());
  auto profile = load_profile(name);
  if (!profile) return profile;
  change(*profile);
  std::string text = write_profile(*profile);
  auto done = write_private_file(*path, text, IfThere::kReplace);
  wipe(text);
  if (!done) return fail(std::move(done.error()));
  return profile;
}

Result<std::vector<std::string>> list_profiles() {
  auto directory = profile_directory();
  if (!directory) return fail(std::move(directory.error()));
  std::vector<std::string> names;
  std::error_code error;
  const std::filesystem::directory_iterator entries(*directory, error);
  if (error == std::errc::no_such_file_or_directory) return names;
  if (error) return fail(file_error("can't list", *directory, error.value()));
  for (const auto& entry : entries) {
    const std::string file = entry.path().filename().string();
    if (!file.ends_with(kSuffix)) continue;
    const std::string name = file.substr(0, file.size() - kSuffix.size());
    if (is_name(name)) names.push_back(name);
  }
  std::ranges::sort(names);
  return names;
}

}  // namespace mnm::client
