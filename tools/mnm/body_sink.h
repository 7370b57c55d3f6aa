// Where the body of one received message goes: into memory when it is small, into a temporary file
// when it isn't, and into DIR/<id> when it is to be saved.
//
// One thread; one sink a message. What always holds: DIR/<id> is either not there or whole and
// synced, and an existing one is never overwritten.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"
#include "client/fd.h"

namespace mnm::client {

class BodySink {
 public:
  static constexpr std::uint64_t kMemoryBytesMax = std::uint64_t{64} << 10;

  struct Options {
    std::string directory;    // empty: it isn't saved
    bool needs_file = false;  // fd() will be used, however small it is
  };
  // `id` is a message id, checked by the caller: it becomes a file's name.
  [[nodiscard]] static Result<BodySink> open(const std::string& id, std::uint64_t size,
                                             const Options& options);
  BodySink(BodySink&& other) noexcept;
  BodySink& operator=(BodySink&&) = delete;
  ~BodySink();  // what isn't finished is gone

  [[nodiscard]] Result<> write(std::string_view octets);
  // All octets have come: after this it is safe. kNegative when DIR/<id> was there before with
  // other octets.
  [[nodiscard]] Result<> finish();

  [[nodiscard]] std::uint64_t size() const { return size_; }
  [[nodiscard]] bool in_memory() const { return size_ <= kMemoryBytesMax; }
  [[nodiscard]] std::string_view text() const { return memory_; }  // while in_memory()
  // -1 when there is none. Read with pread.
  [[nodiscard]] int fd() const { return file_.get(); }
  [[nodiscard]] const std::string& saved_as() const { return path_; }  // empty: not saved
  // It had been saved already, as happens when an ack was lost.
  [[nodiscard]] bool was_there() const { return was_there_; }

 private:
  BodySink() = default;
  [[nodiscard]] Result<> compare(std::string_view octets);

  std::uint64_t size_ = 0;
  std::uint64_t at_ = 0;
  std::string memory_;
  Fd file_;
  std::string path_;
  std::string temporary_;  // its name until it is whole
  bool was_there_ = false;
  bool differs_ = false;
};

}  // namespace mnm::client
