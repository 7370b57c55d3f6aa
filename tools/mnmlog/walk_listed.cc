#include "mnmlog/walk_listed.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/program.h"
#include "ops/replay.h"

namespace mnm::mnmlog {
namespace {

using Order = ops::MergedListing::Order;

// What is indexed of a range; sets `open` to false when the visitor has had enough.
Result<> walk_index(const log::Reader& reader, const ops::DerivedRows& rows,
                    const std::vector<ops::Subject>& subjects, const Range& range, Order order,
                    const EventVisit& visit, bool& open) {
  if (range.empty()) return {};
  ops::MergedListing listing(rows, order);
  const Lsn start = order == Order::kAscending ? range.first : range.last;
  for (const ops::Subject& subject : subjects) {
    if (Result<> added = listing.add(subject, start); !added) return added;
  }
  EventReader events(reader);
  while (open) {
    const Result<Lsn> lsn = listing.next();
    if (!lsn) return fail(lsn.error());
    if (!*lsn || !range.contains(*lsn)) return {};
    if (tools::interrupted()) {
      return fail(ErrorCode::kInterrupted, fmt::format("interrupted at LSN {}", lsn->value()));
    }
    const Result<EventView> view = events.read(*lsn);
    if (!view) return fail(view.error());
    open = visit(*view);
  }
  return {};
}

}  // namespace

Result<EventView> EventReader::read(Lsn lsn) {
  if (!record_ || lsn < record_->first || lsn > record_->last()) {
    record_.reset();
    Result<log::Record> record = reader_.read(lsn);
    if (!record) return fail(record.error());
    record_ = std::move(*record);
  }
  const auto index = static_cast<std::size_t>(lsn.value() - record_->first.value());
  const std::string_view bytes = record_->events[index];
  if (auto parsed = ops::parse_event(lsn, bytes, event_); !parsed) return fail(parsed.error());
  return EventView{record_->epoch, lsn, event_, bytes};
}

Result<> walk_listed(Source& source, const std::vector<ops::Subject>& subjects, const Range& range,
                     Order order, const EventVisit& visit) {
  const log::Reader& reader = source.reader();
  const bool ascending = order == Order::kAscending;
  const ops::DerivedRows* rows = source.index();
  if (rows == nullptr) {
    return ascending ? walk_ahead(reader, range, visit) : walk_backward(reader, range, visit);
  }
  bool open = true;
  const EventVisit watched = [&](const EventView& view) { return open = visit(view); };
  const Range indexed{std::max(range.first, reader.tail()), std::min(range.last, source.indexed())};
  const Range later{std::max(range.first, next(source.indexed())), range.last};
  if (ascending) {
    const Result<> walked = walk_index(reader, *rows, subjects, indexed, order, visit, open);
    return walked && open ? walk_ahead(reader, later, visit) : walked;
  }
  const Result<> walked = walk_backward(reader, later, watched);
  return walked && open ? walk_index(reader, *rows, subjects, indexed, order, visit, open) : walked;
}

}  // namespace mnm::mnmlog
