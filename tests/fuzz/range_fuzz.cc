// tools/mnmlog/range.h and where.h: whatever somebody types is a stretch of the log or an error
// that says why; a stretch that isn't empty lies within the log, and typed out it is itself again.
// An expression is a program whose nodes only name what is there.
#include <fmt/format.h>
#include <glog/logging.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "event.pb.h"
#include "mnmlog/range.h"
#include "mnmlog/where.h"
#include "support/memory_log.h"

namespace mnm::mnmlog {
namespace {

constexpr std::uint64_t kEvents = 40;
constexpr std::uint64_t kBegin_ns = 1'767'323'045'000'000'000;
constexpr std::uint64_t kMinute_ns = 60'000'000'000;

std::string event_at(std::uint64_t number) {
  event::Event event;
  event.set_time_ns(kBegin_ns + number * kMinute_ns);
  event.mutable_tick()->set_uptime_hours(number);
  return event.SerializeAsString();
}

const log::MemoryLog& some_log() {
  static const log::MemoryLog* const log = [] {
    auto* fresh = new log::MemoryLog(std::make_shared<log::MemoryDisk>());
    for (std::uint64_t number = 1; number <= kEvents; number += 2) {
      const std::array<std::string, 2> events{event_at(number), event_at(number + 1)};
      const std::array<std::string_view, 2> octets{events[0], events[1]};
      CHECK(fresh->append({.epoch = Epoch(1), .first = Lsn(number), .events = octets}));
    }
    return fresh;
  }();
  return *log;
}

void check_range(std::string_view text) {
  const log::MemoryLog& log = some_log();
  const auto range = resolve_range(text, log, log.durable(), tools::Zone::kUtc);
  if (!range) {
    CHECK(!range.error().text.empty());
    return;
  }
  if (range->empty()) return;
  CHECK_GE(range->first.value(), 1U);
  CHECK_LE(range->last.value(), kEvents);
  const std::string typed = fmt::format("{}..{}", range->first.value(), range->last.value());
  const auto again = resolve_range(typed, log, log.durable(), tools::Zone::kUtc);
  CHECK(again) << typed;
  CHECK(again->first == range->first && again->last == range->last) << typed;
}

void check_moments(std::string_view text) {
  const log::MemoryLog& log = some_log();
  const std::size_t cut = std::min(text.find(' '), text.size());
  const auto moments =
      resolve_moments(text.substr(0, cut), text.substr(std::min(cut + 1, text.size())), log,
                      log.durable(), tools::Zone::kUtc);
  CHECK(moments || !moments.error().text.empty());
  if (moments) CHECK_LE(moments->to.value(), kEvents);
}

void check_where(std::string_view text) {
  const auto program = parse_where(std::string(text), tools::Zone::kUtc);
  if (!program) {
    CHECK(!program.error().text.empty());
    return;
  }
  CHECK(!program->nodes.empty());
  for (std::size_t i = 0; i < program->nodes.size(); ++i) {
    const WhereNode& node = program->nodes[i];
    const bool has_left = node.kind <= WhereNode::Kind::kNot;
    const bool has_right = node.kind <= WhereNode::Kind::kOr;
    CHECK(!has_left || node.left < i);
    CHECK(!has_right || node.right < i);
    CHECK(has_left || node.slot < program->slots.size());
  }
}

}  // namespace
}  // namespace mnm::mnmlog

// The first octet says what the rest is.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0]) {
    case 'm':
      mnm::mnmlog::check_moments(text);
      break;
    case 'w':
      mnm::mnmlog::check_where(text);
      break;
    default:
      mnm::mnmlog::check_range(text);
  }
  return 0;
}
