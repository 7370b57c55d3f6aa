#include "mnmlog/walk.h"

#include <fmt/format.h>

#include "common/program.h"
#include "log/ahead_reader.h"
#include "ops/event_arena.h"
#include "ops/replay.h"

namespace mnm::mnmlog {
namespace {

Result<> interrupted_at(Lsn lsn) {
  return fail(ErrorCode::kInterrupted, fmt::format("interrupted at LSN {}", lsn.value()));
}

Result<event::Event> event_at(const log::Record& record, Lsn lsn) {
  event::Event event;
  const auto index = static_cast<std::size_t>(lsn.value() - record.first.value());
  if (auto parsed = ops::parse_event(lsn, record.events[index], event); !parsed) {
    return fail(parsed.error());
  }
  return event;
}

// The last LSN before `record`, or none: where an epoch begins, its first event says it.
Result<Lsn> lsn_before(const log::Reader& reader, const log::Record& record) {
  if (record.first <= reader.tail()) return Lsn();
  const Lsn before = record.first - 1;
  const Result<log::Record> neighbour = reader.read(before);
  if (neighbour) return before;
  if (neighbour.error().code != ErrorCode::kNegative) return fail(neighbour.error());
  const Result<event::Event> event = event_at(record, record.first);
  if (!event) return fail(event.error());
  return Lsn(event->epoch_started().previous_lsn());
}

}  // namespace

Result<> walk_forward(const log::Reader& reader, const Range& range, const EventVisit& visit) {
  if (range.empty()) return {};
  const auto scanner = reader.scan(range.first);
  ops::EventArena arena;
  while (true) {
    const auto record = scanner->next();
    if (!record) return fail(record.error());
    if (!record->has_value() || (*record)->first > range.last) return {};
    if (tools::interrupted()) return interrupted_at((*record)->first);
    Lsn lsn = (*record)->first;
    for (const std::string_view bytes : (*record)->events) {
      if (range.contains(lsn)) {
        event::Event& event = arena.fresh();
        if (auto parsed = ops::parse_event(lsn, bytes, event); !parsed) return parsed;
        if (!visit({(*record)->epoch, lsn, event, bytes})) return {};
      }
      lsn = mnm::next(lsn);
    }
  }
}

Result<> walk_ahead(const log::Reader& reader, const Range& range, const EventVisit& visit) {
  // Not worth a thread below.
  constexpr std::uint64_t kManyEvents = 10'000;
  if (range.empty() || range.last.value() - range.first.value() < kManyEvents) {
    return walk_forward(reader, range, visit);
  }
  return walk_forward(log::AheadReader(reader, 1, log::Roots::kTrusted), range, visit);
}

Result<> walk_backward(const log::Reader& reader, const Range& range, const EventVisit& visit) {
  if (range.empty()) return {};
  Lsn lsn = range.last;
  while (lsn >= range.first) {
    const Result<log::Record> record = reader.read(lsn);
    // Between two epochs, or before the first event kept.
    if (!record && record.error().code == ErrorCode::kNegative) {
      const auto later = reader.scan(lsn)->next();
      if (!later) return fail(later.error());
      if (!later->has_value()) return {};
      const Result<Lsn> before = lsn_before(reader, **later);
      if (!before) return fail(before.error());
      if (!*before || *before >= lsn) return {};
      lsn = *before;
      continue;
    }
    if (!record) return fail(record.error());
    if (tools::interrupted()) return interrupted_at(lsn);
    for (; lsn >= record->first && lsn >= range.first; lsn = lsn - 1) {
      const Result<event::Event> event = event_at(*record, lsn);
      if (!event) return fail(event.error());
      const auto index = static_cast<std::size_t>(lsn.value() - record->first.value());
      if (!visit({record->epoch, lsn, *event, record->events[index]})) return {};
    }
    if (!lsn) return {};
  }
  return {};
}

}  // namespace mnm::mnmlog
