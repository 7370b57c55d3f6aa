// Appending to the file of signed heads: the relay's side of log/heads_file.h.
//
// One thread.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/error.h"
#include "log/data_directory.h"
#include "log/signed_head.h"

namespace mnm::log {

class HeadsWriter {
 public:
  // Makes the file when it is missing. An unfinished last line, left by a power cut, is cut off:
  // append() hadn't returned. kCorruption when the last line is no head.
  [[nodiscard]] static Result<std::unique_ptr<HeadsWriter>> open(const std::string& path);

  // Durable when it returns. After an error nothing of it is in the file, if that could be
  // managed; the next append tries again.
  [[nodiscard]] Result<> append(const SignedHead& head);
  [[nodiscard]] const std::optional<SignedHead>& last() const { return last_; }

 private:
  HeadsWriter(FileDescriptor file, std::string path, std::uint64_t size,
              std::optional<SignedHead> last)
      : file_(std::move(file)), path_(std::move(path)), size_(size), last_(std::move(last)) {}

  FileDescriptor file_;
  const std::string path_;
  std::uint64_t size_;  // of whole lines
  std::optional<SignedHead> last_;
};

}  // namespace mnm::log
