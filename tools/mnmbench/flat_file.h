// The floor's log: octets are handed over in batches, a thread of its own writes and syncs all that
// has gathered, then says how far it came. A batch that nobody waits for goes with the next one.
//
// add() from one thread; `synced` is called on the file's own.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "base/error.h"
#include "net/server_address.h"

namespace mnm::bench {

class FlatFile {
 public:
  // `synced` gets the count of all octets that are on the disk. A write that fails ends the
  // process.
  [[nodiscard]] static Result<std::unique_ptr<FlatFile>> create(
      const std::string& path, std::function<void(std::uint64_t)> synced);
  ~FlatFile();
  FlatFile(const FlatFile&) = delete;
  FlatFile& operator=(const FlatFile&) = delete;

  // The count of all octets so far, these included.
  std::uint64_t add(std::string_view octets, bool awaited);

 private:
  FlatFile(net::Fd fd, std::string path, std::function<void(std::uint64_t)> synced);
  void run();

  const net::Fd fd_;
  const std::string path_;
  const std::function<void(std::uint64_t)> synced_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::string waiting_;
  std::uint64_t added_ = 0;
  bool awaited_ = false;
  bool ending_ = false;
  std::thread thread_;  // last: it uses the rest
};

}  // namespace mnm::bench
