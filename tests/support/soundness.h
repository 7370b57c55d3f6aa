// What must hold of any relay once nothing waits for anybody, whatever was done to it before.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "support/relay_box.h"

namespace mnm::testing {

// No body file is left, the views are the log's, the log verifies, and it all survives a restart,
// also without a checkpoint. The relay is running before and after.
inline void expect_sound(RelayBox& relay) {
  EXPECT_TRUE(relay.await([&] { return relay.bodies() == 0; }));
  const std::string digest = relay.digest();
  EXPECT_EQ(relay.inspect("replay --compare live"), 0);
  EXPECT_EQ(relay.inspect("verify"), 0);
  EXPECT_EQ(relay.stop(), 0);
  EXPECT_EQ(relay.inspect("verify"), 0);
  relay.start();
  EXPECT_EQ(relay.digest(), digest);
  relay.kill();
  std::filesystem::remove_all(relay.data() + "/views");
  relay.start();
  EXPECT_EQ(relay.digest(), digest);
}

}  // namespace mnm::testing
