// Where a body comes from: a text, a file, or a stream that is put into a temporary file first, as
// the relay must be told the size before.
//
// One thread. Memory is one piece, whatever the size.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"
#include "client/fd.h"

namespace mnm::client {

class BodySource {
 public:
  [[nodiscard]] static BodySource from_text(std::string text);
  // "-" is standard input. kUnavailable, kDenied: can't be read; kUsage: a directory.
  [[nodiscard]] static Result<BodySource> from_file(const std::string& path);

  [[nodiscard]] std::uint64_t size() const { return size_; }
  // To the beginning. kNegative when the file has changed since it was opened: it would not be the
  // same message.
  [[nodiscard]] Result<> rewind();
  // The next octets, at most `most`; a view until the next call. kNegative when there are fewer
  // than size() said.
  [[nodiscard]] Result<std::string_view> read(std::size_t most);

 private:
  [[nodiscard]] Result<> spool();

  std::string path_;  // for people; empty for a text
  Fd file_;
  std::uint64_t begin_ = 0;  // of a file that was given open, as by < FILE
  std::uint64_t size_ = 0;
  std::uint64_t at_ = 0;
  std::string buffer_;  // the text, or the last piece read
  struct timespec modified_ {};
};

}  // namespace mnm::client
