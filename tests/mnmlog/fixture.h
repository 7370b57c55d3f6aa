// Words for tests of mnmlog: a small relay's history on disk, and the program run on it.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support/event_log.h"
#include "support/run_program.h"
#include "support/temp_dir.h"

namespace mnm {

inline const std::string kMaria = "MARIA7FK2PZ4";
inline const std::string kBob = "BOB9XW3C5TQ1";

class Inspecting : public ::testing::Test {
 protected:
  // Two users; maria's alias is known, bob's is hostile. Maria posts twice to bob, who acks the
  // first. 11 events in all, in four records.
  void write_history() {
    log_.begin_epoch(1);
    log_.start();
    log_.commit();
    log_.register_user(1, kMaria, 1, "maria-lopez");
    log_.register_user(2, kBob, 2, "evil\x1b]52;c;\xe2\x80\xae");
    log_.log_in(1, 1, 1);
    log_.commit();
    log_.move_time(60);
    first_post_ = log_.post(1, 1, {NodeNo(2)}, "hello", {2});
    second_post_ = log_.post(1, 1, {NodeNo(2)}, std::string(2048, 'x'), {2});
    log_.commit();
    log_.move_time(60);
    log_.ack(2, 2, first_post_);
    event::Refused& refused = *log_.add().mutable_refused();
    refused.set_op(event::LOGIN);
    refused.set_error("login failed");
    refused.set_uid("a\nb\x7f");
    log_.commit();
  }

  Ran mnmlog(std::vector<std::string> arguments, std::vector<std::string> environment = {}) {
    arguments.insert(arguments.begin(), {"--data", log_.directory()});
    return run_program(program(), std::move(arguments), std::move(environment));
  }
  static std::string program() { return std::string(MNM_BIN_DIR) + "/mnmlog"; }
  // `text` is what tests/golden/mnmlog_NAME.txt says. With MNM_WRITE_GOLDEN in the environment the
  // file is written instead, to be read before it is committed.
  static void expect_golden(const std::string& name, const std::string& text);

  TempDir directory_;
  EventLog log_{directory_ / "data"};
  Lsn first_post_;
  Lsn second_post_;
};

}  // namespace mnm
