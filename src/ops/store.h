// What the decide_*.cc share: storing a message, refusing a request, answering a repeated one, and
// who is who.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ops/decision.h"

namespace mnm::ops {

// --- storing ---

struct NewMessage {
  message::Header header;  // its kind and the kind's own fields; the rest is filled by store()
  std::vector<NodeNo> recipients;  // any order, repeats allowed
  const Body* body = nullptr;      // null for none
  std::vector<event::Target> targets;
  Lsn post_id;  // notify, undelivered
  bool counts_as_ping = false;
  bool answers_request =
      false;  // its id and time are what the ack shows; a repetition is recognised by it
};
// Adds the Stored event and, if anybody gets a copy, the row. Nodes over their quota get none; what
// else this decision stores counts from the next one on. A recipient may be the node that this
// decision adds (views.next_node()): it counts as full as the one that asks, whose queue it copies.
// Returns the id.
Lsn store(const Context& context, NewMessage&& message, Decision& decision);
// Whether a message of this cost fits the node's quota.
[[nodiscard]] bool has_room(const Context& context, NodeNo node, std::uint64_t cost_bytes);

// --- answering ---

// Acknowledged, showing `message` if not 0.
void acknowledge(const Context& context, Lsn message, Decision& decision);
// Whether the answer to a UserEdit is `updated`; else it is an ack, as for all other requests.
[[nodiscard]] bool answers_updated(const Context& context);
// The request can't be done: logs it (within the budget) and answers with `error`.
void refuse(const Context& context, std::string error, Decision& decision);
// It can't be done now, but perhaps in `retry_after_s`: silent where the dialect takes an error for
// final.
void refuse_for_now(const Context& context, std::string error, std::uint32_t retry_after_s,
                    Decision& decision);
// Logs a refusal without answering it. A decision that refuses stores nothing. `detail`: what the
// answer doesn't say.
void log_refusal(const Context& context, std::string_view error, std::string_view uid, bool passing,
                 Decision& decision, std::string_view detail = {});
// The accepted request that this one repeats; null if it is new. Looked up before anything else is
// checked. One without an id is new unless it says itself that it may not be.
[[nodiscard]] const state::RecentRequest* find_repeated(const Context& context);
// If the request was accepted before, repeats its answer and returns true.
bool answer_repeated(const Context& context, Decision& decision);

// --- who is who ---

// The user's nodes that are not dropped, ascending.
[[nodiscard]] std::vector<NodeNo> live_nodes(const state::Views& views, UserNo user);
void append_live_nodes(const state::Views& views, UserNo user, std::vector<NodeNo>& out);
// Own nodes but the one that asks.
[[nodiscard]] std::vector<NodeNo> other_nodes(const Context& context);
void append_other_nodes(const Context& context, std::vector<NodeNo>& out);
// Tells the connected nodes of `target` that `user` came (1) or went (2).
void tell_presence(const Context& context, UserNo user, UserNo target, std::uint32_t status,
                   Decision& decision);
// The closing event of a connected node's session, and the word to those who saw its user, if it
// was the last that showed presence. `gone`: nodes whose sessions this decision has ended before.
// Doesn't dismiss it.
void end_session(const Context& context, NodeNo node, std::string_view reason, Decision& decision,
                 std::span<const NodeNo> gone = {});
// Why `user` can't take `alias` now; empty if it can. One that the user has already is no error.
[[nodiscard]] std::string why_not_alias(const Context& context, UserNo user,
                                        std::string_view alias);
[[nodiscard]] bool has_alias(const state::Views& views, UserNo user, std::string_view alias);
// Records that a single-use alias was reached, if it is one.
void use_alias(const Context& context, std::string_view alias, Decision& decision);
// Why nobody can be reached by this uid; empty if somebody can.
[[nodiscard]] std::string why_not_user(const state::Views& views, std::string_view uid);
// Unicode letters, marks, numbers, punctuation, symbols and the ASCII space alone.
[[nodiscard]] bool is_printable(std::string_view text);

inline constexpr std::size_t kAliasBytesMin = 8;
inline constexpr std::string_view kReceiveOnlyError = "not allowed for a receive-only account";

// --- recipients of posts ---

struct Resolved {
  std::vector<NodeNo> nodes;  // of all users named but the sender, ascending
  bool sender_named =
      false;  // by its uid, or through a group that it has joined and includes itself
  std::vector<event::Target> targets;  // for the event
  std::string error;                   // if not empty, nobody gets anything
};
[[nodiscard]] Resolved resolve(const Context& context, const std::vector<Target>& to);

}  // namespace mnm::ops
