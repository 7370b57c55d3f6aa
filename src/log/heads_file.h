// Reading a file of signed heads, a line each, the oldest first, wherever it was copied to
// (doc/log_format.md, "`heads`").
//
// One thread a reader.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>

#include "base/error.h"
#include "log/data_directory.h"
#include "log/signed_head.h"

namespace mnm::log {

// Reads from the beginning, in the memory of a few lines.
class HeadsReader {
 public:
  // kNegative when there is no such file; kUnavailable, kDenied. What lies behind the first
  // `octets` is not read: a relay may be adding to it.
  [[nodiscard]] static Result<HeadsReader> open(
      const std::string& path, std::uint64_t octets = std::numeric_limits<std::uint64_t>::max());

  // The next head; none at the end. kCorruption for a line that is no head: it names the line. What
  // follows the last newline is no line yet: torn() says that there was something.
  [[nodiscard]] Result<std::optional<SignedHead>> next();
  // Of the head that was read last, from 1.
  [[nodiscard]] std::uint64_t line() const { return line_; }
  [[nodiscard]] bool torn() const { return torn_; }

 private:
  HeadsReader(FileDescriptor file, std::string path, std::uint64_t octets)
      : file_(std::move(file)), path_(std::move(path)), left_(octets) {}
  [[nodiscard]] Result<bool> read_more();

  FileDescriptor file_;
  std::string path_;
  std::uint64_t left_;  // octets to read
  std::string buffer_;
  std::size_t at_ = 0;  // in buffer_
  std::uint64_t line_ = 0;
  bool torn_ = false;
};

// The head of the last line; none of an empty file or when there is none. Errors as next().
[[nodiscard]] Result<std::optional<SignedHead>> last_head(const std::string& path);

// What lies in the file that holds the public key: kNegative when there is none, kCorruption when
// it is no key.
[[nodiscard]] Result<PublicKey> load_key(const std::string& path);

}  // namespace mnm::log
