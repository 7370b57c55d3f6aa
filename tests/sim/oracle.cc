#include "sim/oracle.h"

#include <fmt/format.h>

#include <algorithm>

namespace mnm::sim {
namespace {

constexpr std::size_t kFaultsMax = 50;

}  // namespace

void Oracle::fault(const std::string& what) {
  if (faults_.size() < kFaultsMax) faults_.push_back(what);
}

// ------------------------------------------------------------------------------------------
// senders

void Oracle::sent(const std::string& sender, const std::string& token, const std::string& octets) {
  ++counts_.sent;
  Sent sent;
  sent.sender = sender;
  sent.place = ++places_[sender];
  sent.floor = highest_acked_;
  sent.octets = sha256(octets);
  if (!messages_.emplace(token, std::move(sent)).second) fault("sent twice: " + token);
}

// One message has one id, and an id one message.
void Oracle::name(Sent& sent, const std::string& token, const std::string& msgid) {
  if (!sent.msgid.empty() && sent.msgid != msgid) {
    fault(fmt::format("twice a message: {} is {} and {}", token, sent.msgid, msgid));
  }
  sent.msgid = msgid;
  const auto [owner, first] = owners_.emplace(msgid, token);
  if (!first && owner->second != token) {
    fault(fmt::format("id reused: {} is {} and {}", msgid, owner->second, token));
  }
  if (msgid <= sent.floor) {
    fault(fmt::format("id not rising: {} of {}, though {} was acked before it was sent", msgid,
                      token, sent.floor));
  }
}

void Oracle::acked(const std::string& token, const std::string& msgid) {
  Sent& sent = messages_.at(token);
  if (!sent.acked) ++counts_.acked;
  sent.acked = true;
  if (sent.forbidden) fault("acked though its session was fenced: " + token);
  if (msgid.empty()) return;
  name(sent, token, msgid);
  highest_acked_ = std::max(highest_acked_, msgid);
}

void Oracle::refused(const std::string& token) {
  ++counts_.refused;
  messages_.at(token).refused = true;
}

void Oracle::forbid(const std::string& token) { messages_.at(token).forbidden = true; }

bool Oracle::is_acked(const std::string& token) const {
  const auto found = messages_.find(token);
  return found != messages_.end() && found->second.acked;
}

// ---------------------------------------------------------------------------------------
// recipients

void Oracle::linked(const std::string& link) { links_[link] = ++moment_; }

void Oracle::check_repeat(const Place& at, const std::string& msgid) {
  const auto& confirmed = nodes_[at.node].confirmed;
  const auto found = confirmed.find(msgid);
  if (found == confirmed.end()) return;
  if (found->second.link == at.link || found->second.moment < links_[at.link]) {
    fault(fmt::format("delivered after its ack was confirmed: {} at {}", msgid, at.node));
  }
}

void Oracle::delivered(const Place& at, const std::string& msgid, const std::string& token,
                       std::string_view octets) {
  const auto found = messages_.find(token);
  if (found == messages_.end() || found->second.octets != sha256(octets)) {
    return fault(fmt::format("phantom or spoilt: {} ({}) at {}", msgid, token, at.node));
  }
  Sent& sent = found->second;
  name(sent, token, msgid);
  check_repeat(at, msgid);
  if (sent.forbidden) fault(fmt::format("delivered though its session was fenced: {}", token));
  if (!sent.had_by.insert(at.node).second) {
    ++counts_.repeated;
    return;
  }
  ++counts_.delivered;
  std::uint64_t& place = nodes_[at.node].place_of_sender[sent.sender];
  if (sent.place < place && !sent.refused_inside) {
    fault(fmt::format("out of order: {} first came to {} after a later one of its sender", token,
                      at.node));
  }
  place = std::max(place, sent.place);
}

void Oracle::noticed(const Place& at, const std::string& msgid) { check_repeat(at, msgid); }

void Oracle::ack_sent(const Place& at, const std::string& msgid) {
  nodes_[at.node].acks_sent.emplace(msgid, ++moment_);
}

void Oracle::ack_confirmed(const Place& at, const std::string& msgid) {
  const auto [entry, first] =
      nodes_[at.node].confirmed.emplace(msgid, Node::Confirmed{++moment_, at.link});
  if (first) ++counts_.confirmed;
}

void Oracle::must_reach(const std::string& token, const std::string& node) {
  messages_.at(token).must.insert(node);
}
void Oracle::may_reach(const std::string& token, const std::string& node) {
  messages_.at(token).may.insert(node);
}

// -------------------------------------------------------------------------------------------
// inside

void Oracle::cursor(const std::string& node, std::uint64_t lsn) {
  std::uint64_t& before = nodes_[node].cursor;
  if (lsn < before) {
    fault(fmt::format("cursor moved back: of {} from {} to {}", node, before, lsn));
  }
  before = std::max(before, lsn);
}

void Oracle::refused_inside(const std::string& token) { messages_.at(token).refused_inside = true; }

void Oracle::row_gone(const std::string& msgid) { gone_.emplace(msgid, ++moment_); }

void Oracle::rows_left(std::uint64_t rows, std::uint64_t bodies) {
  if (rows == 0 && bodies == 0) return;
  fault(fmt::format("not purged when all acked: {} rows and {} body files are left", rows, bodies));
}

void Oracle::readable_after_purge(const std::string& msgid, const std::string& where) {
  fault(fmt::format("readable after purge: {} in {}", msgid, where));
}

void Oracle::plain_on_disk(const std::string& where, std::string_view found) {
  fault(fmt::format("plain on disk: {} in {}", found, where));
}

void Oracle::rekeyed(std::uint32_t data_key) { last_rekey_ = std::max(last_rekey_, data_key); }

void Oracle::rekey_told(std::uint32_t data_key) {
  last_rekey_told_ = std::max(last_rekey_told_, data_key);
  if (data_key > last_rekey_) fault(fmt::format("a rekey that nobody did: data key {}", data_key));
}

void Oracle::digests(const char* which, Lsn at, const Hash& live, const Hash& again) {
  if (live != again) fault(fmt::format("digest differs at LSN {}: {}", at.value(), which));
}

void Oracle::waited(const std::string& request, std::uint64_t seconds, std::uint64_t bound) {
  if (seconds > bound) {
    fault(fmt::format("no answer within the bound: {} waits for {} s", request, seconds));
  }
}

const std::vector<std::string>& Oracle::finish() {
  if (last_rekey_told_ < last_rekey_) {
    fault(fmt::format("a rekey that the log doesn't tell of: data key {}", last_rekey_));
  }
  for (const auto& [token, sent] : messages_) {
    if (sent.refused && (sent.acked || !sent.had_by.empty())) {
      fault("refused, yet it left a trace: " + token);
    }
    for (const std::string& node : sent.had_by) {
      if (!sent.may.contains(node) && !sent.must.contains(node)) {
        fault(fmt::format("leaked: {} to {}", token, node));
      }
    }
    if (!sent.acked) continue;
    const auto gone = gone_.find(sent.msgid);
    for (const std::string& node : sent.must) {
      const auto& acks = nodes_[node].acks_sent;
      const auto ack = acks.find(sent.msgid);
      if (gone != gone_.end() && (ack == acks.end() || ack->second > gone->second)) {
        fault(fmt::format("purged too early: {} waits for {}", token, node));
      }
      if (!sent.had_by.contains(node)) fault(fmt::format("lost: {} for {}", token, node));
    }
  }
  return faults_;
}

}  // namespace mnm::sim
