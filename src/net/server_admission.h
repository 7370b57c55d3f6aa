// How many links there may be, and how many of strangers: so that those who have not logged in
// can't crowd out those who have.
//
// Any thread; a mutex that is held for a lookup. A link holds a Ticket for its whole life.
#pragma once

#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

#include "net/limits.h"

namespace mnm::net {

class Admission {
 public:
  class Ticket {
   public:
    Ticket(Ticket&& other) noexcept
        : owner_(std::exchange(other.owner_, nullptr)),
          network_(std::move(other.network_)),
          stranger_(other.stranger_) {}
    Ticket& operator=(Ticket&&) = delete;
    Ticket(const Ticket&) = delete;
    Ticket& operator=(const Ticket&) = delete;
    ~Ticket();
    // No stranger any more. May be repeated.
    void logged_in();

   private:
    friend class Admission;
    Ticket(Admission* owner, std::string network, bool stranger)
        : owner_(owner), network_(std::move(network)), stranger_(stranger) {}

    Admission* owner_;
    std::string network_;
    bool stranger_;
  };

  explicit Admission(ServerLimits limits) : limits_(limits) {}
  // `network` as in Peer: empty for links from this machine, which only the total bounds. None:
  // close the link.
  [[nodiscard]] std::optional<Ticket> enter(const std::string& network);
  [[nodiscard]] std::size_t links() const;

 private:
  void no_stranger(const std::string& network);  // with mutex_ held

  const ServerLimits limits_;
  mutable std::mutex mutex_;
  std::size_t links_ = 0;
  std::size_t strangers_ = 0;
  std::unordered_map<std::string, std::size_t> strangers_of_;
};

}  // namespace mnm::net
