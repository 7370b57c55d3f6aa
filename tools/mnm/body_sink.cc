#include "mnm/body_sink.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>

#include "mnm/file.h"

namespace mnm::client {

Result<BodySink> BodySink::open(const std::string& id, std::uint64_t size, const Options& options) {
  BodySink sink;
  sink.size_ = size;
  if (options.directory.empty()) {
    if (sink.in_memory() && !options.needs_file) return sink;
    auto file = open_nameless();
    if (!file) return fail(std::move(file.error()));
    sink.file_ = std::move(*file);
    return sink;
  }
  sink.path_ = options.directory + "/" + id;
  sink.file_ = Fd(::open(sink.path_.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (sink.file_) {
    sink.was_there_ = true;
    struct stat status {};
    sink.differs_ = ::fstat(sink.file_.get(), &status) != 0 || !S_ISREG(status.st_mode) ||
                    static_cast<std::uint64_t>(status.st_size) != size;
    return sink;
  }
  if (errno != ENOENT) return fail(file_error("can't open", sink.path_, errno));
  // Another mnm may save the same message of a group for another node, so the name is ours alone.
  const std::string temporary = fmt::format("{}/.{}.{}.part", options.directory, id, ::getpid());
  sink.file_ = Fd(::open(temporary.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!sink.file_) return fail(file_error("can't create", temporary, errno));
  sink.temporary_ = temporary;
  return sink;
}

BodySink::BodySink(BodySink&& other) noexcept
    : size_(other.size_),
      at_(other.at_),
      memory_(std::move(other.memory_)),
      file_(std::move(other.file_)),
      path_(std::move(other.path_)),
      temporary_(std::exchange(other.temporary_, {})),
      was_there_(other.was_there_),
      differs_(other.differs_) {}

BodySink::~BodySink() {
  if (!temporary_.empty()) (void)::unlink(temporary_.c_str());  // what else could be done with it
}

Result<> BodySink::write(std::string_view octets) {
  if (in_memory()) memory_ += octets;
  if (was_there_) return compare(octets);
  if (file_) {
    if (auto done = write_all(file_.get(), octets, path_.empty() ? "a temporary file" : path_);
        !done) {
      return done;
    }
  }
  at_ += octets.size();
  return {};
}

Result<> BodySink::compare(std::string_view octets) {
  std::array<char, std::size_t{16} << 10> piece;  // NOLINT: filled by pread
  while (!octets.empty() && !differs_) {
    const std::size_t want = std::min(piece.size(), octets.size());
    const ssize_t count = ::pread(file_.get(), piece.data(), want, static_cast<off_t>(at_));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail(file_error("can't read", path_, errno));
    const auto found = std::string_view(piece.data(), static_cast<std::size_t>(count));
    differs_ = found.empty() || !octets.starts_with(found);
    at_ += found.size();
    octets.remove_prefix(differs_ ? 0 : found.size());
  }
  return {};
}

Result<> BodySink::finish() {
  if (differs_) {
    return fail(ErrorCode::kNegative,
                path_ +
                    " is there already and holds something else; use one directory for each "
                    "relay");
  }
  if (was_there_ || path_.empty()) return {};
  if (::fsync(file_.get()) != 0) return fail(file_error("can't sync", temporary_, errno));
  const int renamed =
      ::renameat2(AT_FDCWD, temporary_.c_str(), AT_FDCWD, path_.c_str(), RENAME_NOREPLACE);
  // EEXIST: another mnm was faster; it is the same message, as its id says.
  if (renamed != 0 && errno != EEXIST) return fail(file_error("can't name", path_, errno));
  if (renamed == 0) temporary_.clear();
  return sync_parent(path_);
}

}  // namespace mnm::client
