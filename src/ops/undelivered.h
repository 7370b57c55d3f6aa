// Messages that come back: the word to a sender that some of the people it wrote to never got a
// message. Used by the ops that write to others (a full queue) and decide_tick (a post too long
// unread). Engine's thread.
#pragma once

#include <set>
#include <string_view>
#include <vector>

#include "ops/decision.h"

namespace mnm::ops {

// Users that one message names at most, so that its header fits a frame; more make more messages.
inline constexpr std::size_t kReturnedUsersMax = 1'000;

// To the nodes of `sender` but those `without`, which are dropped by this decision (ascending).
void return_post(const Context& context, UserNo sender, Lsn post,
                 const std::vector<UserNo>& unreached, std::string_view reason,
                 const std::vector<NodeNo>& without, Decision& decision);
// Users to whom the message just stored went at no node, because all that they have are over their
// quota. The sender is not among them.
[[nodiscard]] std::set<UserNo> without_room(const Context& context, const Decision& decision);
// If there are such users, returns it to the sender: a post, ping or invite, which the sender knows
// by this id.
void return_if_full(const Context& context, Lsn id, const std::set<UserNo>& full,
                    Decision& decision);
// The users of `nodes`, whose copies of the message end, that have it at no node, ascending. Users
// that have it at another node miss nothing, nor does its sender.
[[nodiscard]] std::vector<UserNo> unreached_users(const state::Views& views, Lsn id,
                                                  const std::vector<NodeNo>& nodes);

// What one hour's tick returns at most; the rest comes with the next.
inline constexpr std::size_t kReturnsPerTickMax = 10'000;
// Ends the copies of posts that have waited for limits.undelivered_hours at `uptime_hours`, and
// returns each to its sender as far as no node of a user has it. `dropped`: nodes dropped by this
// decision, ascending.
void expire_posts(const Context& context, std::uint64_t uptime_hours,
                  const std::vector<NodeNo>& dropped, Decision& decision);

}  // namespace mnm::ops
