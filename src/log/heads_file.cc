#include "log/heads_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace mnm::log {
namespace {

constexpr std::size_t kChunkBytes = std::size_t{64} << 10;

Error no_head(const std::string& path, std::uint64_t line) {
  return {ErrorCode::kCorruption, fmt::format("{}: line {} is no signed head", path, line)};
}

Result<FileDescriptor> open_file(const std::string& path) {
  FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.ok()) return file;
  Error error = system_error("can't open " + path, errno);
  if (errno == ENOENT) error.code = ErrorCode::kNegative;
  return fail(std::move(error));
}

}  // namespace

Result<HeadsReader> HeadsReader::open(const std::string& path, std::uint64_t octets) {
  Result<FileDescriptor> file = open_file(path);
  if (!file) return fail(file.error());
  return HeadsReader(std::move(*file), path, octets);
}

Result<std::optional<SignedHead>> HeadsReader::next() {
  std::size_t end;
  while ((end = buffer_.find('\n', at_)) == std::string::npos) {
    if (buffer_.size() - at_ >= kHeadLineBytesMax) return fail(no_head(path_, line_ + 1));
    const Result<bool> more = read_more();
    if (!more) return fail(more.error());
    if (*more) continue;
    torn_ = at_ < buffer_.size();
    return std::nullopt;
  }
  ++line_;
  std::optional<SignedHead> head = parse_head(std::string_view(buffer_).substr(at_, end - at_));
  if (!head) return fail(no_head(path_, line_));
  at_ = end + 1;
  return head;
}

Result<bool> HeadsReader::read_more() {
  buffer_.erase(0, at_);
  at_ = 0;
  const std::size_t kept = buffer_.size();
  const std::size_t wanted = static_cast<std::size_t>(std::min<std::uint64_t>(left_, kChunkBytes));
  buffer_.resize(kept + wanted);
  ssize_t got = 0;
  do {
    got = ::read(file_.get(), buffer_.data() + kept, wanted);
  } while (got < 0 && errno == EINTR);
  const int error = errno;
  buffer_.resize(kept + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  if (got < 0) return fail(system_error("can't read " + path_, error));
  left_ -= static_cast<std::uint64_t>(got);
  return got > 0;
}

Result<std::optional<SignedHead>> last_head(const std::string& path) {
  const Result<FileDescriptor> file = open_file(path);
  if (!file && file.error().code == ErrorCode::kNegative) return std::nullopt;
  if (!file) return fail(file.error());
  // Room for an unfinished line behind a whole one.
  std::array<char, 2 * kHeadLineBytesMax> buffer;  // NOLINT: filled by pread
  const off_t size = ::lseek(file->get(), 0, SEEK_END);
  const off_t from = std::max<off_t>(size - static_cast<off_t>(buffer.size()), 0);
  const ssize_t got = ::pread(file->get(), buffer.data(), buffer.size(), from);
  if (size < 0 || got < 0) return fail(system_error("can't read " + path, errno));
  std::string_view text(buffer.data(), static_cast<std::size_t>(got));
  const std::size_t end = text.rfind('\n');
  if (end == std::string_view::npos) {
    if (size < static_cast<off_t>(kHeadLineBytesMax)) return std::nullopt;
    return fail(ErrorCode::kCorruption, path + ": its last line is no signed head");
  }
  text = text.substr(0, end);
  if (const std::size_t begin = text.rfind('\n'); begin != std::string_view::npos) {
    text.remove_prefix(begin + 1);
  }
  std::optional<SignedHead> head = parse_head(text);
  if (!head) return fail(ErrorCode::kCorruption, path + ": its last line is no signed head");
  return head;
}

Result<PublicKey> load_key(const std::string& path) {
  const Result<FileDescriptor> file = open_file(path);
  if (!file) return fail(file.error());
  std::array<char, 256> buffer{};
  const ssize_t got = ::pread(file->get(), buffer.data(), buffer.size(), 0);
  if (got < 0) return fail(system_error("can't read " + path, errno));
  const auto key = parse_key({buffer.data(), static_cast<std::size_t>(got)});
  if (!key) {
    return fail(ErrorCode::kCorruption,
                fmt::format("{} holds no key for signed heads; mnmctl heads-key gives it", path));
  }
  return *key;
}

}  // namespace mnm::log
