// Which events are shown: --op, --user, --group, --node, --msgid, --session. The same option twice
// means "or", different ones mean "and".
//
// Main thread.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "base/error.h"
#include "event.pb.h"
#include "mnmlog/names.h"

namespace mnm::mnmlog {

// As given on the command line.
struct FilterOptions {
  std::vector<std::string> ops;
  std::vector<std::string> users;
  std::vector<std::string> groups;
  std::vector<std::string> nodes;
  std::vector<std::string> messages;
  std::vector<std::string> sessions;
};

class Filter {
 public:
  // kUsage for what can't be meant; kNegative for a name that nobody has.
  [[nodiscard]] static Result<Filter> make(const FilterOptions& options, const Names& names);
  // A user is concerned when it acts, is named, or a node of it is; a node when it acts, gets a
  // copy, or is named.
  [[nodiscard]] bool passes(Lsn lsn, const event::Event& event) const;
  // Whether names are looked up at all.
  [[nodiscard]] static bool needs_names(const FilterOptions& options);

 private:
  [[nodiscard]] bool passes_op(const event::Event& event) const;

  std::set<std::string, std::less<>> ops_;
  std::set<UserNo> users_;
  std::set<NodeNo> user_nodes_;  // of users_
  std::set<GroupNo> groups_;
  std::set<NodeNo> nodes_;
  std::set<Lsn> messages_;
  std::set<std::uint64_t> sessions_;
};

}  // namespace mnm::mnmlog
