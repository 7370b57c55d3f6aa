// Which names look alike, and who may have them.
#include "ops/lookalikes.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "ops/story.h"

namespace mnm::ops {
namespace {

using Distinct = Story;

bool look_alike(std::string_view one, std::string_view other) {
  const Looks a = looks_of(one);
  const Looks b = looks_of(other);
  return a.folded == b.folded || a.seen == b.seen;
}

struct Pair {
  const char* one;
  const char* other;
};

TEST(Lookalike, AreNamesThatDifferByCaseFormOrSimilarLetters) {
  for (const Pair& pair : {
           Pair{"maria-lopez", "Maria-Lopez"},  // case
           {"stra\xc3\x9f"
            "e99",
            "STRASSE99"},                               // case that changes lengths
           {"caf\xc3\xa9-bar", "cafe\xcc\x81-bar"},     // composed, decomposed
           {"\xef\xac\x81nance-team", "finance-team"},  // a ligature
           {"\xef\xbc\x91\xef\xbc\x92\xef\xbc\x93"
            "45678",
            "12345678"},                           // full width
           {"m\xd0\xb0ria-lopez", "maria-lopez"},  // a Cyrillic a
           {"\xce\x91lphabet", "alphabet"},        // a Greek capital
           {"rnaria-lopez", "maria-lopez"},        // r n for m
           {"paypal11", "paypalll"},               // one for l
           {"paypaIll", "paypalll"},               // I for l
           {"o0o0o0o0", "OOOOOOOO"},               // nought for O
       }) {
    EXPECT_TRUE(look_alike(pair.one, pair.other)) << pair.one << " " << pair.other;
  }
  for (const Pair& pair : {Pair{"maria-lopez", "mario-lopez"},
                           {"maria-lopez", "maria.lopez"},
                           {"maria-lopez", "marialopez"},
                           {"caf\xc3\xa9-bar", "cafe-bar"},
                           {"12345678", "12345679"}}) {
    EXPECT_FALSE(look_alike(pair.one, pair.other)) << pair.one << " " << pair.other;
  }
}

std::string error_of(World& world, const Client& who, const std::string& alias) {
  UserEdit edit;
  edit.new_alias = alias;
  return world.ask(who, edit).error();
}

TEST_F(Distinct, RefusesAliasesThatLookLikeAnothersOrAGroupsAlsoRetiredOnes) {
  limits.distinct_aliases = true;
  const Client maria = registers(Dialect::kTmtp, "maria-lopez");
  const Client eve = registers(Dialect::kTmtp, "somebody");
  EXPECT_EQ(error_of(*this, eve, "Maria-Lopez"),
            "AddAlias: alias Maria-Lopez looks like one that is taken");
  EXPECT_EQ(error_of(*this, eve, "maria-lopez"), "AddAlias: alias maria-lopez already taken");
  EXPECT_EQ(error_of(*this, maria, "Maria-Lopez"), "") << "one's own may look alike";
  UserEdit drop;
  drop.drop_alias = "maria-lopez";
  EXPECT_EQ(ask(maria, drop).error(), "");
  EXPECT_EQ(error_of(*this, eve, "MARIA-LOPEZ"),
            "AddAlias: alias MARIA-LOPEZ looks like one that is taken");
  EXPECT_EQ(invites(maria, "the-group", "Maria-Lopez", "somebody").error(), "");
  EXPECT_EQ(error_of(*this, maria, "The-Group"),
            "AddAlias: alias The-Group looks like one that is taken");
  const Client late = registers(Dialect::kTmtp);
  EXPECT_EQ(error_of(*this, late, "mario-lopez"), "");
}

TEST_F(Distinct, RefusesGroupsThatLookLikeAnyNameEvenOnesOwn) {
  limits.distinct_aliases = true;
  const Client maria = registers(Dialect::kTmtp, "maria-lopez");
  registers(Dialect::kTmtp, "somebody");
  for (const char* gid : {"Maria-Lopez", "SOMEBODY"}) {
    EXPECT_EQ(invites(maria, gid, "maria-lopez", "somebody").error(),
              fmt::format("GroupInvite: gid {} looks like a name that is taken", gid));
  }
  EXPECT_EQ(invites(maria, "the-group", "maria-lopez", "somebody").error(), "");
  EXPECT_EQ(invites(maria, "The-group", "maria-lopez", "somebody").error(),
            "GroupInvite: gid The-group looks like a name that is taken");
}

TEST_F(Distinct, IsNotWhatTheProtocolHasSoItMustBeAskedFor) {
  registers(Dialect::kTmtp, "maria-lopez");
  const Client eve = registers(Dialect::kTmtp, "somebody");
  EXPECT_EQ(error_of(*this, eve, "Maria-Lopez"), "");
}

}  // namespace
}  // namespace mnm::ops
