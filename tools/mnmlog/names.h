// Dense numbers to names and back. A uid, a node's ordinal and a group's id never change and are
// never given to anyone else, so the views at the log's end name all that is in it.
//
// Main thread; the lookup or the views outlive it.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "mnmlog/lookup.h"

namespace mnm::mnmlog {

class Names {
 public:
  // Null: all are numbers.
  explicit Names(const Lookup* lookup) : lookup_(lookup) {}
  explicit Names(const state::Views& views) : own_(lookup_in(views)), lookup_(own_.get()) {}

  // The one name that means this one for ever: for programs. "#7" when unknown.
  [[nodiscard]] std::string uid(UserNo user) const;
  [[nodiscard]] std::string node_id(NodeNo node) const;  // UID/ORDINAL
  [[nodiscard]] std::string gid(GroupNo group) const;
  // The same, at the end of a text.
  void append_uid(std::string& out, UserNo user) const;
  void append_node_id(std::string& out, NodeNo node) const;
  void append_gid(std::string& out, GroupNo group) const;

  // For people, escaped: an alias that reaches the user, else the uid.
  [[nodiscard]] std::string user(UserNo user) const;
  [[nodiscard]] std::string node(NodeNo node) const;
  [[nodiscard]] std::string group(GroupNo group) const;

  // From a uid, an alias (also one that was retired), USER/ORDINAL, a group's id, or #NUMBER. None
  // when there is no such thing.
  [[nodiscard]] UserNo find_user(std::string_view text) const;
  [[nodiscard]] NodeNo find_node(std::string_view text) const;
  [[nodiscard]] GroupNo find_group(std::string_view text) const;

  // Whether there is one of this number.
  template <class Number>
  [[nodiscard]] bool has(Number number) const {
    return known(number) != nullptr;
  }
  [[nodiscard]] UserNo user_of(NodeNo node) const;  // none when unknown
  // All there ever were; empty when the user is unknown.
  [[nodiscard]] std::vector<NodeNo> nodes_of(UserNo user) const;

 private:
  [[nodiscard]] const state::User* known(UserNo user) const {
    return lookup_ != nullptr ? lookup_->user(user) : nullptr;
  }
  [[nodiscard]] const state::Node* known(NodeNo node) const {
    return lookup_ != nullptr ? lookup_->node(node) : nullptr;
  }
  [[nodiscard]] const state::Group* known(GroupNo group) const {
    return lookup_ != nullptr ? lookup_->group(group) : nullptr;
  }

  std::shared_ptr<const Lookup> own_;
  const Lookup* lookup_;
};

}  // namespace mnm::mnmlog
