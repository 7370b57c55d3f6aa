// Which events are shown: --op, --user, --group, --node, --msgid, --session, --where, --grep. The
// same option twice means "or", different ones mean "and".
//
// Main thread.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/error.h"
#include "common/duration.h"
#include "mnmlog/event_view.h"
#include "mnmlog/where.h"
#include "ops/subjects.h"

namespace mnm::mnmlog {

// As given on the command line.
struct FilterOptions {
  std::vector<std::string> ops;
  std::vector<std::string> users;
  std::vector<std::string> groups;
  std::vector<std::string> nodes;
  std::vector<std::string> messages;
  std::vector<std::string> sessions;
  std::string where;
  std::string grep;
};

class Filter {
 public:
  // kUsage for what can't be meant; kNegative for a name that nobody has.
  // `names` outlive it.
  [[nodiscard]] static Result<Filter> make(const FilterOptions& options, const Names& names,
                                           tools::Zone zone);
  // A user is concerned when it acts, is named, or a node of it is; a node when it acts, gets a
  // copy, or is named.
  [[nodiscard]] bool passes(const EventView& view);
  // Subjects under which the index lists all that can pass; none: it might be anything.
  [[nodiscard]] std::vector<ops::Subject> subjects() const;
  // Whether names are looked up at all.
  [[nodiscard]] static bool needs_names(const FilterOptions& options);

 private:
  [[nodiscard]] Result<> add_numbers(const FilterOptions& options);
  [[nodiscard]] bool passes_op(const event::Event& event) const;

  std::set<std::string, std::less<>> ops_;
  std::set<UserNo> users_;
  std::set<NodeNo> user_nodes_;  // of users_
  std::set<GroupNo> groups_;
  std::set<NodeNo> nodes_;
  std::set<Lsn> messages_;
  std::set<std::uint64_t> sessions_;
  std::optional<Where> where_;
  std::optional<Pattern> grep_;
  const Names* names_ = nullptr;
};

}  // namespace mnm::mnmlog
