#include "mnmlog/range.h"

#include <fmt/format.h>

#include <charconv>
#include <optional>

#include "event.pb.h"
#include "ops/replay.h"

namespace mnm::mnmlog {
namespace {

constexpr std::string_view kGrammar =
    "X..Y, either side may be missing; each an LSN, @2026-01-02T03:04, @-2h, @today, end, end-100, "
    "cursor:FILE; Y also a duration";

std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

Result<std::uint64_t> time_of(const log::Record& record, Lsn lsn) {
  event::Event event;
  const auto index = static_cast<std::size_t>(lsn.value() - record.first.value());
  if (auto parsed = ops::parse_event(lsn, record.events[index], event); !parsed) {
    return fail(parsed.error());
  }
  return event.time_ns();
}

// One side of a range, once its text is understood.
struct Bound {
  enum class Kind : std::uint8_t { kOpen, kLsn, kTime, kAfter };
  Kind kind = Kind::kOpen;
  Lsn lsn;                    // kLsn: this one; kAfter: the one after it
  std::uint64_t time_ns = 0;  // kTime
};

class Resolver {
 public:
  Resolver(const log::Reader& reader, const log::Position& durable, tools::Zone zone)
      : reader_(reader), durable_(durable), zone_(zone) {}

  Result<Range> range(std::string_view text) {
    const std::size_t dots = text.find("..");
    const Result<Bound> from = bound(text.substr(0, dots));
    if (!from) return fail(from.error());
    Result<Bound> to = Bound{};
    if (dots == std::string_view::npos) {
      if (from->kind == Bound::Kind::kLsn && parse_number(text)) to = *from;
    } else {
      to = upper(text.substr(dots + 2), *from);
    }
    if (!to) return fail(to.error());
    const Result<Lsn> first = first_of(*from);
    if (!first) return fail(first.error());
    const Result<Lsn> last = last_of(*to);
    if (!last) return fail(last.error());
    return Range{*first, *last};
  }

  Result<Moments> moments(std::string_view from_text, std::string_view to_text) {
    const Result<Bound> from = bound(from_text);
    if (!from) return fail(from.error());
    const Result<Bound> to = upper(to_text, *from);
    if (!to) return fail(to.error());
    const Result<Lsn> first = moment(*from);
    if (!first) return fail(first.error());
    const Result<Lsn> last = moment(*to);
    if (!last) return fail(last.error());
    return Moments{*first, *last};
  }

  // LSNs have gaps where an epoch begins.
  Result<std::optional<log::Record>> record_at_or_after(Lsn lsn) {
    Result<log::Record> record = reader_.read(lsn);
    if (record) return std::optional<log::Record>(std::move(*record));
    if (record.error().code != ErrorCode::kNegative) return fail(record.error());
    return reader_.scan(lsn)->next();
  }

  // The LSN after the end when all events are earlier.
  Result<Lsn> first_at_or_after(std::uint64_t time_ns) {
    Lsn low = std::max(reader_.tail(), Lsn(1));  // all before it are earlier
    Lsn high = mnm::next(durable_.lsn);          // it and all after it are not
    while (low < high) {
      const Lsn middle = low + (high.value() - low.value()) / 2;
      const Result<std::optional<log::Record>> record = record_at_or_after(middle);
      if (!record) return fail(record.error());
      if (!record->has_value()) {
        high = middle;
        continue;
      }
      const Lsn at = std::max(middle, (*record)->first);
      if (at >= high) {  // a gap from middle to high
        high = middle;
        continue;
      }
      const Result<std::uint64_t> time = time_of(**record, at);
      if (!time) return fail(time.error());
      if (*time < time_ns) {
        low = mnm::next(at);
      } else {
        high = middle;
      }
    }
    return low;
  }

 private:
  Result<Lsn> moment(const Bound& bound) {
    if (bound.kind == Bound::Kind::kLsn && bound.lsn > durable_.lsn) {
      return fail(ErrorCode::kNegative, fmt::format("LSN {} is beyond the log's end, {}",
                                                    bound.lsn.value(), durable_.lsn.value()));
    }
    return last_of(bound);
  }

  Result<Bound> bad(std::string_view text) {
    return fail(ErrorCode::kUsage, fmt::format("{}: not a range: {}", text, kGrammar));
  }

  Result<Bound> bound(std::string_view text) {
    if (text.empty()) return Bound{};
    if (const auto lsn = parse_number(text)) return Bound{Bound::Kind::kLsn, Lsn(*lsn)};
    if (text.starts_with('@')) return time_bound(text);
    if (text.starts_with("cursor:")) return cursor_bound(std::string(text.substr(7)));
    if (!text.starts_with("end")) return bad(text);
    text.remove_prefix(3);
    if (text.empty()) return Bound{Bound::Kind::kLsn, durable_.lsn};
    const auto back = text.starts_with('-') ? parse_number(text.substr(1)) : std::nullopt;
    if (!back) return bad(text);
    return Bound{Bound::Kind::kLsn, *back < durable_.lsn.value() ? durable_.lsn - *back : Lsn(1)};
  }

  Result<Bound> time_bound(std::string_view text) {
    const Result<std::uint64_t> time = parse_when(text, zone_);
    if (!time) return fail(time.error());
    return Bound{Bound::Kind::kTime, {}, *time};
  }

  Result<Bound> cursor_bound(const std::string& path) {
    const Result<Cursor> cursor = load_cursor(path);
    if (!cursor) return fail(cursor.error());
    if (cursor->epoch > durable_.epoch || cursor->lsn > durable_.lsn) {
      return fail(ErrorCode::kNegative,
                  fmt::format("cursor {}: at epoch {} LSN {}, beyond this log's end", path,
                              cursor->epoch.value(), cursor->lsn.value()));
    }
    return Bound{Bound::Kind::kAfter, cursor->lsn};
  }

  // Y: as X, or a duration from there.
  Result<Bound> upper(std::string_view text, const Bound& from) {
    const auto duration = tools::parse_duration_ns(text);
    if (parse_number(text) || !duration) return bound(text);
    std::uint64_t start = from.time_ns;
    if (from.kind != Bound::Kind::kTime) {
      const Result<Lsn> first = first_of(from);
      if (!first) return fail(first.error());
      const Result<std::optional<log::Record>> record = record_at_or_after(*first);
      if (!record) return fail(record.error());
      if (!record->has_value()) return Bound{};
      const Result<std::uint64_t> time = time_of(**record, std::max(*first, (*record)->first));
      if (!time) return fail(time.error());
      start = *time;
    }
    // With the first nanosecond of what isn't in it: an event at the very end is.
    return Bound{Bound::Kind::kTime, {}, start + *duration + 1};
  }

  Result<Lsn> first_of(const Bound& bound) {
    switch (bound.kind) {
      case Bound::Kind::kLsn:
        return std::max(bound.lsn, Lsn(1));
      case Bound::Kind::kAfter:
        return mnm::next(bound.lsn);
      case Bound::Kind::kTime:
        return first_at_or_after(bound.time_ns);
      case Bound::Kind::kOpen:
        break;
    }
    return std::max(reader_.tail(), Lsn(1));
  }

  Result<Lsn> last_of(const Bound& bound) {
    switch (bound.kind) {
      case Bound::Kind::kLsn:
      case Bound::Kind::kAfter:
        return std::min(bound.lsn, durable_.lsn);
      case Bound::Kind::kTime: {
        Result<Lsn> after = first_at_or_after(bound.time_ns);
        if (!after) return after;
        return *after - 1;
      }
      case Bound::Kind::kOpen:
        break;
    }
    return durable_.lsn;
  }

  const log::Reader& reader_;
  const log::Position& durable_;
  tools::Zone zone_;
};

}  // namespace

Result<Lsn> parse_lsn(const std::string& text) {
  if (const Lsn id = parse_message_id(text)) return id;
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    return fail(ErrorCode::kUsage, text + ": neither an LSN nor a message's id");
  }
  return Lsn(value);
}

Result<std::uint64_t> parse_when(std::string_view text, tools::Zone zone) {
  const std::uint64_t now = tools::now_ns();
  const std::string_view time = text.starts_with('@') ? text.substr(1) : std::string_view();
  if (time == "now") return now;
  if (time == "today") return tools::midnight_ns(now, zone);
  if (time == "yesterday") {
    const std::uint64_t half_a_day = 12 * std::uint64_t{3600} * tools::kSecondNs;
    return tools::midnight_ns(tools::midnight_ns(now, zone) - half_a_day, zone);
  }
  const bool ago = time.starts_with('-');
  const auto parsed =
      ago ? tools::parse_duration_ns(time.substr(1)) : tools::parse_time_ns(time, zone);
  if (!parsed) {
    return fail(ErrorCode::kUsage,
                fmt::format("{}: not a time: @2026-01-02T03:04, @-2h, @now, @today", text));
  }
  if (!ago) return *parsed;
  return *parsed < now ? now - *parsed : 0;
}

Result<Range> resolve_range(std::string_view text, const log::Reader& reader,
                            const log::Position& durable, tools::Zone zone) {
  return Resolver(reader, durable, zone).range(text);
}

Result<Moments> resolve_moments(std::string_view from, std::string_view to,
                                const log::Reader& reader, const log::Position& durable,
                                tools::Zone zone) {
  return Resolver(reader, durable, zone).moments(from, to);
}

Result<Lsn> resolve_moment(std::string_view text, const log::Reader& reader,
                           const log::Position& durable, tools::Zone zone) {
  const Result<Moments> both = resolve_moments(text, text, reader, durable, zone);
  if (!both) return fail(both.error());
  return both->from;
}

Result<Lsn> first_at_or_after(std::uint64_t time_ns, const log::Reader& reader,
                              const log::Position& durable) {
  return Resolver(reader, durable, tools::Zone::kUtc).first_at_or_after(time_ns);
}

}  // namespace mnm::mnmlog
