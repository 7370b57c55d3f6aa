// Under which subjects an event is listed.
#include "ops/subjects.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "state/views.h"

namespace mnm::ops {
namespace {

using ::testing::IsSupersetOf;

// Node N belongs to user N + 10.
std::set<Subject> subjects_of(const event::Event& event) {
  std::set<Subject> subjects;
  for_each_subject(
      event, [](NodeNo node) { return UserNo(node.value() + 10); },
      [&subjects](Subject subject) { subjects.insert(subject); });
  return subjects;
}

// A post to a group names no user: its copies are found by the nodes that got them.
TEST(Subjects, AreThoseWhoGetACopyAlsoThroughAGroup) {
  event::Event event;
  event.mutable_actor()->set_user(11);
  event.mutable_actor()->set_node(1);
  event::Stored& stored = *event.mutable_stored();
  stored.add_targets()->set_group(7);
  state::put_deltas(std::vector{NodeNo(3), NodeNo(5)}, stored.mutable_recipients());
  state::put_deltas(std::vector{NodeNo(4)}, stored.mutable_over_quota());
  const std::vector<Subject> expected = {Subject::acts(UserNo(11)), Subject::of(GroupNo(7)),
                                         Subject::gets(UserNo(13)), Subject::gets(UserNo(15)),
                                         Subject::acts(UserNo(14))};
  EXPECT_THAT(subjects_of(event), IsSupersetOf(expected));
}

}  // namespace
}  // namespace mnm::ops
