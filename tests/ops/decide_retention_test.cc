// What becomes of the log itself is decided like anything else.
#include "ops/story.h"

namespace mnm::ops {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class Trimming : public Story {
 protected:
  Outcome trims(Lsn through) {
    Trim trim;
    trim.fact.set_lsn(through.value());
    return administers(std::move(trim));
  }
};

TEST_F(Trimming, ATrimIsAnEventAndTheViewsKnowIt) {
  registers();
  const Lsn end = views().applied();
  EXPECT_THAT(trims(end).facts(), ElementsAre("trimmed"));
  EXPECT_EQ(views().trimmed(), end);
}

TEST_F(Trimming, ATrimThatWasOvertakenOrIsBeyondTheEndIsRefused) {
  registers();
  const Lsn end = views().applied();
  EXPECT_THAT(trims(next(end)).error(), HasSubstr("isn't between"));
  EXPECT_EQ(trims(end).error(), "");
  EXPECT_THAT(trims(end).facts(), ElementsAre("refused"));
  EXPECT_THAT(trims(Lsn(1)).facts(), ElementsAre("refused"));
  EXPECT_EQ(views().trimmed(), end);
}

TEST_F(Trimming, ABackupIsAnEventThatChangesNothing) {
  const Hash before = views().digest();
  NoteBackup note;
  note.fact.set_lsn(7);
  note.fact.set_directory("/backup");
  const Outcome outcome = administers(std::move(note));
  ASSERT_THAT(outcome.facts(), ElementsAre("backed_up"));
  EXPECT_EQ(outcome.events[0].backed_up().directory(), "/backup");
  EXPECT_EQ(views().digest(), before);
}

}  // namespace
}  // namespace mnm::ops
