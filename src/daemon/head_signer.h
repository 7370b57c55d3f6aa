// Signs the log's head at intervals and appends it to the file of heads, so that a copy of that
// file, kept elsewhere, shows later that nobody changed the past (doc/log_format.md, "`heads`").
//
// A thread of its own between start() and stop(). Reads the log, never writes to it; what it signs
// is durable. A head that can't be written is told to the log and tried again at the next interval:
// no message waits for it.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/error.h"
#include "base/signature.h"
#include "daemon/periodic.h"
#include "daemon/range_file.h"
#include "log/heads_writer.h"
#include "log/log.h"
#include "log/merkle_range.h"

namespace mnm::daemon {

class HeadSigner {
 public:
  struct Options {
    std::string heads_file;  // appended to
    std::string range_file;  // the range so far: derived, made again when it is missing
    std::string key_file;    // the public key
    // The records that were trimmed, of a log whose first ones were; asked for when the range file
    // doesn't say.
    std::function<Result<RangeState>()> trimmed;
    std::chrono::milliseconds interval = std::chrono::minutes(1);  // 0: only at sign()
    std::function<std::uint64_t()> now_ns;                         // UTC
  };

  // Whether the last head in the file is of this log and key, and the log still holds what it
  // covers: kTampering when it doesn't, kCorruption when the file ends in no head. Nothing is
  // written before. `log` outlives it.
  [[nodiscard]] static Result<std::unique_ptr<HeadSigner>> open(const log::Reader& log,
                                                                std::string_view seed,
                                                                Options options);

  void start();
  // With a last head, so that a clean stop leaves nothing that none covers.
  void stop();
  // Signs what is durable now, also when nothing happened since the last time. Any thread.
  // kNegative while the log is empty.
  [[nodiscard]] Result<log::Head> sign();
  [[nodiscard]] const PublicKey& key() const { return key_.public_key(); }

 private:
  HeadSigner(const log::Reader& log, std::string_view seed, Options options,
             std::unique_ptr<log::HeadsWriter> heads);
  [[nodiscard]] Result<> catch_up();
  void load_range();
  [[nodiscard]] Result<> load_trimmed();
  void save_range();
  Periodic::Clock::time_point step(Periodic::Clock::time_point now);

  const log::Reader& log_;
  const SigningKey key_;
  const Options options_;
  std::mutex mutex_;
  const std::unique_ptr<log::HeadsWriter> heads_;
  bool loaded_ = false;
  log::MerkleRange range_;
  log::Position at_;  // the last record in range_
  Periodic periodic_;
  bool running_ = false;
};

// Whether `log` is the one that `head` was signed of, and still holds what it covers. kTampering;
// kNegative when a restore, which begins a new epoch, dropped it.
[[nodiscard]] Result<> check_head_fits(const log::Reader& log, const log::Head& head);

}  // namespace mnm::daemon
