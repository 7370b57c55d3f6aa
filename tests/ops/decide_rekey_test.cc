// A rekey is told like anything else that an administrator did.
#include "ops/story.h"

namespace mnm::ops {
namespace {

using ::testing::ElementsAre;

class Rekeying : public Story {};

TEST_F(Rekeying, ARekeyIsAnEventThatChangesNothing) {
  registers();
  const Hash before = views().digest();
  NoteRekey note;
  note.fact.set_key_id("8 octets");
  note.fact.set_data_key(2);
  note.fact.set_rekeys(1);
  const Outcome outcome = administers(std::move(note));
  ASSERT_THAT(outcome.facts(), ElementsAre("rekeyed"));
  const event::Event& event = outcome.events[0];
  EXPECT_EQ(event.rekeyed().key_id(), "8 octets");
  EXPECT_EQ(event.rekeyed().data_key(), 2U);
  EXPECT_EQ(event.actor().transport(), event::ADMIN);
  EXPECT_EQ(views().digest(), before);
}

}  // namespace
}  // namespace mnm::ops
