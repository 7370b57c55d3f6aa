#include "mnm/body_source.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "common/program.h"
#include "mnm/file.h"

namespace mnm::client {

BodySource BodySource::from_text(std::string text) {
  BodySource source;
  source.size_ = text.size();
  source.buffer_ = std::move(text);
  return source;
}

Result<BodySource> BodySource::from_file(const std::string& path) {
  const bool standard = path == "-";
  BodySource source;
  source.path_ = standard ? "standard input" : path;
  source.file_ =
      Fd(standard ? ::fcntl(0, F_DUPFD_CLOEXEC, 3) : ::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!source.file_) return fail(file_error("can't open", source.path_, errno));
  struct stat status {};
  if (::fstat(source.file_.get(), &status) != 0) {
    return fail(file_error("can't look at", source.path_, errno));
  }
  if (S_ISDIR(status.st_mode)) {
    return fail(ErrorCode::kUsage, source.path_ + " is a directory; pack it first, as with tar");
  }
  if (!S_ISREG(status.st_mode)) {
    if (auto done = source.spool(); !done) return fail(std::move(done.error()));
    return source;
  }
  const off_t begin = standard ? ::lseek(source.file_.get(), 0, SEEK_CUR) : 0;
  source.begin_ = begin > 0 ? static_cast<std::uint64_t>(begin) : 0;
  const auto end = static_cast<std::uint64_t>(status.st_size);
  source.size_ = end > source.begin_ ? end - source.begin_ : 0;
  source.modified_ = status.st_mtim;
  return source;
}

// A pipe or a device: into a file of ours.
Result<> BodySource::spool() {
  auto file = open_nameless();
  if (!file) return fail(std::move(file.error()));
  std::array<char, std::size_t{64} << 10> piece;  // NOLINT: filled by read
  while (true) {
    if (tools::interrupted()) return fail(ErrorCode::kInterrupted, "interrupted");
    const ssize_t count = ::read(file_.get(), piece.data(), piece.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail(file_error("can't read", path_, errno));
    if (count == 0) break;
    const std::string_view octets(piece.data(), static_cast<std::size_t>(count));
    auto written = write_all(file->get(), octets, "a temporary file");
    if (!written) return written;
    size_ += octets.size();
  }
  struct stat status {};
  if (::fstat(file->get(), &status) != 0) {
    return fail(file_error("can't look at", "a temporary file", errno));
  }
  modified_ = status.st_mtim;
  file_ = std::move(*file);
  return {};
}

Result<> BodySource::rewind() {
  at_ = 0;
  if (!file_) return {};
  struct stat status {};
  if (::fstat(file_.get(), &status) != 0) return fail(file_error("can't look at", path_, errno));
  const bool same = static_cast<std::uint64_t>(status.st_size) == begin_ + size_ &&
                    status.st_mtim.tv_sec == modified_.tv_sec &&
                    status.st_mtim.tv_nsec == modified_.tv_nsec;
  if (same) return {};
  return fail(ErrorCode::kNegative, path_ + " has changed while it was being sent");
}

Result<std::string_view> BodySource::read(std::size_t most) {
  const auto want = static_cast<std::size_t>(std::min<std::uint64_t>(most, size_ - at_));
  if (!file_) {
    const std::string_view piece = std::string_view(buffer_).substr(at_, want);
    at_ += piece.size();
    return piece;
  }
  buffer_.resize(want);
  while (true) {
    const ssize_t count =
        ::pread(file_.get(), buffer_.data(), want, static_cast<off_t>(begin_ + at_));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail(file_error("can't read", path_, errno));
    if (count == 0) {
      return fail(ErrorCode::kNegative,
                  fmt::format("{} has become shorter while it was being sent: {} of {} octets; the "
                              "relay drops what it has of it",
                              path_, at_, size_));
    }
    at_ += static_cast<std::uint64_t>(count);
    return std::string_view(buffer_).substr(0, static_cast<std::size_t>(count));
  }
}

}  // namespace mnm::client
