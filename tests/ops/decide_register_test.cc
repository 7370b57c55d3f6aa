#include "ops/store.h"
#include "ops/story.h"

namespace mnm::ops {
namespace {

using ::testing::ElementsAre;
using Registering = Story;

Outcome registers_as(World& world, const std::string& uid, std::optional<std::string> alias) {
  Client stranger;
  stranger.session = SessionId(1'000);
  return world.ask(stranger, Register{"phone", std::move(alias), uid, world.fresh_secret(uid)});
}

TEST_F(Registering, MakesAUserWithItsFirstNodeLoggedIn) {
  const Outcome outcome = registers_as(*this, "U1", "the-first");
  EXPECT_THAT(outcome.facts(), ElementsAre("registered", "alias_added", "logged_in"));
  const UserNo user = views().find_user("U1");
  ASSERT_TRUE(user);
  EXPECT_EQ(views().find_alias("the-first"), user);
  const state::Node& node = views().node(views().user(user).nodes.at(0));
  EXPECT_EQ(node.name, "phone");
  EXPECT_EQ(node.ordinal, NodeOrdinal(1));
  EXPECT_EQ(node.session, SessionId(1'000));
  EXPECT_TRUE(outcome.attached);
  const auto answer = outcome.answer<Registered>();
  EXPECT_EQ(answer.uid, "U1");
  EXPECT_EQ(answer.secret.size(), 40U);
  EXPECT_EQ(answer.ordinal, NodeOrdinal(1));
  EXPECT_EQ(answer.error, "");
}

TEST_F(Registering, NeedsNoAliasAndMakesNoMessage) {
  const Outcome outcome = registers_as(*this, "U1", std::nullopt);
  EXPECT_THAT(outcome.facts(), ElementsAre("registered", "logged_in"));
  EXPECT_TRUE(outcome.stored.empty());
}

TEST_F(Registering, KeepsTheAccountWhenTheAliasCantBeHad) {
  const Client other = registers(Dialect::kTmtp, "somebody");
  registers(Dialect::kTmtp, "someones");
  invites(other, "the-group", "somebody", "someones");
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "newalias must be 8+ characters"},
      {"seven77", "newalias must be 8+ characters"},
      {"somebody", "AddAlias: alias somebody already taken"},
      {"the-group", "AddAlias: alias the-group not available"},
      {"tab\tinside", "AddAlias: invalid string 'tab\tinside'"},
      {"eight888", ""},
      {"\xc3\xa4\xc3\xb6\xc3\xbc\xc3\x9f", ""},  // four letters, eight octets
  };
  int number = 0;
  for (const auto& [alias, error] : cases) {
    const std::string uid = "V" + std::to_string(++number);
    const Outcome outcome = registers_as(*this, uid, alias);
    EXPECT_EQ(outcome.answer<Registered>().error, error) << alias;
    EXPECT_TRUE(outcome.attached) << alias;
    EXPECT_TRUE(views().find_user(uid)) << alias;
    EXPECT_EQ(views().find_alias(alias) == views().find_user(uid), error.empty()) << alias;
  }
}

TEST_F(Registering, MakesReceiveOnlyAccountsWhenThePolicySaysSo) {
  EXPECT_FALSE(views().user(registers().user).receive_only);
  limits.register_receive_only = true;
  EXPECT_TRUE(views().user(registers().user).receive_only);
}

TEST(Printable, MeansLettersMarksNumbersPunctuationSymbolsAndTheSpace) {
  for (const char* text : {"plain", "with space", "\xc3\xa9", "e\xcc\x81", "\xd9\xa3",
                           "\xe2\x82\xac", "\xef\xbf\xbd", "\xf0\x9f\x98\x80", ""}) {
    EXPECT_TRUE(is_printable(text)) << text;
  }
  // Controls, a no-break space, a line separator, a zero-width joiner, private use, unassigned, and
  // octets that aren't UTF-8.
  for (const char* text : {"\n", "\x7f", "\xc2\xa0", "\xe2\x80\xa8", "\xe2\x80\x8d", "\xee\x80\x80",
                           "\xcd\xb8", "\xff", "\xc3"}) {
    EXPECT_FALSE(is_printable(text)) << text;
  }
}

}  // namespace
}  // namespace mnm::ops
