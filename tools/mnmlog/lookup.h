// Users, nodes and groups by number and by name, at the end of what is looked at: of whole views,
// or one by one, from the relay's checkpoint or from the relay itself, which a look at a few of
// them is much faster with.
//
// Main thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/ids.h"
#include "mnmlog/admin_reader.h"
#include "ops/checkpoint_reader.h"
#include "ops/views_ask.h"
#include "state/views.h"

namespace mnm::mnmlog {

class Lookup {
 public:
  virtual ~Lookup() = default;
  // Null when there is none. They stay as long as the lookup does.
  [[nodiscard]] virtual const state::User* user(UserNo number) const = 0;
  [[nodiscard]] virtual const state::Node* node(NodeNo number) const = 0;
  [[nodiscard]] virtual const state::Group* group(GroupNo number) const = 0;
  // Of a node that there is, in their place: node() may lack its own.
  [[nodiscard]] virtual ops::WaitingSum waiting(NodeNo number) const = 0;
  // As ops::waiters().
  [[nodiscard]] virtual std::vector<NodeNo> waiters(
      Lsn id, const std::vector<NodeNo>& recipients) const = 0;
  [[nodiscard]] virtual SessionId session(NodeNo number) const = 0;
  // None if unknown. An alias also when it was retired.
  [[nodiscard]] virtual UserNo find_user(std::string_view uid) const = 0;
  [[nodiscard]] virtual UserNo find_alias(std::string_view alias) const = 0;
  // Whether an alias of one of the users looked up is also somebody's uid.
  [[nodiscard]] virtual bool is_uid(std::string_view alias) const {
    return static_cast<bool>(find_user(alias));
  }
  [[nodiscard]] virtual GroupNo find_group(std::string_view gid) const = 0;

  [[nodiscard]] virtual std::uint64_t uptime_hours() const = 0;
  // The first thing that went wrong in any of the above, which then said "none".
  [[nodiscard]] virtual std::optional<Error> error() const { return std::nullopt; }
};

// The views outlive it.
[[nodiscard]] std::unique_ptr<Lookup> lookup_in(const state::Views& views);
// Its position is the end of what is looked at, as is that of its index. The checkpoint outlives
// it.
[[nodiscard]] std::unique_ptr<Lookup> lookup_in(const ops::CheckpointReader& checkpoint);
// Asks the relay, which outlives it: what holds a little after the end of what is looked at.
[[nodiscard]] std::unique_ptr<Lookup> lookup_in(const AdminReader& relay);
// For names: what an older checkpoint of the relay has, from there, and the rest from the relay, as
// is who was found by name. Of others an alias may be shown that was given up since the checkpoint.
// Both outlive it.
[[nodiscard]] std::unique_ptr<Lookup> names_in(const Lookup& checkpoint, const Lookup& relay);

}  // namespace mnm::mnmlog
