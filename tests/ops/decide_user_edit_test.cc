#include "ops/story.h"

namespace mnm::ops {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class UserEditing : public Story {
 protected:
  UserEdit edit_of(const Client& client) {
    UserEdit edit;
    if (client.dialect == Dialect::kMmtp) {
      edit.credentials = {client.uid, verifier(client.uid, client.secret)};
    }
    return edit;
  }
  UserEdit new_node(const Client& client, const std::string& name = "another") {
    UserEdit edit = edit_of(client);
    edit.new_node = name;
    edit.secret = fresh_secret(client.uid);
    return edit;
  }
  UserEdit new_alias(const Client& client, const std::string& alias, bool once = false) {
    UserEdit edit = edit_of(client);
    edit.new_alias = alias;
    edit.once = once;
    return edit;
  }
  UserEdit drop_alias(const Client& client, const std::string& alias) {
    UserEdit edit = edit_of(client);
    edit.drop_alias = alias;
    return edit;
  }
  [[nodiscard]] std::size_t nodes_of(const Client& client) const {
    return views().user(client.user).nodes.size();
  }
};

TEST_F(UserEditing, AddsANodeThatStartsWithWhatTheAskingOneHasNotAcked) {
  const Client client = registers();
  const Client other = adds_node(client);
  const Client writer = registers();
  reads_all(client);
  reads_all(other);
  const Lsn first = posts(writer, client).shown();
  const Lsn second = posts(writer, client).shown();
  acks(client, first);

  const UserEdit edit = new_node(client, "tablet");
  const Outcome outcome = ask(client, edit);
  EXPECT_THAT(outcome.facts(), ElementsAre("node_added", "stored"));
  EXPECT_EQ(outcome.answer<Acknowledged>().op, event::USER_EDIT);
  EXPECT_EQ(outcome.error(), "");
  EXPECT_FALSE(outcome.shown()) << "the ack of op 3 shows no id";
  const NodeNo added = views().user(client.user).nodes.back();
  const Lsn told = outcome.stored.at(0);
  EXPECT_THAT(waiting(added), ElementsAre(told, second)) << "user messages go first";
  EXPECT_THAT(waiting(client), ElementsAre(told, second));
  EXPECT_THAT(waiting(other), ElementsAre(told, first, second));
  EXPECT_EQ(header(told).new_node(), "tablet");
  EXPECT_EQ(header(told).node_secret(), edit.secret.text);
  EXPECT_EQ(header(told).node_ordinal(), 3U);
  EXPECT_EQ(*views().node(added).name, "tablet");
}

TEST_F(UserEditing, PutsTheNewNodesPasswordNowhereButInTheRow) {
  const Client client = registers();
  const UserEdit edit = new_node(client);
  for (const event::Event& event : ask(client, edit).events) {
    EXPECT_EQ(event.SerializeAsString().find(edit.secret.text), std::string::npos);
  }
}

TEST_F(UserEditing, InMmtpAnswersWithThePasswordAndTellsTheOthersAlone) {
  const Client client = registers(Dialect::kMmtp);
  const Client other = adds_node(client);
  reads_all(client);
  reads_all(other);
  const UserEdit edit = new_node(client);
  const Outcome outcome = ask(client, edit);
  const auto answer = outcome.answer<Updated>();
  EXPECT_EQ(answer.secret, edit.secret.text);
  EXPECT_EQ(answer.ordinal, NodeOrdinal(3));
  EXPECT_FALSE(answer.secret_in);
  EXPECT_THAT(queue(client), IsEmpty());
  EXPECT_THAT(queue(other), ElementsAre("user"));
  EXPECT_THAT(waiting(views().user(client.user).nodes.back()), ElementsAre(outcome.stored.at(0)));
}

TEST_F(UserEditing, OnceMoreIsAnsweredFromTheRowOfItsMessage) {
  const Client client = registers(Dialect::kMmtp);
  const Outcome first = ask(client, new_node(client), {.id = "1"});
  const Outcome again = ask(client, new_node(client), {.id = "1", .retry = true});
  EXPECT_THAT(again.facts(), IsEmpty());
  EXPECT_EQ(again.answer<Updated>().secret_in, first.stored.at(0));
  EXPECT_EQ(again.answer<Updated>().secret, "");
  EXPECT_EQ(nodes_of(client), 2U);
}

TEST_F(UserEditing, OnceMoreInTmtpIsAcknowledgedAndMakesNothing) {
  const Client client = registers();
  ask(client, new_node(client), {.id = "1"});
  const Outcome again = ask(client, new_node(client), {.id = "1"});
  EXPECT_THAT(again.facts(), IsEmpty());
  EXPECT_EQ(again.error(), "");
  EXPECT_FALSE(again.shown());
  EXPECT_EQ(nodes_of(client), 2U);
}

TEST_F(UserEditing, WithoutAnIdIsARepetitionOnlyIfItSaysSo) {
  const Client client = registers(Dialect::kMmtp);
  ask(client, new_node(client), {.nameless = true});
  ask(client, new_node(client), {.nameless = true});
  EXPECT_EQ(nodes_of(client), 3U);
  ask(client, new_node(client), {.retry = true, .nameless = true});
  EXPECT_EQ(nodes_of(client), 3U);
}

TEST_F(UserEditing, TakesTheCredentialsOfItsOwnNodeAlone) {
  const Client client = registers(Dialect::kMmtp);
  const Client other = adds_node(client);
  const Client stranger = registers(Dialect::kMmtp);
  UserEdit edit = new_alias(client, "new-alias");
  for (const Client& wrong : {other, stranger}) {
    edit.credentials = {wrong.uid, verifier(wrong.uid, wrong.secret)};
    const Outcome outcome = ask(client, edit);
    EXPECT_EQ(outcome.answer<Updated>().error, "login failed");
    EXPECT_THAT(outcome.facts(), ElementsAre("refused"));
  }
  edit.credentials = {stranger.uid, verifier(client.uid, client.secret)};
  EXPECT_EQ(ask(client, edit).error(), "login failed");
  EXPECT_EQ(ask(client, new_alias(client, "new-alias")).error(), "");
}

TEST_F(UserEditing, AllowsAsManyLiveNodesAsTheLimitSays) {
  limits.nodes_max = 3;
  const Client client = registers();
  const Client second = adds_node(client);
  adds_node(client);
  EXPECT_EQ(ask(client, new_node(client)).error(), "AddNode: Exceeds 3 nodes");
  UserEdit drop = edit_of(client);
  drop.drop_node = second.ordinal;
  EXPECT_EQ(ask(client, drop).error(), "");
  EXPECT_EQ(ask(client, new_node(client)).error(), "") << "a dropped node doesn't count";
  EXPECT_EQ(ask(client, new_node(client)).error(), "AddNode: Exceeds 3 nodes");
}

TEST_F(UserEditing, AllowsAsManyNodesOverTimeAsTheLimitSays) {
  limits.nodes_ever_max = 3;
  const Client client = registers();
  for (int i = 0; i < 2; ++i) {
    UserEdit drop = edit_of(client);
    drop.drop_node = adds_node(client).ordinal;
    EXPECT_EQ(ask(client, drop).error(), "");
  }
  EXPECT_EQ(ask(client, new_node(client)).error(), "AddNode: Exceeds 3 nodes over time");
}

TEST_F(UserEditing, AddsNoNodeWhoseAskerHasNoRoomForItsPassword) {
  limits.node_messages_max = 2;
  const Client client = registers();
  const Client writer = registers();
  posts(writer, client);
  EXPECT_EQ(ask(client, new_node(client)).error(), "");
  const Outcome full = ask(client, new_node(client));
  EXPECT_EQ(full.error(), "none") << "it passes, so TMTP says nothing";
  EXPECT_THAT(full.facts(), ElementsAre("refused"));
  EXPECT_EQ(nodes_of(client), 2U);
  reads_all(client);
  EXPECT_EQ(ask(client, new_node(client)).error(), "");

  const Client mmtp = registers(Dialect::kMmtp);
  posts(writer, mmtp);
  posts(writer, mmtp);
  const auto answer = ask(mmtp, new_node(mmtp)).answer<Updated>();
  EXPECT_EQ(answer.error, "AddNode: queue full");
  EXPECT_EQ(answer.retry_after_s, 15U);
}

TEST_F(UserEditing, IsPutOffInItsOwnKindOfAnswer) {
  const Client mmtp = registers(Dialect::kMmtp);
  const Client tmtp = registers();
  disk_low = true;
  const Outcome outcome = ask(mmtp, new_alias(mmtp, "new-alias"));
  EXPECT_EQ(outcome.answer<Updated>().error, "the disk is nearly full: nothing was stored");
  EXPECT_EQ(outcome.answer<Updated>().retry_after_s, 15U);
  EXPECT_THAT(outcome.told_to<Acknowledged>(mmtp.session), IsEmpty());
  EXPECT_EQ(ask(tmtp, new_alias(tmtp, "new-alias")).error(), "none");
  const Outcome post = posts(mmtp, tmtp);
  EXPECT_EQ(post.answer<Acknowledged>().retry_after_s, 15U);
}

TEST_F(UserEditing, RefusesAliasesThatCantBeHad) {
  const Client client = registers(Dialect::kTmtp, "own-alias");
  const Client other = registers(Dialect::kTmtp, "other-alias");
  ask(other, new_alias(other, "their-old-one"));
  ask(other, drop_alias(other, "their-old-one"));
  invites(other, "the-group", "other-alias", "own-alias");
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"seven77", "newalias must be 8+ characters"},
      {"other-alias", "AddAlias: alias other-alias already taken"},
      {"their-old-one", "AddAlias: alias their-old-one already taken"},
      {"the-group", "AddAlias: alias the-group not available"},
      {"line\nbreak", "AddAlias: invalid string 'line\nbreak'"},
      {"eight888", ""},
  };
  for (const auto& [alias, error] : cases) {
    EXPECT_EQ(ask(client, new_alias(client, alias)).error(), error);
  }
}

TEST_F(UserEditing, TellsAllNodesOfANewAlias) {
  const Client client = registers();
  const Client other = adds_node(client);
  reads_all(client);
  reads_all(other);
  const Outcome outcome = ask(client, new_alias(client, "new-alias", true));
  EXPECT_THAT(outcome.facts(), ElementsAre("alias_added", "stored"));
  EXPECT_THAT(queue(client), ElementsAre("user"));
  EXPECT_THAT(queue(other), ElementsAre("user"));
  EXPECT_EQ(last(other, message::USER).new_alias(), "new-alias");
  EXPECT_TRUE(last(other, message::USER).once());
  EXPECT_EQ(views().find_alias("new-alias"), client.user);
}

TEST_F(UserEditing, AcceptsAnAliasThatOneHasAgain) {
  const Client client = registers(Dialect::kTmtp, "own-alias");
  const Outcome outcome = ask(client, new_alias(client, "own-alias"));
  EXPECT_THAT(outcome.facts(), ElementsAre("stored"));
  EXPECT_EQ(outcome.error(), "");
}

TEST_F(UserEditing, AllowsAsManyAliasesAsTheLimitSays) {
  limits.aliases_max = 2;
  const Client client = registers(Dialect::kTmtp, "alias-01");
  EXPECT_EQ(ask(client, new_alias(client, "alias-02")).error(), "");
  EXPECT_EQ(ask(client, new_alias(client, "alias-03")).error(), "AddAlias: Exceeds 2 aliases");
  EXPECT_EQ(ask(client, new_alias(client, "alias-01")).error(), "");
}

TEST_F(UserEditing, EndsAnAliasForEver) {
  const Client client = registers(Dialect::kTmtp, "own-alias");
  const Client other = registers(Dialect::kTmtp, "other-alias");
  const Outcome outcome = ask(client, drop_alias(client, "own-alias"));
  ASSERT_THAT(outcome.facts(), ElementsAre("alias_retired", "stored"));
  EXPECT_FALSE(outcome.events[0].alias_retired().used());
  EXPECT_EQ(last(client, message::USER).drop_alias(), "own-alias");
  EXPECT_EQ(pings(other, "other-alias", "own-alias").error(), "Lookup: iAlias own-alias not found");
  for (const Client& who : {client, other}) {
    EXPECT_EQ(ask(who, new_alias(who, "own-alias")).error(),
              "AddAlias: alias own-alias already taken");
  }
  EXPECT_THAT(ask(client, drop_alias(client, "own-alias")).facts(), ElementsAre("stored"))
      << "again is no error";
}

TEST_F(UserEditing, EndsOwnAliasesOnly) {
  const Client client = registers(Dialect::kTmtp, "own-alias");
  registers(Dialect::kTmtp, "other-alias");
  invites(client, "the-group", "own-alias", "other-alias");
  for (const std::string alias : {"other-alias", "the-group", "no-such-alias"}) {
    EXPECT_EQ(ask(client, drop_alias(client, alias)).error(),
              "DropAlias: iAlias " + alias + " not for iUid " + client.uid);
  }
}

TEST_F(UserEditing, MakesAllChangesOfARequestOrNone) {
  const Client client = registers(Dialect::kMmtp, "own-alias");
  UserEdit edit = new_node(client);
  edit.new_alias = "new-alias";
  edit.drop_alias = "own-alias";
  edit.drop_node = 7;
  EXPECT_EQ(ask(client, edit).error(), "DropNode: node 7 not found");
  EXPECT_EQ(nodes_of(client), 1U);
  EXPECT_FALSE(views().find_alias("new-alias"));
  EXPECT_EQ(views().find_alias("own-alias"), client.user);

  edit.drop_node = {};
  const Outcome outcome = ask(client, edit);
  EXPECT_THAT(outcome.facts(), ElementsAre("node_added", "stored", "alias_added", "stored",
                                           "alias_retired", "stored"));
  EXPECT_EQ(outcome.answer<Updated>().secret, edit.secret.text);
  EXPECT_EQ(waiting(views().user(client.user).nodes.back()).size(), 3U);
}

}  // namespace
}  // namespace mnm::ops
