#include "sim/roster.h"

#include <algorithm>

namespace mnm::sim {

void Roster::changed(std::size_t group, PersonNo person, Moment now, bool done) {
  std::vector<Change>& changes = changes_[{group, person}];
  if (done) {
    changes.back().span.to = now;
  } else {
    changes.pop_back();
  }
}

Standing Roster::standing(std::size_t group, PersonNo person) const {
  const auto found = changes_.find({group, person});
  return found == changes_.end() || found->second.empty() ? Standing::kNone
                                                          : found->second.back().after;
}

bool Roster::joined(std::size_t group, PersonNo person, Span span, bool surely) const {
  const auto found = changes_.find({group, person});
  if (found == changes_.end()) return false;
  Standing before = Standing::kNone;
  bool uncertain = false;
  bool perhaps = false;
  for (const Change& change : found->second) {
    if (change.span.to < span.from) {
      before = change.after;
    } else if (change.span.from <= span.to) {
      uncertain = true;
      perhaps = perhaps || change.after == Standing::kJoined;
    }
  }
  if (surely) return before == Standing::kJoined && !uncertain;
  return before == Standing::kJoined || perhaps;
}

bool Roster::named(PersonNo person, PersonNo sender, const std::vector<Address>& to, Span span,
                   bool surely) const {
  return std::ranges::any_of(to, [&](const Address& address) {
    if (address.type == ops::TargetType::kUser) return address.to == person;
    if (address.type == ops::TargetType::kGroupWithoutSelf && person == sender) return false;
    return joined(address.to, person, span, surely);
  });
}

bool Roster::gets(NodeIndex index, NodeIndex sender, const std::vector<Address>& to, Span span,
                  bool surely) const {
  const NodeEntry& node = nodes_[index];
  const PersonNo from = nodes_[sender].person;
  const bool own_other = node.person == from && index != sender;
  return own_other || named(node.person, from, to, span, surely);
}

bool Roster::must(NodeIndex index, NodeIndex sender, const std::vector<Address>& to,
                  Span span) const {
  const NodeEntry& node = nodes_[index];
  return node.added.to < span.from && !node.drop_asked && gets(index, sender, to, span, true);
}

bool Roster::may(NodeIndex index, NodeIndex sender, const std::vector<Address>& to,
                 Span span) const {
  const NodeEntry& node = nodes_[index];
  const bool gone_before = node.drop_asked && node.dropped.to < span.from;
  if (node.added.from <= span.to && !gone_before && gets(index, sender, to, span, false)) {
    return true;
  }
  // A new node begins with what its maker had not acked.
  return node.copy_of != kNobody && span.from <= node.added.to &&
         may(node.copy_of, sender, to, span);
}

}  // namespace mnm::sim
