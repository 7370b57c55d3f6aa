// A relay in this process on a directory of a test's own, and clients of it. One thread.
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>

#include "mnm/client.h"
#include "mnm/relay.h"
#include "support/temp_dir.h"

namespace mnm {

// Failure's code; MNM_OK when nothing is thrown. `words`, unless null, gets its text.
template <class Act>
mnm_code code_of(Act act, std::string* words = nullptr) {
  try {
    act();
    return MNM_OK;
  } catch (const Failure& failure) {
    if (words != nullptr) *words = failure.what();
    return failure.code();
  }
}

class House : public testing::Test {
 protected:
  House() { open(); }

  void open() { relay_.emplace(options()); }
  [[nodiscard]] Relay::Options options() const {
    // No reserve: nothing here fills a disk.
    return {.data = data(),
            .listen = {},
            .settings = {{"disk-reserve", {"0"}}, {"log-level", {"error"}}},
            .failed = {}};
  }
  [[nodiscard]] std::string data() const { return directory_ / "data"; }
  Client link() { return Client::over(relay_->connect()); }
  Client enter(Identity& who, const std::string& alias = {}) {
    Client client = link();
    who = client.enter("desk", alias);
    return client;
  }
  Client login(const Identity& who) {
    Client client = link();
    client.login(who);
    return client;
  }
  // The next that isn't a notice about the own account; acked.
  static Message take(Client& client) {
    for (;;) {
      std::optional<Message> message = client.receive();
      if (!message) {
        ADD_FAILURE() << "nothing came";
        return {};
      }
      if (!message->id.empty()) client.ack(*message);
      if (message->op != "login" && message->op != "account" && message->op != "ohiedit") {
        return std::move(*message);
      }
    }
  }

  TempDir directory_;
  std::optional<Relay> relay_;
};

}  // namespace mnm
