// Questions about single objects of the relay's views, as a tool beside it asks them over the
// reader's channel (log/log_channel.h; doc/mnmlog.md, "The reader's channel"), and their answers.
//
// Pure; answer_views() on a thread that may look at the views.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/ids.h"
#include "state/views.h"

namespace mnm::ops {

// Numbers on the wire, never reused.
enum class ViewsAsk : std::uint8_t {
  kRow = 1,        // state::row_key() -> the row; empty: there is none
  kUserOfUid = 2,  // a name -> the number of who has or had it; 0: nobody
  kUserOfAlias = 3,
  kGroupOfId = 4,
  kWaiting = 5,  // a node -> WaitingSum
  kWaiters = 6,  // a message, and nodes that got a copy -> who of their users' nodes it waits for
};

// What waits for one node.
struct WaitingSum {
  std::uint64_t count = 0;
  std::uint64_t cost_bytes = 0;  // against its quota
  Lsn oldest;                    // none: nothing waits
};
[[nodiscard]] WaitingSum waiting_sum(const state::Queue& queue);
// Of all nodes of the users of `recipients`, those that the message waits for: a new node gets a
// copy of what waits for another one of its user. Ascending.
[[nodiscard]] std::vector<NodeNo> waiters(const state::Views& views, Lsn id,
                                          std::span<const NodeNo> recipients);

[[nodiscard]] std::string ask_for(ViewsAsk what, std::string_view key_or_name);
[[nodiscard]] std::string ask_waiting(NodeNo node);
// At most kWaitersAskedMax recipients.
[[nodiscard]] std::string ask_waiters(Lsn id, std::span<const NodeNo> recipients);
inline constexpr std::size_t kWaitersAskedMax = 1000;

// kUsage when it is no question.
[[nodiscard]] Result<std::string> answer_views(const state::Views& views,
                                               std::string_view question);

// nullopt when the answer makes no sense.
[[nodiscard]] std::optional<std::uint32_t> decode_number_answer(std::string_view octets);
[[nodiscard]] std::optional<WaitingSum> decode_waiting_answer(std::string_view octets);
[[nodiscard]] std::optional<std::vector<NodeNo>> decode_waiters_answer(std::string_view octets);

}  // namespace mnm::ops
