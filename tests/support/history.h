// What clients saw, and whether a relay that keeps its promises could have shown it to them.
// Nothing is known here but what a client sent and received: the judge trusts no relay.
//
// Thread-safe. The order of calls is the order in which things happened: post() before a request is
// sent, the others after the octets came. faults() once all is quiet: nothing waits for anybody.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace mnm::testing {

class History {
 public:
  struct Counts {
    std::uint64_t posted = 0;
    std::uint64_t acked = 0;
    std::uint64_t delivered = 0;  // first deliveries
    std::uint64_t repeated = 0;   // before the node's ack was confirmed: allowed, at least once
    std::uint64_t confirmed = 0;
  };

  // A node asks to have `octets`, which no other post has, taken to these nodes. Once a message,
  // however often the request is sent.
  void post(const std::string& sender, const std::string& octets,
            std::set<std::string> recipients) {
    const std::scoped_lock lock(mutex_);
    ++counts_.posted;
    Post post;
    post.sender = sender;
    post.place = ++places_[sender];
    post.floor = highest_acked_;
    post.recipients = std::move(recipients);
    if (!posts_.emplace(octets, std::move(post)).second) fault("posted twice", octets);
  }
  // The relay took it, each time that it says so.
  void ack(const std::string& octets, const std::string& msgid) {
    const std::scoped_lock lock(mutex_);
    Post& post = posts_.at(octets);
    if (!post.acked) ++counts_.acked;
    post.acked = true;
    if (msgid <= post.floor) fault("its id isn't above those acked before it was posted", octets);
    name(post, octets, msgid);
    highest_acked_ = std::max(highest_acked_, msgid);
  }
  // The relay did not, for good.
  void refuse(const std::string& octets) {
    const std::scoped_lock lock(mutex_);
    posts_.at(octets).refused = true;
  }
  // Not now, so nothing was stored; the node will ask again, after all that it has asked so far.
  void postpone(const std::string& octets) {
    const std::scoped_lock lock(mutex_);
    Post& post = posts_.at(octets);
    post.place = ++places_[post.sender];
  }
  // Asked again after a link ended on which it may have been refused for the moment, unseen, while
  // what was asked after it was taken: its place among the others is the relay's to say, by its id.
  void doubt(const std::string& octets) {
    const std::scoped_lock lock(mutex_);
    posts_.at(octets).doubtful = true;
  }
  // A node logged in: deliveries begin anew.
  void login(const std::string& node) {
    const std::scoped_lock lock(mutex_);
    nodes_[node].last_in_session.clear();
  }
  void deliver(const std::string& node, const std::string& msgid, const std::string& octets) {
    const std::scoped_lock lock(mutex_);
    const auto found = posts_.find(octets);
    if (found == posts_.end()) return fault("a phantom or spoilt message at " + node, octets);
    Post& post = found->second;
    Node& at = nodes_[node];
    name(post, octets, msgid);
    if (!post.recipients.contains(node)) fault("leaked to " + node, octets);
    if (at.confirmed.contains(msgid)) fault("came again after the ack of " + node, octets);
    if (msgid <= at.last_in_session) fault("ids don't rise within a session of " + node, octets);
    at.last_in_session = msgid;
    if (!at.seen.insert(octets).second) {
      ++counts_.repeated;
      return;
    }
    ++counts_.delivered;
    Newest& newest = at.newest_of_sender[post.sender];
    const bool placed = !post.doubtful;
    if (msgid < newest.msgid || (placed && post.place < newest.place)) {
      fault("came after a later one of its sender at " + node, octets);
    }
    newest.msgid = std::max(newest.msgid, msgid);
    if (placed) newest.place = std::max(newest.place, post.place);
  }
  // The node's ack of it is known to be durable.
  void confirm(const std::string& node, const std::string& msgid) {
    const std::scoped_lock lock(mutex_);
    if (nodes_[node].confirmed.insert(msgid).second) ++counts_.confirmed;
  }

  // What can't be; each says what, and which message. At most kFaultsMax.
  [[nodiscard]] std::vector<std::string> faults() {
    const std::scoped_lock lock(mutex_);
    for (const auto& [octets, post] : posts_) {
      if (post.refused && !post.msgid.empty()) fault("was refused, yet exists", octets);
      if (!post.acked) continue;
      for (const std::string& node : post.recipients) {
        const auto at = nodes_.find(node);
        if (at == nodes_.end() || !at->second.seen.contains(octets))
          fault("lost for " + node, octets);
      }
    }
    return faults_;
  }
  [[nodiscard]] Counts counts() const {
    const std::scoped_lock lock(mutex_);
    return counts_;
  }

 private:
  static constexpr std::size_t kFaultsMax = 50;
  static constexpr std::size_t kShown = 80;  // octets of a message

  struct Post {
    std::string sender;
    std::uint64_t place = 0;  // among the sender's
    std::string floor;        // the highest id acked to anybody before it was posted
    std::set<std::string> recipients;
    std::string msgid;  // once known
    bool acked = false;
    bool refused = false;
    bool doubtful = false;
  };
  struct Newest {
    std::uint64_t place = 0;
    std::string msgid;
  };
  struct Node {
    std::set<std::string> seen;
    std::set<std::string> confirmed;
    std::map<std::string, Newest> newest_of_sender;
    std::string last_in_session;
  };

  void fault(const std::string& what, const std::string& octets) {
    if (faults_.size() == kFaultsMax) return;
    faults_.push_back(fmt::format("{}: {}", what, octets.substr(0, kShown)));
  }
  // One message has one id, and an id one message.
  void name(Post& post, const std::string& octets, const std::string& msgid) {
    if (!post.msgid.empty() && post.msgid != msgid) fault("has two ids", octets);
    post.msgid = msgid;
    const auto [owner, first] = owners_.emplace(msgid, octets);
    if (!first && owner->second != octets) fault("has another message's id", octets);
  }

  mutable std::mutex mutex_;
  std::map<std::string, Post> posts_;  // by octets
  std::map<std::string, Node> nodes_;
  std::map<std::string, std::string> owners_;  // id -> octets
  std::map<std::string, std::uint64_t> places_;
  std::string highest_acked_;
  Counts counts_;
  std::vector<std::string> faults_;
};

}  // namespace mnm::testing
