#include "log/heads_writer.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <glog/logging.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>

#include "log/heads_file.h"

namespace mnm::log {
namespace {

// It says nothing that is secret, and is there to be copied by others.
constexpr mode_t kMode = 0644;

// Where the last whole line ends.
Result<std::uint64_t> whole_lines(const std::string& path, int file) {
  std::array<char, kHeadLineBytesMax> buffer;  // NOLINT: filled by pread
  const off_t size = ::lseek(file, 0, SEEK_END);
  const off_t from = std::max<off_t>(size - static_cast<off_t>(buffer.size()), 0);
  const ssize_t got = ::pread(file, buffer.data(), buffer.size(), from);
  if (size < 0 || got < 0) return fail(system_error("can't read " + path, errno));
  const std::size_t end =
      std::string_view(buffer.data(), static_cast<std::size_t>(got)).rfind('\n');
  return end == std::string_view::npos ? 0 : static_cast<std::uint64_t>(from) + end + 1;
}

}  // namespace

Result<std::unique_ptr<HeadsWriter>> HeadsWriter::open(const std::string& path) {
  const bool made = ::access(path.c_str(), F_OK) != 0;
  // Before anything in it is touched.
  Result<std::optional<SignedHead>> last = last_head(path);
  if (!last) return fail(last.error());
  FileDescriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kMode));
  if (!file.ok()) return fail(system_error("can't open " + path, errno));
  if (made) {
    if (::fchmod(file.get(), kMode) != 0) return fail(system_error("can't make " + path, errno));
    const std::filesystem::path parent = std::filesystem::absolute(path).parent_path();
    if (Result<> synced = sync_directory(parent); !synced) return fail(synced.error());
  }
  const Result<std::uint64_t> size = whole_lines(path, file.get());
  if (!size) return fail(size.error());
  if (static_cast<std::uint64_t>(::lseek(file.get(), 0, SEEK_END)) > *size) {
    LOG(WARNING) << path << ": an unfinished line at its end is cut off";
    if (::ftruncate(file.get(), static_cast<off_t>(*size)) != 0) {
      return fail(system_error("can't cut " + path, errno));
    }
  }
  return std::unique_ptr<HeadsWriter>(
      new HeadsWriter(std::move(file), path, *size, std::move(*last)));
}

Result<> HeadsWriter::append(const SignedHead& head) {
  const std::string line = head.line();
  std::size_t written = 0;
  while (written < line.size()) {
    const ssize_t count = ::pwrite(file_.get(), line.data() + written, line.size() - written,
                                   static_cast<off_t>(size_ + written));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    written += static_cast<std::size_t>(count);
  }
  if (written < line.size() || ::fdatasync(file_.get()) != 0) {
    Error error = system_error("can't write " + path_, errno);
    if (::ftruncate(file_.get(), static_cast<off_t>(size_)) != 0) {
      error.text += "; an unfinished line may stand at its end, which the next head overwrites";
    }
    return fail(std::move(error));
  }
  size_ += line.size();
  last_ = head;
  return {};
}

}  // namespace mnm::log
