#include "mnmlog/record_check.h"

#include <fmt/format.h>

#include "event.pb.h"
#include "log/record.h"
#include "ops/replay.h"

namespace mnm::mnmlog {

Result<> RecordCheck::add(const log::Record& record) {
  if (Result<> linked = check_before(record); !linked) return linked;
  if (last_ && record.epoch != last_->epoch) {
    if (Result<> checked = check_epoch(record); !checked) return checked;
  }
  count(record, record.storage.size());
  return {};
}

Result<> RecordCheck::add_envelope(const log::Envelope& record, std::size_t stored_bytes) {
  if (Result<> linked = check_before(record); !linked) return linked;
  count(record, stored_bytes);
  return {};
}

Result<> RecordCheck::check_before(const log::Envelope& record) const {
  return last_ ? log::check_link(*last_, record) : Result<>();
}

void RecordCheck::count(const log::Envelope& record, std::size_t stored_bytes) {
  if (records_ == 0) first_ = record.first;
  if (records_ == 0 || !last_ || record.epoch != last_->epoch) ++epochs_;
  ++records_;
  events_ += record.count;
  bytes_ += stored_bytes;
  last_ = record.position();
}

// LSNs may leave a gap only where an epoch begins, and its first event must say what it follows.
Result<> RecordCheck::check_epoch(const log::Record& record) const {
  event::Event event;
  if (auto parsed = ops::parse_event(record.first, record.events.front(), event); !parsed) {
    return parsed;
  }
  const event::EpochStarted& fact = event.epoch_started();
  if (!event.has_epoch_started() || fact.epoch() != record.epoch.value()) {
    return fail(ErrorCode::kCorruption,
                fmt::format("LSN {}: epoch {} begins without an event that says so",
                            record.first.value(), record.epoch.value()));
  }
  const bool same = fact.previous_epoch() == last_->epoch.value() &&
                    fact.previous_lsn() == last_->lsn.value() &&
                    (fact.previous_chain() == as_bytes(last_->chain) || !last_->lsn);
  if (!same) {
    return fail(ErrorCode::kTampering,
                fmt::format("LSN {}: epoch {} says it follows epoch {} LSN {}, but before it is "
                            "epoch {} LSN {}",
                            record.first.value(), record.epoch.value(), fact.previous_epoch(),
                            fact.previous_lsn(), last_->epoch.value(), last_->lsn.value()));
  }
  return {};
}

}  // namespace mnm::mnmlog
