#include "ops/new_epoch.h"

#include <glog/logging.h>

#include <algorithm>
#include <limits>
#include <map>
#include <string>

#include "base/canary.h"

namespace mnm::ops {
namespace {

constexpr std::uint64_t kNsPerMs = 1'000'000;
constexpr int kEventsPerMsBits = 20;
// Copies that the events of one record end: it stays far below the size that a reader takes.
constexpr std::size_t kCopiesPerRecordMax = 100'000;
constexpr std::string_view kLost = "its octets were gone when the log was taken back in time";

using NodesOf = std::map<Lsn, std::vector<NodeNo>>;

// The nodes that wait for each of `ids`, ascending.
NodesOf find_nodes(const state::Views& views, const std::vector<Lsn>& ids) {
  NodesOf nodes;
  for (NodeNo node(1); node < views.next_node(); node = next(node)) {
    for (const state::Lane lane : state::kLanes) {
      for (const std::uint64_t entry : views.node(node).queue.lane(lane).entries()) {
        if (std::ranges::binary_search(ids, Lsn(entry))) nodes[Lsn(entry)].push_back(node);
      }
    }
  }
  return nodes;
}

class EpochWriter {
 public:
  EpochWriter(log::Log& log, state::Views& views, std::uint64_t now_ns)
      : log_(log), views_(views), now_ns_(now_ns) {}

  // The events of the next record, which belong to `epoch` from `first` on.
  void begin(Epoch epoch, Lsn first) {
    epoch_ = epoch;
    first_ = first;
    encoded_.clear();
  }
  // The purges that the views ask for are of rows that aren't there.
  void add(event::Event event) {
    event.set_schema(1);
    event.set_time_ns(now_ns_);
    views_.evolve(first_ + encoded_.size(), event, changes_);
    encoded_.push_back(event.SerializeAsString());
  }
  Result<log::Position> commit() {
    const std::vector<std::string_view> events(encoded_.begin(), encoded_.end());
    return log_.append(
        {.epoch = epoch_, .first = first_, .events = events, .puts = {}, .purges = {}});
  }

 private:
  log::Log& log_;
  state::Views& views_;
  const std::uint64_t now_ns_;
  Epoch epoch_;
  Lsn first_;
  std::vector<std::string> encoded_;
  state::Changes changes_;
};

event::Event epoch_started(const log::Position& previous, Epoch epoch, std::string_view reason) {
  event::Event event;
  event::EpochStarted& started = *event.mutable_epoch_started();
  started.set_epoch(epoch.value());
  started.set_previous_epoch(previous.epoch.value());
  started.set_previous_lsn(previous.lsn.value());
  started.set_previous_chain(previous.chain.data(), previous.chain.size());
  started.set_reason(std::string(reason));
  return event;
}

event::Event expired(Lsn id, const std::vector<NodeNo>& nodes) {
  event::Event event;
  event::Expired& expired = *event.mutable_expired();
  expired.set_id(id.value());
  state::put_deltas(nodes, expired.mutable_nodes());
  expired.set_reason(std::string(kLost));
  return event;
}

}  // namespace

Lsn first_of_new_epoch(Lsn head, std::uint64_t now_ns) {
  if (MNM_CANARY("epoch-reuses-ids")) return next(head);
  return std::max(next(head), Lsn((now_ns / kNsPerMs) << kEventsPerMsBits));
}

Result<std::vector<Lsn>> find_lost_messages(const log::Reader& log, const state::Views& views) {
  std::vector<Lsn> waiting;
  for (NodeNo node(1); node < views.next_node(); node = next(node)) {
    for (const state::Lane lane : state::kLanes) {
      for (const std::uint64_t entry : views.node(node).queue.lane(lane).entries()) {
        waiting.emplace_back(entry);
      }
    }
  }
  std::ranges::sort(waiting);
  waiting.erase(std::ranges::unique(waiting).begin(), waiting.end());
  std::vector<Lsn> lost;
  for (const Lsn id : waiting) {
    const Result<std::string> row = log.message(id);
    if (row) continue;
    if (row.error().code != ErrorCode::kNegative) return fail(row.error());
    lost.push_back(id);
  }
  return lost;
}

Result<NewEpoch> begin_new_epoch(log::Log& log, state::Views& views, std::uint64_t now_ns,
                                 std::string_view reason, const event::Trimmed* trimmed) {
  NewEpoch begun;
  begun.previous = log.durable();
  CHECK(begun.previous.lsn) << "a new log begins its first epoch itself";
  CHECK(views.applied() == begun.previous.lsn) << "the views aren't those at the log's head";
  if (begun.previous.epoch.value() == std::numeric_limits<Epoch::rep>::max()) {
    return fail(ErrorCode::kUnavailable, "the log has no epoch left");
  }
  auto lost = find_lost_messages(log, views);
  if (!lost) return fail(lost.error());
  if (!MNM_CANARY("lost-message-waits")) begun.lost = std::move(*lost);
  begun.first = first_of_new_epoch(begun.previous.lsn, now_ns);

  const Epoch epoch(begun.previous.epoch.value() + 1);
  EpochWriter writer(log, views, now_ns);
  writer.begin(epoch, begun.first);
  writer.add(epoch_started(begun.previous, epoch, reason));
  if (trimmed != nullptr) {
    event::Event event;
    *event.mutable_trimmed() = *trimmed;
    writer.add(std::move(event));
  }
  std::size_t copies = 0;
  for (const auto& [id, nodes] : find_nodes(views, begun.lost)) {
    if (copies > 0 && copies + nodes.size() > kCopiesPerRecordMax) {
      const auto position = writer.commit();
      if (!position) return fail(position.error());
      writer.begin(epoch, next(position->lsn));
      copies = 0;
    }
    copies += nodes.size();
    writer.add(expired(id, nodes));
  }
  const auto position = writer.commit();
  if (!position) return fail(position.error());
  begun.head = *position;
  return begun;
}

}  // namespace mnm::ops
