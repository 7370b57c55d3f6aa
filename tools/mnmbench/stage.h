// Where a run takes place: the loop that all its users share, and how they come onto it.
//
// One thread. What goes wrong is a fault in the book, and ends every wait.
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "mnmbench/user.h"

namespace mnm::bench {

class Stage {
 public:
  // Allows as many descriptors as the system does; too few shows as a failed connect.
  explicit Stage(Book& book);

  [[nodiscard]] boost::asio::io_context& io() { return io_; }
  // Runs handlers until `done`; false after a fault, or when the time is up.
  bool run_until(std::chrono::nanoseconds within, const std::function<bool()>& done);
  // Or until a fault.
  void run_for(double seconds);

  // Registers users, each on a link of its own, until there are so many.
  template <class Kind>
  Result<> join(std::vector<std::unique_ptr<Kind>>& users, std::size_t count, bool with_alias) {
    std::size_t ready = 0;
    const std::size_t before = users.size();
    while (users.size() < count) {
      auto socket = connect_to(book_.load.address);
      if (!socket) return fail(socket.error());
      users.push_back(std::make_unique<Kind>(io_, book_, users.size(), std::move(*socket)));
      users.back()->join(with_alias ? fresh_alias() : std::string(), [&ready] { ++ready; });
      const std::size_t left = users.size() < count ? kJoiningMax : 1;
      if (!run_until(kSetUpWithin, [&] { return users.size() - before < ready + left; })) {
        return fail(error("can't register"));
      }
    }
    return {};
  }
  // The inviter invites the others, who join. All of them have aliases.
  Result<> make_group(const std::string& gid, User& inviter, const std::vector<User*>& joining,
                      const std::vector<User*>& invited_only);
  // A name that no other run has used.
  [[nodiscard]] std::string fresh_gid() { return "bench-group-" + fresh_name(); }
  // What set-up fails with: the first fault, if there is one.
  [[nodiscard]] Error error(const std::string& what) const;

 private:
  static constexpr std::size_t kJoiningMax = 128;  // at a time; a relay bounds those not logged in
  static constexpr std::chrono::seconds kSetUpWithin{120};

  [[nodiscard]] std::string fresh_alias() { return "bench-" + fresh_name(); }
  [[nodiscard]] std::string fresh_name();
  Result<> wait_for_quiet();

  Book& book_;
  const std::string run_;  // tells its names from those of other runs
  std::size_t names_ = 0;
  boost::asio::io_context io_{1};
};

}  // namespace mnm::bench
