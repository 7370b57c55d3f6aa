#include "ops/story.h"

namespace mnm::ops {
namespace {

using ::testing::ElementsAre;
using Administering = Story;

TEST_F(Administering, MakesAnAccountReceiveOnlyAndBack) {
  const Client client = registers();
  EXPECT_THAT(sets_receive_only(client.uid).facts(), ElementsAre("receive_only_set"));
  EXPECT_TRUE(views().user(client.user).receive_only);
  const Outcome outcome = sets_receive_only(client.uid, false);
  EXPECT_EQ(outcome.error(), "");
  EXPECT_FALSE(views().user(client.user).receive_only);
}

TEST_F(Administering, RefusesAnUnknownUid) {
  const Outcome outcome = sets_receive_only("Unknown");
  EXPECT_EQ(outcome.error(), "SetReceiveOnly: uid Unknown not found");
  EXPECT_THAT(outcome.facts(), ElementsAre("refused"));
}

}  // namespace
}  // namespace mnm::ops
