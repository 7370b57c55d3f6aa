#include "log/body_reader.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>

#include "log/data_directory.h"

namespace mnm::log {
namespace {

class FileDownload final : public Download {
 public:
  FileDownload(std::string path, FileDescriptor fd, std::uint64_t size)
      : path_(std::move(path)), fd_(std::move(fd)), size_(size) {}

  Result<std::string> read(std::uint64_t offset, std::size_t count) override {
    std::string out;
    if (offset >= size_) return out;
    out.resize(static_cast<std::size_t>(std::min<std::uint64_t>(count, size_ - offset)));
    for (std::size_t done = 0; done < out.size();) {
      const ssize_t got = ::pread(fd_.get(), out.data() + done, out.size() - done,
                                  static_cast<off_t>(offset + done));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return fail(system_error("can't read " + path_, errno));
      if (got == 0) return fail(ErrorCode::kCorruption, path_ + " has become shorter");
      done += static_cast<std::size_t>(got);
    }
    return out;
  }
  [[nodiscard]] std::uint64_t size() const override { return size_; }

 private:
  const std::string path_;
  const FileDescriptor fd_;
  const std::uint64_t size_;
};

}  // namespace

std::string body_file_name(BodyFile file) {
  return fmt::format("{:016x}-{}", file.boot.value(), file.serial);
}

std::optional<BodyFile> parse_body_file_name(std::string_view name) {
  const std::size_t dash = name.find('-');
  if (dash != 16) return std::nullopt;
  BodyFile file;
  std::uint64_t boot = 0;
  const char* const end = name.data() + name.size();
  if (std::from_chars(name.data(), name.data() + dash, boot, 16).ec != std::errc())
    return std::nullopt;
  if (std::from_chars(name.data() + dash + 1, end, file.serial).ec != std::errc())
    return std::nullopt;
  file.boot = Lsn(boot);
  // Only what we would have written ourselves.
  return body_file_name(file) == name ? std::optional<BodyFile>(file) : std::nullopt;
}

std::string body_file_path(const std::string& directory, BodyFile file) {
  return directory + "/" + body_file_name(file);
}

Result<std::unique_ptr<Download>> open_body_file(const std::string& directory, BodyFile file) {
  const std::string path = body_file_path(directory, file);
  FileDescriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.ok()) {
    const int reason = errno;
    Error error = system_error("can't open " + path, reason);
    if (reason == ENOENT) error.code = ErrorCode::kNegative;
    return fail(std::move(error));
  }
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return fail(system_error("can't look at " + path, errno));
  return std::make_unique<FileDownload>(path, std::move(fd),
                                        static_cast<std::uint64_t>(status.st_size));
}

}  // namespace mnm::log
