#include "ops/retention.h"

#include <fmt/format.h>
#include <glog/logging.h>

#include <algorithm>

#include "ops/replay.h"

namespace mnm::ops {
namespace {

bool is_stopped(const Stopping& stopping) { return stopping && stopping(); }
tl::unexpected<Error> stopped() { return fail(ErrorCode::kInterrupted, "it was interrupted"); }

Result<std::uint64_t> time_of(Lsn lsn, std::string_view bytes) {
  event::Event event;
  if (auto parsed = parse_event(lsn, bytes, event); !parsed) return fail(parsed.error());
  return event.time_ns();
}

// The range of all records through `through`, from the one before it.
Result<log::MerkleRange> extend(const log::Reader& log, const BaseInfo& from,
                                const log::Position& through, const Stopping& stopping) {
  log::MerkleRange range = from.range;
  const auto scanner = log.scan(next(from.at.lsn));
  while (true) {
    if (is_stopped(stopping)) return stopped();
    const auto record = scanner->next();
    if (!record) return fail(record.error());
    if (!record->has_value() || (*record)->first > through.lsn) return range;
    range.append((*record)->chain);
  }
}

}  // namespace

Result<std::optional<TrimPlan>> plan_trim(const log::Reader& log, Lsn before,
                                          const Stopping& stopping) {
  const Lsn end = log.durable().lsn;
  const Lsn tail = log.tail();
  if (!tail || before <= tail) return std::nullopt;
  TrimPlan plan{.first = tail};
  const auto scanner = log.scan(tail);
  std::string last_event;
  while (true) {
    if (is_stopped(stopping)) return stopped();
    const auto record = scanner->next();
    if (!record) return fail(record.error());
    if (!record->has_value() || (*record)->last() >= before || (*record)->last() >= end) break;
    if (plan.records == 0) {
      const auto time = time_of(tail, (*record)->events.front());
      if (!time) return fail(time.error());
      plan.oldest_ns = *time;
    }
    ++plan.records;
    plan.events += (*record)->events.size();
    plan.octets += (*record)->storage.size();
    plan.through = {(*record)->epoch, (*record)->last(), (*record)->chain};
    last_event = (*record)->events.back();
  }
  if (plan.records == 0) return std::nullopt;
  const auto time = time_of(plan.through.lsn, last_event);
  if (!time) return fail(time.error());
  plan.newest_ns = *time;
  return plan;
}

Result<event::Trimmed> make_base(const log::Reader& log, const Bases& bases, const TrimPlan& plan,
                                 const Stopping& stopping) {
  auto from = bases.latest(log, plan.through.lsn);
  if (!from) return fail(from.error());
  const auto range = extend(log, from->info, plan.through, stopping);
  if (!range) return fail(range.error());
  state::Changes changes;
  const auto folded = replay(log, plan.through.lsn, from->views, changes,
                             [&](Lsn, const event::Event&) { return !is_stopped(stopping); });
  if (!folded) return fail(folded.error());
  if (from->views.applied() != plan.through.lsn) return stopped();
  const auto info = bases.write(from->views, plan.through, *range);
  if (!info) return fail(info.error());
  event::Trimmed fact;
  fact.set_epoch(info->at.epoch.value());
  fact.set_lsn(info->at.lsn.value());
  fact.set_chain(info->at.chain.data(), info->at.chain.size());
  fact.set_digest(info->digest.data(), info->digest.size());
  fact.set_base_hash(info->file_hash.data(), info->file_hash.size());
  fact.set_range(info->range.encode());
  fact.set_first_lsn(plan.first.value());
  fact.set_events(plan.events);
  return fact;
}

Result<Lsn> first_at_or_after(const log::Reader& log, std::uint64_t time_ns) {
  Lsn low = std::max(log.tail(), Lsn(1));  // all before it are earlier
  Lsn high = next(log.durable().lsn);      // it and all after it are not
  while (low < high) {
    const Lsn middle = low + (high.value() - low.value()) / 2;
    const auto record = log.scan(middle)->next();  // LSNs have gaps where an epoch begins
    if (!record) return fail(record.error());
    if (!record->has_value() || (*record)->first >= high) {
      high = middle;
      continue;
    }
    const Lsn at = std::max(middle, (*record)->first);
    const auto index = static_cast<std::size_t>(at.value() - (*record)->first.value());
    const auto time = time_of(at, (*record)->events[index]);
    if (!time) return fail(time.error());
    if (*time < time_ns) {
      low = next(at);
    } else {
      high = middle;
    }
  }
  return low;
}

}  // namespace mnm::ops
