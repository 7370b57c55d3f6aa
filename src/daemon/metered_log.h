// A log that counts what is appended to it and how long that takes.
//
// append() as the log's: on the engine's thread. The figures from any.
#pragma once

#include <chrono>
#include <memory>
#include <utility>

#include "daemon/tally.h"
#include "log/log.h"

namespace mnm::daemon {

struct LogFigures {
  Histogram<16> append_us{64};    // an append, its sync included: 64 us to 2.1 s
  Histogram<14> batch_events{1};  // events of an append: 1 to 8,192
};

class MeteredLog final : public log::Log {
 public:
  // `log` outlives it.
  explicit MeteredLog(log::Log& log) : log_(log) {}

  [[nodiscard]] const LogFigures& figures() const { return figures_; }

  Result<log::Position> append(const log::AppendRequest& request) override {
    const auto begin = std::chrono::steady_clock::now();
    auto position = log_.append(request);
    const auto took = std::chrono::duration_cast<std::chrono::microseconds>(
        std::chrono::steady_clock::now() - begin);
    figures_.append_us.add(static_cast<std::uint64_t>(took.count()));
    figures_.batch_events.add(request.events.size());
    return position;
  }
  Result<void> trim(Lsn before) override { return log_.trim(before); }
  Result<void> scrub() override { return log_.scrub(); }
  [[nodiscard]] log::Position durable() const override { return log_.durable(); }
  [[nodiscard]] Lsn tail() const override { return log_.tail(); }
  [[nodiscard]] std::unique_ptr<log::Scanner> scan(Lsn from) const override {
    return log_.scan(from);
  }
  [[nodiscard]] Result<log::Record> read(Lsn lsn) const override { return log_.read(lsn); }
  [[nodiscard]] Result<std::string> message(Lsn id) const override { return log_.message(id); }

 private:
  log::Log& log_;
  LogFigures figures_;
};

}  // namespace mnm::daemon
