#include "daemon/retention.h"

#include <glog/logging.h>

#include <algorithm>

namespace mnm::daemon {

Result<std::optional<ops::TrimPlan>> Retention::plan(const Wish& wish) {
  const std::scoped_lock lock(mutex_);
  return plan_locked(wish);
}

Result<std::optional<ops::TrimPlan>> Retention::plan_locked(const Wish& wish) {
  Lsn before = wish.before;
  if (!before) {
    const auto first = ops::first_at_or_after(log_, wish.before_ns);
    if (!first) return fail(first.error());
    before = *first;
  }
  // The projector reads the log from its checkpoint on.
  const Lsn end = next(log_.durable().lsn);
  before = std::min(before, end);
  if (before > log_.tail()) before = std::min(before, next(saved_(before - 1)));
  return ops::plan_trim(log_, before, [this] { return stopping_.load(); });
}

Result<std::optional<ops::TrimPlan>> Retention::carry_out(const Wish& wish) {
  const std::scoped_lock lock(mutex_);
  auto plan = plan_locked(wish);
  if (!plan || !plan->has_value()) return plan;
  auto fact = ops::make_base(log_, bases_, **plan, [this] { return stopping_.load(); });
  if (!fact) return fail(fact.error());
  fact->set_reason(wish.reason);
  const auto trimmed = engine_.carry_out(ops::Trim{std::move(*fact)}, wish.peer);
  if (!trimmed) return fail(trimmed.error());
  LOG(INFO) << "gave up " << (*plan)->events << " events, through LSN "
            << (*plan)->through.lsn.value();
  if (auto removed = bases_.remove_before((*plan)->through.lsn); !removed) {
    LOG(WARNING) << removed.error().text << "; the next one removes it";
  }
  return plan;
}

}  // namespace mnm::daemon
