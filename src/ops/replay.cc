#include "ops/replay.h"

#include <fmt/format.h>

#include <limits>
#include <utility>

#include "base/canary.h"
#include "ops/event_arena.h"

namespace mnm::ops {
namespace {

constexpr std::uint32_t kEventSchemaMax = 1;

}  // namespace

Result<> parse_event(Lsn lsn, std::string_view bytes, event::Event& event) {
  if (!event.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return fail(ErrorCode::kCorruption,
                fmt::format("event {}: its {} octets are no event", lsn.value(), bytes.size()));
  }
  if (event.schema() == 0 || event.schema() > kEventSchemaMax ||
      event.fact_case() == event::Event::FACT_NOT_SET) {
    return fail(
        ErrorCode::kUnknownFormat,
        fmt::format("event {}: schema {} with a fact that this version doesn't know; use the "
                    "version that wrote it, or a later one",
                    lsn.value(), event.schema()));
  }
  return {};
}

namespace {

// What the first record read must go on from. The scanner sees gaps between records, but not that
// the very first ones are missing. Only a new epoch begins later, and never as the first of a log.
Result<> check_start(const state::Views& views, const log::Record& first) {
  const Lsn wanted = next(views.applied());
  if (first.first <= wanted || MNM_CANARY("first-events-missing")) return {};
  if (views.applied() && first.epoch > views.epoch()) return {};
  return fail(ErrorCode::kCorruption,
              fmt::format("the events from LSN {} to {} are missing: the log goes on at LSN {}",
                          wanted.value(), first.first.value() - 1, first.first.value()));
}

}  // namespace

Result<log::Position> replay(const log::Reader& reader, Lsn through, state::Views& views,
                             state::Changes& changes, const EventVisitor& visit) {
  const Lsn last = through ? through : Lsn(std::numeric_limits<std::uint64_t>::max());
  log::Position position{.epoch = views.epoch(), .lsn = views.applied()};
  EventArena arena;
  const auto scanner = reader.scan(next(views.applied()));
  bool begun = false;
  while (true) {
    auto record = scanner->next();
    if (!record) return fail(std::move(record.error()));
    if (!record->has_value()) return position;
    if (!std::exchange(begun, true)) {
      if (auto fits = check_start(views, **record); !fits) return fail(fits.error());
    }
    Lsn lsn = (*record)->first;
    for (const std::string_view bytes : (*record)->events) {
      if (lsn > views.applied() && lsn <= last) {
        event::Event& event = arena.fresh();
        if (auto parsed = parse_event(lsn, bytes, event); !parsed) return fail(parsed.error());
        if (visit && !visit(lsn, event)) return position;
        views.evolve(lsn, event, changes);
        changes.purges.clear();
        changes.queued.clear();
        changes.withdrawn.clear();
      }
      lsn = next(lsn);
    }
    position = {(*record)->epoch, (*record)->last(), (*record)->chain};
    if (position.lsn >= last) return position;
  }
}

}  // namespace mnm::ops
