// What all users of a run share: how far it is, what was counted, what is wrong. One thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mnmbench/load.h"

namespace mnm::bench {

// The front of a body: who posted it, the how manieth it is, and when. As it lies in memory: it
// comes back to the process that made it.
struct Stamp {
  std::uint64_t sender = 0;
  std::uint64_t number = 0;
  std::uint64_t at_ns = 0;
};
static_assert(sizeof(Stamp) == kBodyBytesMin);

[[nodiscard]] inline std::uint64_t now_ns() {
  return static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
}

class Book {
 public:
  explicit Book(const Load& a_load);

  // Of the receivers, those who get post `number` of `sender`: `fanout` in a row from this one, the
  // first after the last; or the members of a group, who are in a row too.
  [[nodiscard]] std::size_t first_receiver(std::size_t sender, std::uint64_t number) const {
    if (load.groups > 0) return (number + sender) % load.groups * load.fanout;
    return (number * load.fanout + sender) % load.receivers;
  }
  [[nodiscard]] std::size_t body_bytes(std::size_t sender, std::uint64_t number) const {
    return load.sizes[(number + sender) % load.sizes.size()];
  }
  [[nodiscard]] bool is_for(std::size_t receiver, std::size_t sender, std::uint64_t number) const {
    const std::size_t first = first_receiver(sender, number);
    return (receiver + load.receivers - first) % load.receivers < load.fanout;
  }
  // The frame of a post without its body, its id 16 hex digits that are still zeros.
  [[nodiscard]] const std::string& post_template(std::size_t first_receiver, std::size_t bytes);
  // What follows the stamp in a body of so many octets.
  [[nodiscard]] std::string_view tail(std::size_t bytes) const {
    return std::string_view(tail_).substr(0, bytes - sizeof(Stamp));
  }

  void fault(std::string text);
  [[nodiscard]] bool all_arrived() const { return acked == posted && delivered == due; }

  const Load load;  // with the fan-out of the groups, if there are any
  std::vector<std::string> gids;
  std::vector<std::string> receiver_uids;
  bool posting = false;
  bool measuring = false;
  std::uint64_t posted = 0;
  std::uint64_t acked = 0;
  std::uint64_t due = 0;  // deliveries that the posts ask for
  std::uint64_t delivered = 0;
  std::uint64_t notices = 0;  // other stored messages
  Figures figures;
  std::function<void()> when_all_arrived;

 private:
  std::map<std::pair<std::size_t, std::size_t>, std::string> templates_;
  std::string tail_;  // of the longest body
};

// Puts `id` as 16 hex digits where the template has zeros.
void append_with_id(std::string& out, std::string_view frame, std::uint64_t id);

}  // namespace mnm::bench
