// Takes messages as they come: makes each safe, shows it, hands it to a command, and only then acks
// it.
//
// One thread. What always holds: a message is acked after everything that was asked for has been
// done with it; one that couldn't be stays on the relay and comes again at the next login.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "client/conversation.h"
#include "common/program.h"
#include "mnm/body_sink.h"

namespace mnm::client {

struct ReceiveOptions {
  std::string profile;  // told to the command
  std::optional<std::uint64_t> count;
  bool follow = false;
  bool json = false;
  std::string save;  // a directory
  std::string exec;  // a command for sh -c
  double wait_s = 1;
  std::vector<std::string> ohi;
};

class Receiver {
 public:
  Receiver(ReceiveOptions options, tools::Output& out);

  // Everything until the count is reached, or nothing has come for wait_s and it isn't to follow.
  // The link's end is an error.
  [[nodiscard]] Result<> serve(Conversation& conversation);

  [[nodiscard]] std::uint64_t counted() const {
    return counted_.size();
  }                                                                 // if a count is asked for
  [[nodiscard]] std::uint64_t left() const { return left_; }        // could not be shown
  [[nodiscard]] std::uint64_t refused() const { return refused_; }  // the command said no
  [[nodiscard]] bool done() const;

 private:
  [[nodiscard]] Result<> take(Conversation& conversation, const net::Reply& message);
  void count(const net::Reply& message);
  [[nodiscard]] Result<bool> dispose(const net::Reply& message, const BodySink& body);

  ReceiveOptions options_;
  tools::Output& out_;
  bool colour_;
  std::set<std::string> counted_;  // their ids, up to what is asked for
  std::uint64_t left_ = 0;
  std::uint64_t refused_ = 0;
};

// Runs `sh -c command` with the body on its standard input and the header in its environment.
// Whether it ended with 0. run_command.cc.
[[nodiscard]] Result<bool> run_command(const std::string& command, const std::string& profile,
                                       const net::Reply& message, const BodySink& body);

}  // namespace mnm::client
