// How messages, queues and remembered requests change.
#include <glog/logging.h>

#include <algorithm>

#include "base/canary.h"
#include "state/views.h"

namespace mnm::state {
namespace {

void touch_entry(Changes& changes, const Queue& queue, QueueSegment segment, Lsn id) {
  if (!changes.track) return;
  segment.number = queue.lane(segment.lane).index_of(id) / kSegmentEntries;
  changes.queues.insert(segment);
}

// Ending an entry moves the ones before it: all segments up to its own.
void touch_through(Changes& changes, const Queue& queue, NodeNo node, Lsn id) {
  if (!changes.track) return;
  for (const Lane which : kLanes) {
    const IdLane& lane = queue.lane(which);
    if (!lane.contains(id)) continue;
    const std::uint64_t last = lane.index_of(id) / kSegmentEntries;
    for (std::uint64_t n = lane.first_index() / kSegmentEntries; n <= last; ++n) {
      changes.queues.insert({node, which, n});
    }
  }
}

}  // namespace

void Views::on(Lsn lsn, const event::Event& event, const event::Stored& fact, Changes& changes) {
  const UserNo sender(event.actor().user());
  Message message{.row_bytes = fact.row_bytes(),
                  .data_bytes = fact.data_bytes(),
                  .sender = sender,
                  .at_hours = static_cast<std::uint32_t>(uptime_hours_),
                  .kind = fact.kind()};
  for_each_delta<NodeNo>(fact.recipients(), [&](NodeNo recipient) {
    if (fact.kind() == message::LOGIN) {
      const Lsn earlier = std::exchange(at(recipient).login_notice, lsn);
      if (earlier && end_copy(recipient, earlier, changes)) {
        changes.withdrawn.push_back({recipient, earlier});
      }
      changes.touch(recipient);
    }
    add_copy(recipient, lsn, message, changes);
    changes.queued.push_back({recipient, lsn});
  });
  if (message.copies > 0) {
    MessageExtras extras;
    if (fact.file_serial() != 0) extras.file = {Lsn(fact.file_boot()), fact.file_serial()};
    require(messages_.put(lsn, message, std::move(extras)), "the message is there");
    changes.touch(lsn);
  }
  if (fact.counts_as_ping()) {
    PingCount& pings = at(sender).pings;
    if (uptime_hours_ >= pings.window_start_hours + kPingWindowHours) {
      pings = {.window_start_hours = uptime_hours_};
    }
    ++pings.sent;
    pings.failed = 0;
    changes.touch(sender);
  }
  if (!fact.request_digest().empty()) remember_request(lsn, event, fact, changes);
}

void Views::remember_request(Lsn lsn, const event::Event& event, const event::Stored& fact,
                             Changes& changes) {
  const NodeNo number(event.actor().node());
  std::vector<RecentRequest>& requests = at(number).requests;
  const auto is_old = [this](const RecentRequest& request) {
    return request.at_hours + kRecentRequestHours <= uptime_hours_;
  };
  // Ascending by time: the old ones come first, and as a rule there are none.
  const auto first_kept = std::ranges::find_if_not(requests, is_old);
  requests.erase(requests.begin(), first_kept);
  if (requests.size() == kRecentRequestsMax) requests.erase(requests.begin());
  if (MNM_CANARY("one-retry-remembered")) requests.clear();
  // Doubling would leave a half of it empty for ever.
  if (requests.size() == kRecentRequestsMax / 2) requests.reserve(kRecentRequestsMax);
  requests.push_back({.digest = hash_from(fact.request_digest()),
                      .message = lsn,
                      .posted_ns = event.time_ns(),
                      .session = SessionId(event.actor().session()),
                      .at_hours = uptime_hours_});
  changes.touch(number);
}

void Views::on(const event::Event& event, const event::Acked& fact, Changes& changes) {
  const NodeNo number(event.actor().node());
  const Node& node = at(number);
  for (const std::uint64_t value : fact.ids()) {
    const Lsn id(value);
    if (waits_at_another(node, number, id)) {
      const bool waits = change_message(id, [&node](Message&, Rare<MessageExtras>& extras) {
        std::vector<UserNo>& had_by = extras.own().had_by;
        const auto place = std::ranges::lower_bound(had_by, node.user);
        if (place == had_by.end() || *place != node.user) had_by.insert(place, node.user);
      });
      require(waits, "a message of a queue is missing");
    }
    require(end_copy(number, id, changes), "a message doesn't wait for the node");
  }
}

void Views::on(const event::Event&, const event::Expired& fact, Changes& changes) {
  end_copies(Lsn(fact.id()), fact.nodes(), changes);
}

void Views::on(const event::Event&, const event::Withdrawn& fact, Changes& changes) {
  end_copies(Lsn(fact.id()), fact.nodes(), changes);
}

void Views::end_copies(Lsn id, const google::protobuf::RepeatedField<std::uint32_t>& nodes,
                       Changes& changes) {
  for_each_delta<NodeNo>(nodes, [&](NodeNo number) {
    require(end_copy(number, id, changes), "a message doesn't wait for the node");
    if (!MNM_CANARY("expired-keeps-credit")) changes.withdrawn.push_back({number, id});
  });
}

bool Views::waits_at_another(const Node& node, NodeNo number, Lsn id) {
  return std::ranges::any_of(at(node.user).nodes, [&](NodeNo other) {
    return other != number && at(other).queue.contains(id);
  });
}

void Views::add_copy(NodeNo number, Lsn id, Message& message, Changes& changes) {
  Queue& queue = at(number).queue;
  const Lane lane = lane_of(message.kind);
  queue.push(lane, id, message.cost_bytes());
  ++message.copies;
  touch_entry(changes, queue, {.node = number, .lane = lane}, id);
}

bool Views::end_copy(NodeNo number, Lsn id, Changes& changes) {
  Node& node = at(number);
  bool ended = false;
  bool purged = false;
  (void)change_message(id, [&](Message& message, const Rare<MessageExtras>& extras) {
    touch_through(changes, node.queue, number, id);
    ended = node.queue.erase(id, message.cost_bytes());
    if (!ended || MNM_CANARY("purge-never")) return;
    if (MNM_CANARY("purge-early") && message.copies > 1) --message.copies;
    purged = --message.copies == 0;
    if (purged) changes.purges.push_back({.id = id, .file = extras->file});
  });
  if (!ended) return false;
  if (!node.session) node.queue.settle();
  if (node.login_notice == id) {
    node.login_notice = Lsn();
    changes.touch(number);
  }
  changes.touch(id);
  if (purged && !is_whole()) ended_.insert(id.value());
  return true;
}

void Views::copy_queue(NodeNo from, NodeNo to, Changes& changes) {
  for (const Lane which : kLanes) {
    for (const std::uint64_t value : at(from).queue.lane(which).entries()) {
      const bool waits = change_message(Lsn(value), [&](Message& message, const auto&) {
        require(lane_of(message.kind) == which, "a message is in the wrong lane");
        add_copy(to, Lsn(value), message, changes);
      });
      require(waits, "a message of the queue is missing");
      changes.touch(Lsn(value));
    }
  }
  at(to).login_notice = at(from).login_notice;
}

void Views::drop_queue(NodeNo number, Changes& changes) {
  for (const Lane which : kLanes) {
    const auto entries = at(number).queue.lane(which).entries();
    const std::vector<std::uint64_t> ids(entries.begin(), entries.end());
    for (const std::uint64_t value : ids) {
      require(end_copy(number, Lsn(value), changes), "a message of the queue is missing");
    }
  }
}

}  // namespace mnm::state
