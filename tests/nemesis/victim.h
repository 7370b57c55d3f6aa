// The relay that all of it is done to, and who looks after it: starts it again when it has ended,
// as a service manager would, and remembers how it ended.
//
// One thread (see MnmdProcess).
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "support/crowd.h"
#include "support/relay_box.h"

namespace mnm::testing {

class Victim {
 public:
  Victim(RelayBox& relay, Signpost& signpost) : relay_(relay), signpost_(signpost) {}

  [[nodiscard]] bool alive() const { return up_ && !relay_.process().ended(); }
  [[nodiscard]] pid_t pid() const { return relay_.process().pid(); }
  // Nothing when it has ended.
  void signal(int number) {
    if (alive()) relay_.process().signal(number);
  }
  void kill() {
    note_end();
    if (up_) relay_.kill();
    up_ = false;
  }
  // Tries to; it may have no room to.
  void try_start() {
    relay_.launch();
    up_ = relay_.await_ready(kStart);
    if (up_) signpost_.here(relay_.tcp(), relay_.local());
    if (!up_) relay_.kill();
  }
  // When it should be able to run again.
  void revive() {
    note_end();
    if (up_) return;
    relay_.start();
    up_ = true;
    signpost_.here(relay_.tcp(), relay_.local());
  }
  // How it ended by itself, each time; a signal is 128 and its number.
  [[nodiscard]] const std::vector<int>& ends() const { return ends_; }

 private:
  static constexpr std::chrono::seconds kStart{5};

  void note_end() {
    if (!up_ || !relay_.process().ended()) return;
    ends_.push_back(relay_.process().await_end());
    up_ = false;
  }

  RelayBox& relay_;
  Signpost& signpost_;
  bool up_ = true;
  std::vector<int> ends_;
};

}  // namespace mnm::testing
