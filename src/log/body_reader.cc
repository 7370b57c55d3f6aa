#include "log/body_reader.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>

#include "log/data_directory.h"
#include "log/sealed_file.h"

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

// A sealed file's text: whole chunks are read and opened, the last one that was is kept.
class SealedDownload final : public Download {
 public:
  SealedDownload(std::unique_ptr<Download> file, std::unique_ptr<FileOpener> opener,
                 std::uint64_t size)
      : file_(std::move(file)),
        opener_(std::move(opener)),
        size_(size),
        chunks_(size == 0 ? 1 : (size + kChunkTextBytes - 1) / kChunkTextBytes) {}

  Result<std::string> read(std::uint64_t offset, std::size_t count) override {
    std::string out;
    if (offset >= size_) return out;
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(count, size_ - offset));
    out.reserve(wanted);
    while (out.size() < wanted) {
      const std::uint64_t at = offset + out.size();
      if (Result<void> opened = open_chunk(at / kChunkTextBytes); !opened) {
        return fail(opened.error());
      }
      out.append(std::string_view(text_).substr(at % kChunkTextBytes, wanted - out.size()));
    }
    return out;
  }
  [[nodiscard]] std::uint64_t size() const override { return size_; }

 private:
  Result<void> open_chunk(std::uint64_t number) {
    if (number == number_) return {};
    const Result<std::string> sealed =
        file_->read(kSealedHeadBytes + number * kChunkBytes, kChunkBytes);
    if (!sealed) return fail(sealed.error());
    number_.reset();
    text_.clear();
    Result<void> opened = opener_->open_chunk(number, number + 1 == chunks_, *sealed, text_);
    if (opened) number_ = number;
    return opened;
  }

  const std::unique_ptr<Download> file_;
  const std::unique_ptr<FileOpener> opener_;
  const std::uint64_t size_;
  const std::uint64_t chunks_;
  std::optional<std::uint64_t> number_;  // of the chunk in text_
  std::string text_;
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

Result<std::unique_ptr<Download>> open_sealed_body(std::unique_ptr<Download> octets, BodyFile file,
                                                   const Keyring& keyring,
                                                   const std::string& path) {
  const Result<std::string> head = octets->read(0, kSealedHeadBytes);
  if (!head) return fail(head.error());
  if (*head == std::string(kSealedHeadBytes, '\0')) {
    return fail(ErrorCode::kNegative, path + " was purged: its key is gone");
  }
  const std::optional<std::uint64_t> size = sealed_text_bytes(octets->size());
  if (!size) return fail(ErrorCode::kCorruption, path + " has a length that no sealed file has");
  Result<std::unique_ptr<FileOpener>> opener =
      FileOpener::open(keyring, sealed_body_name(file), *head, path);
  if (!opener) return fail(opener.error());
  return std::make_unique<SealedDownload>(std::move(octets), std::move(*opener), *size);
}

Result<std::unique_ptr<Download>> open_body_file(const std::string& directory, BodyFile file,
                                                 const Keyring* keyring) {
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
  auto download = std::make_unique<FileDownload>(path, std::move(fd),
                                                 static_cast<std::uint64_t>(status.st_size));
  if (keyring == nullptr) return download;
  return open_sealed_body(std::move(download), file, *keyring, path);
}

}  // namespace mnm::log
