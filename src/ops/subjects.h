// What an event is about: under which subjects the index lists it, and which names it gives.
//
// Pure; any thread. What this says is in the index (index_rows.h): to change it is to change
// kIndexVersion.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "base/ids.h"
#include "event.pb.h"

namespace mnm::ops {

// By user and not by node: a user has few, and half as many rows are written. A user's acts and
// gets together are all events that name it or a node of it.
struct Subject {
  enum class Kind : std::uint8_t {
    kRelay = 1,  // number 0: starts, epochs, what wasn't logged
    kActs = 2,   // of a user: what it did, its sessions, its nodes' birth and end, copies not got
    kGets = 3,   // of a user: copies queued for it, and ended without it; what names it
    kGroup = 4,
    kMessage = 5,  // number: the message's id. Notices and expiries, not the post itself, not acks
  };
  Kind kind = Kind::kRelay;
  std::uint64_t number = 0;

  [[nodiscard]] static Subject relay() { return {}; }
  [[nodiscard]] static Subject acts(UserNo user) { return {Kind::kActs, user.value()}; }
  [[nodiscard]] static Subject gets(UserNo user) { return {Kind::kGets, user.value()}; }
  [[nodiscard]] static Subject of(GroupNo group) { return {Kind::kGroup, group.value()}; }
  [[nodiscard]] static Subject of(Lsn message) { return {Kind::kMessage, message.value()}; }
  friend auto operator<=>(const Subject&, const Subject&) = default;
};

// May name one more than once. `user_of` tells whose a node is.
void for_each_subject(const event::Event& event, const std::function<UserNo(NodeNo)>& user_of,
                      const std::function<void(Subject)>& visit);

// A name and the number it means from here on, for ever. Uids are apart from the one namespace of
// aliases and group ids.
struct GivenName {
  enum class Kind : std::uint8_t { kUid = 1, kAlias = 2, kGroup = 3 };
  Kind kind = Kind::kUid;
  std::string_view name;  // a view into the event; empty: the event gives none
  std::uint32_t number = 0;
};
[[nodiscard]] GivenName name_given(const event::Event& event);

}  // namespace mnm::ops
