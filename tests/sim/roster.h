// Who there is, as far as clients know: people, their nodes, who is in which group, and between
// which two moments each of that changed. From it follows who must get a message and who may.
//
// A change lies between the moment when it was asked for and the one when it was answered; what
// overlaps it is uncertain, and excuses either outcome. Moments are Timeline::steps. One thread.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "ops/command.h"

namespace mnm::sim {

using Moment = std::uint64_t;
inline constexpr Moment kNotYet = std::numeric_limits<Moment>::max();

struct Span {
  Moment from = 0;
  Moment to = kNotYet;
};

enum class Standing : std::uint8_t { kNone, kInvited, kJoined, kBarred };

class Roster {
 public:
  using PersonNo = std::size_t;
  using NodeIndex = std::size_t;
  static constexpr std::size_t kNobody = std::numeric_limits<std::size_t>::max();

  struct NodeEntry {
    std::string name;
    PersonNo person = 0;
    NodeIndex copy_of = kNobody;
    Span added;
    bool drop_asked = false;
    Span dropped;
  };
  struct GroupEntry {
    bool exists = false;
    bool busy = false;  // a change is asked for and not answered: no other one is
  };
  // Who a message is for.
  struct Address {
    ops::TargetType type = ops::TargetType::kUser;
    std::size_t to = 0;  // a person or a group
  };

  explicit Roster(std::size_t groups) : groups_(groups) {}

  NodeIndex add_node(NodeEntry node) {
    nodes_.push_back(std::move(node));
    return nodes_.size() - 1;
  }
  [[nodiscard]] NodeEntry& node(NodeIndex index) { return nodes_[index]; }
  [[nodiscard]] std::size_t node_count() const { return nodes_.size(); }
  [[nodiscard]] GroupEntry& group(std::size_t index) { return groups_[index]; }
  [[nodiscard]] std::size_t group_count() const { return groups_.size(); }

  // A change begins, ends as asked, or ends without effect.
  void change(std::size_t group, PersonNo person, Standing after, Moment now) {
    changes_[{group, person}].push_back({{now, kNotYet}, after});
  }
  void changed(std::size_t group, PersonNo person, Moment now, bool done);
  [[nodiscard]] Standing standing(std::size_t group, PersonNo person) const;

  // Whether `node` is among those who get what `sender` sent to `to` within `span`: for sure, or
  // perhaps.
  [[nodiscard]] bool must(NodeIndex node, NodeIndex sender, const std::vector<Address>& to,
                          Span span) const;
  [[nodiscard]] bool may(NodeIndex node, NodeIndex sender, const std::vector<Address>& to,
                         Span span) const;

 private:
  struct Change {
    Span span;
    Standing after = Standing::kNone;
  };
  [[nodiscard]] bool joined(std::size_t group, PersonNo person, Span span, bool surely) const;
  [[nodiscard]] bool named(PersonNo person, PersonNo sender, const std::vector<Address>& to,
                           Span span, bool surely) const;
  [[nodiscard]] bool gets(NodeIndex node, NodeIndex sender, const std::vector<Address>& to,
                          Span span, bool surely) const;

  std::vector<NodeEntry> nodes_;
  std::vector<GroupEntry> groups_;
  std::map<std::pair<std::size_t, PersonNo>, std::vector<Change>> changes_;
};

}  // namespace mnm::sim
