// What differs between an object then and now, and which events made it so.
//
// Main thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "log/log.h"
#include "mnmlog/event_view.h"
#include "mnmlog/object.h"
#include "mnmlog/range.h"

namespace mnm::mnmlog {

// An event that touched what changed.
struct Cause {
  Lsn lsn;
  std::string word;   // the event, or what a member did: "acked", "join"
  std::string actor;  // empty: the relay
};

struct Change {
  enum class Kind : std::uint8_t { kAdded, kRemoved, kChanged };
  using Side = std::variant<std::monostate, Scalar, Item>;  // monostate: it wasn't there

  std::string_view object;
  std::uint32_t number = 0;  // the object's
  std::string id;
  std::string_view field;  // empty: the object itself came into being
  std::string item;        // the key of an item of a list; else empty
  std::string_view key_name;
  Kind kind = Kind::kChanged;
  Side before;
  Side after;
  std::vector<Cause> causes;  // the last ones, in order
};

// Appends what differs. Without `before` the object is new: its lists are told, its scalars not.
void append_difference(const Object* before, const Object& after, std::vector<Change>& changes);

// At most so many causes of one change are kept.
inline constexpr std::size_t kCausesMax = 4;
// Adds to each change the events of the range that made it. `maker` named the objects.
[[nodiscard]] Result<> find_causes(const log::Reader& reader, const Range& range,
                                   const ObjectMaker& maker, std::vector<Change>& changes);

}  // namespace mnm::mnmlog
