// Names that people would take for one another: by case, by Unicode form (NFKC), by letters of
// other scripts that look the same (Unicode's confusables, UTS 39, as ICU has them).
//
// What alias_policy = "distinct" refuses. Derived from the views and on no disk, so that another
// version of Unicode changes what is refused from then on, and never what has happened. One thread:
// the engine's.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <string>
#include <string_view>

#include "event.pb.h"
#include "state/views.h"

namespace mnm::ops {

// Two names look alike when one of these texts is the same: what is left of them without regard to
// case, and what they look like as they stand, since case hides that I and l are alike. Any thread.
struct Looks {
  std::string folded;
  std::string seen;
};
[[nodiscard]] Looks looks_of(std::string_view name);

class Lookalikes {
 public:
  // Of all names that there are, retired ones included.
  explicit Lookalikes(const state::Views& views);

  // A name more, if the event makes one: an alias, a group.
  void add(const event::Event& event);
  // Whether somebody else has a name that looks like this one. One's own may look alike; a group is
  // nobody's own.
  [[nodiscard]] bool taken_by_another(std::string_view name, UserNo user) const;

 private:
  void add(std::string_view name, UserNo owner);

  // By each of a name's looks: whose the first such name is; none for a group's.
  using Owners = boost::unordered_flat_map<std::string, UserNo>;
  Owners folded_;
  Owners seen_;
};

}  // namespace mnm::ops
