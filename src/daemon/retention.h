// Giving up old events in a running relay (ops/retention.h): asked for by an administrator, or
// because they are older than they are to be kept.
//
// Any thread; one at a time, the others wait. stop() may be called meanwhile.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <optional>
#include <string>

#include "base/error.h"
#include "daemon/admin_engine.h"
#include "ops/retention.h"

namespace mnm::daemon {

class Retention {
 public:
  // What of the views is checkpointed: events after it are needed for a start. One is made first
  // where it isn't through `wanted`, and waited for.
  using Saved = std::function<Lsn(Lsn wanted)>;

  Retention(const log::Reader& log, ops::Bases bases, AdminEngine& engine, Saved saved)
      : log_(log), bases_(std::move(bases)), engine_(engine), saved_(std::move(saved)) {}

  struct Wish {
    Lsn before;                   // give up events below it; or:
    std::uint64_t before_ns = 0;  // those older than this time
    std::string reason;           // for the log
    std::string peer;             // the administrator; empty: the relay itself
  };
  // What would go; none when there is nothing.
  [[nodiscard]] Result<std::optional<ops::TrimPlan>> plan(const Wish& wish);
  // Gives it up, and says what it was.
  [[nodiscard]] Result<std::optional<ops::TrimPlan>> carry_out(const Wish& wish);
  // The work in progress gives up.
  void stop() { stopping_ = true; }

 private:
  [[nodiscard]] Result<std::optional<ops::TrimPlan>> plan_locked(const Wish& wish);

  const log::Reader& log_;
  const ops::Bases bases_;
  AdminEngine& engine_;
  const Saved saved_;
  std::mutex mutex_;
  std::atomic<bool> stopping_ = false;
};

}  // namespace mnm::daemon
