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
  for (const event::Event& event : outcome.events) {
    EXPECT_EQ(event.actor().user(), user.value());
    EXPECT_EQ(event.actor().node(), views().user(user).nodes.at(0).value());
  }
  EXPECT_EQ(views().find_alias("the-first"), user);
  const state::Node& node = views().node(views().user(user).nodes.at(0));
  EXPECT_EQ(*node.name, "phone");
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
    const std::vector<std::string> facts = outcome.facts();
    EXPECT_EQ(std::ranges::count(facts, "refused"), error.empty() ? 0 : 1) << alias;
    if (!error.empty()) {
      EXPECT_EQ(outcome.events.back().refused().error(), error);
      EXPECT_EQ(outcome.events.back().actor().user(), views().find_user(uid).value());
    }
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

// --- third parties ---

constexpr const char* kIssuer = "https://id.example.com/";

Identity identity_of(const std::string& subject) { return {kIssuer, sha256(subject)}; }

Outcome registers_with(World& world, const std::string& uid, std::optional<Identity> identity,
                       std::string_view fault = {}) {
  Client stranger;
  stranger.session = SessionId(2'000);
  Register command{"phone", {}, uid, world.fresh_secret(uid)};
  command.identity = std::move(identity);
  command.token_fault = fault;
  return world.ask(stranger, std::move(command));
}

void expect_refused(const Outcome& outcome, const std::string& text, const std::string& detail) {
  EXPECT_THAT(outcome.facts(), ElementsAre("refused"));
  EXPECT_EQ(outcome.answer<Dismissed>().text, text);
  EXPECT_FALSE(outcome.attached);
  const event::Refused& refused = outcome.events.at(0).refused();
  EXPECT_EQ(refused.op(), event::REGISTER);
  EXPECT_EQ(refused.error(), text);
  EXPECT_EQ(refused.detail(), detail);
  EXPECT_FALSE(refused.passing());
}

TEST_F(Registering, RecordsWhoVouchedForTheUserAndNeverItsName) {
  const Outcome outcome = registers_with(*this, "U1", identity_of("maria"));
  EXPECT_THAT(outcome.facts(), ElementsAre("registered", "logged_in"));
  const event::Registered& registered = outcome.events.at(0).registered();
  EXPECT_EQ(registered.issuer(), kIssuer);
  EXPECT_EQ(registered.subject(), as_bytes(sha256("maria")));
  const state::Identity* identity = views().identity(views().find_user("U1"));
  ASSERT_NE(identity, nullptr);
  EXPECT_EQ(identity->issuer, kIssuer);
  EXPECT_EQ(identity->subject, sha256("maria"));
  EXPECT_EQ(views().accounts_of(sha256("maria")), 1U);
  EXPECT_EQ(views().accounts_of(sha256("bob")), 0U);
}

TEST_F(Registering, NeedsATokenOnlyWhereThePolicySaysSo) {
  EXPECT_TRUE(registers_with(*this, "U1", {}).attached);
  EXPECT_EQ(views().identity(views().find_user("U1")), nullptr);
  limits.register_needs_identity = true;
  expect_refused(registers_with(*this, "U2", {}), "authentication required", "no token was given");
  EXPECT_FALSE(views().find_user("U2"));
  EXPECT_TRUE(registers_with(*this, "U3", identity_of("maria")).attached);
}

TEST_F(Registering, RefusesATokenThatDoesNotHoldAlsoWhereNoneIsNeeded) {
  for (const bool needed : {false, true}) {
    limits.register_needs_identity = needed;
    expect_refused(registers_with(*this, "U1", {}, "it has expired"), "register failure",
                   "it has expired");
  }
  EXPECT_FALSE(views().find_user("U1"));
}

TEST_F(Registering, AllowsAnIdentitySoManyAccountsAlsoAcrossARestart) {
  limits.accounts_per_identity = 2;
  EXPECT_TRUE(registers_with(*this, "U1", identity_of("maria")).attached);
  EXPECT_TRUE(registers_with(*this, "U2", identity_of("maria")).attached);
  restarts();
  expect_refused(registers_with(*this, "U3", identity_of("maria")), "register failure",
                 "whom the token names has as many accounts as are allowed");
  EXPECT_TRUE(registers_with(*this, "U4", identity_of("bob")).attached);
  limits.accounts_per_identity = 0;  // no limit
  EXPECT_TRUE(registers_with(*this, "U5", identity_of("maria")).attached);
  EXPECT_EQ(views().accounts_of(sha256("maria")), 3U);
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
