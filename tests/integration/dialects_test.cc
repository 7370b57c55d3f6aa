// Two users whose devices speak different dialects: all that one says the other understands, in its
// own words, on one relay.
#include <gtest/gtest.h>

#include <optional>

#include "support/relay_box.h"
#include "support/wire_client.h"

namespace mnm::testing {
namespace {

class Dialects : public ::testing::Test {
 protected:
  // Ann has a phone (MMTP), Bob a laptop (TMTP).
  void SetUp() override {
    ann = phone.enter("phone", "ann-in-mmtp");
    bob = laptop.enter("laptop", "bob-in-tmtp");
  }
  // The next frame with this op, acked.
  static Frame take(WireClient& at, std::string_view op) {
    Frame frame = at.await(op);
    if (frame.reply.wants_ack()) at.ack(*frame.reply.id);
    return frame;
  }
  static void expect_ok(const Reply& ack) { EXPECT_FALSE(ack.error) << *ack.error; }
  // An invite takes Bob in, and Ann sees him join.
  void makes_a_group() {
    expect_ok(phone.ask({.op = ClientOp::kGroupInvite,
                         .id = "invite",
                         .from = "ann-in-mmtp",
                         .to = "bob-in-tmtp",
                         .gid = "the-group"},
                        "come in"));
    const Frame invite = take(laptop, "invite");
    EXPECT_EQ(invite.reply.gid, "the-group");
    EXPECT_EQ(invite.reply.alias, "ann-in-mmtp");
    EXPECT_EQ(invite.reply.to, "bob-in-tmtp");
    EXPECT_EQ(invite.data, "come in");
    EXPECT_EQ(take(phone, "member").reply.act, "invite");
    expect_ok(
        laptop.ask({.op = ClientOp::kGroupEdit, .id = "join", .gid = "the-group", .act = "join"}));
    for (WireClient* at : {&phone, &laptop}) {
      const Frame member = take(*at, "member");
      EXPECT_EQ(member.reply.act, "join");
      EXPECT_EQ(member.reply.alias, "bob-in-tmtp");
      EXPECT_EQ(member.reply.from, bob.uid);
    }
  }

  RelayBox relay;
  WireClient phone{relay.tcp(), Dialect::kMmtp};
  WireClient laptop{relay.local(), Dialect::kTmtp};
  Identity ann;
  Identity bob;
};

TEST_F(Dialects, ExchangePostsAndPings) {
  const std::string there = phone.post("1", {user(bob.uid)}, "from Ann");
  const Frame at_bob = take(laptop, "delivery");
  EXPECT_EQ(at_bob.reply.id, there);
  EXPECT_EQ(at_bob.reply.from, ann.uid);
  EXPECT_TRUE(at_bob.reply.headsum);
  EXPECT_EQ(at_bob.data, "from Ann");

  const std::string back = laptop.post("1", {user(ann.uid)}, "from Bob");
  const Frame at_ann = take(phone, "delivery");
  EXPECT_EQ(at_ann.reply.id, back);
  EXPECT_EQ(at_ann.reply.from, bob.uid);
  EXPECT_FALSE(at_ann.reply.headsum);
  EXPECT_EQ(at_ann.data, "from Bob");

  const ClientRequest to_bob{
      .op = ClientOp::kPing, .id = "2", .from = "ann-in-mmtp", .to = "bob-in-tmtp"};
  expect_ok(phone.ask(to_bob, "are you there?"));
  const Frame in_tmtp = take(laptop, "ping");
  EXPECT_EQ(in_tmtp.reply.from, ann.uid);
  EXPECT_EQ(in_tmtp.reply.alias, "ann-in-mmtp");
  EXPECT_EQ(in_tmtp.data, "are you there?");
  const ClientRequest to_ann{
      .op = ClientOp::kPing, .id = "2", .from = "bob-in-tmtp", .to = "ann-in-mmtp"};
  expect_ok(laptop.ask(to_ann, "yes"));
  const Frame in_mmtp = take(phone, "ping");
  EXPECT_EQ(in_mmtp.reply.from, "bob-in-tmtp");
  EXPECT_EQ(in_mmtp.reply.uid, bob.uid) << "by which a post can answer it";
  EXPECT_EQ(in_mmtp.data, "yes");
}

TEST_F(Dialects, ShowANoteInBoth) {
  const ClientRequest request{.op = ClientOp::kPostNotify,
                              .id = "1",
                              .for_list = {user(ann.uid)},
                              .data_bytes = 9,
                              .note_bytes = 5};
  laptop.send(request, "note.body");
  const Reply ack = laptop.answer_to("1");
  const Frame delivery = take(phone, "delivery");
  EXPECT_EQ(delivery.reply.id, ack.msgid);
  EXPECT_EQ(delivery.reply.notify, 2U);
  EXPECT_EQ(delivery.data, "body");
  const Frame note = take(phone, "notify");
  EXPECT_EQ(note.reply.postid, ack.msgid);
  EXPECT_EQ(note.data, "note.");
}

TEST_F(Dialects, MeetInGroups) {
  makes_a_group();
  phone.post("1", {group("the-group")}, "to all");
  EXPECT_EQ(take(laptop, "delivery").data, "to all");
  laptop.post("2", {group("the-group")}, "to all, too");
  EXPECT_EQ(take(phone, "delivery").data, "to all, too");

  const ClientRequest drop{.op = ClientOp::kGroupEdit,
                           .id = "3",
                           .to = "ann-in-mmtp",
                           .gid = "the-group",
                           .act = "drop"};
  expect_ok(laptop.ask(drop));
  for (WireClient* at : {&phone, &laptop}) EXPECT_EQ(take(*at, "member").reply.act, "drop");
  const ClientRequest post{.op = ClientOp::kPost, .id = "4", .for_list = {group("the-group")}};
  const std::string barred = "GroupGetUsers: iByUid " + ann.uid + " not a member";
  EXPECT_EQ(phone.ask(post, "?").error, barred);
}

TEST_F(Dialects, SeeEachOthersPresence) {
  const auto show = [](WireClient& shower, WireClient& seer, const std::string& who,
                       const std::string& whom) {
    ClientRequest edit{.op = ClientOp::kOhi, .id = "1", .type = "init", .for_list = {user(whom)}};
    expect_ok(shower.ask(edit));
    const Frame here = seer.await("ohi");
    EXPECT_EQ(here.reply.from, who);
    EXPECT_EQ(here.reply.status, 1U);
  };
  show(phone, laptop, ann.uid, bob.uid);
  show(laptop, phone, bob.uid, ann.uid);
  phone.quit();
  const Frame gone = laptop.await("ohi");
  EXPECT_EQ(gone.reply.from, ann.uid);
  EXPECT_EQ(gone.reply.status, 2U);
  WireClient again(relay.tcp(), Dialect::kMmtp);
  again.send({.op = ClientOp::kLogin, .uid = ann.uid, .node = ann.node});
  EXPECT_EQ(again.await("info").reply.ohi, std::vector{bob.uid});
}

TEST_F(Dialects, ShareTheNodesOfOneUser) {
  phone.send({.op = ClientOp::kUserEdit, .uid = ann.uid, .node = ann.node, .new_node = "desk"});
  const Frame updated = phone.await("updated");
  const Identity in_tmtp{ann.uid, updated.reply.nodeid.value_or("")};
  WireClient desk(relay.local(), Dialect::kTmtp);
  desk.login(in_tmtp);
  const Frame about_itself = take(desk, "user");
  EXPECT_EQ(about_itself.reply.newnode, "desk");
  EXPECT_EQ(about_itself.reply.nodeid, in_tmtp.node);
  EXPECT_EQ(take(phone, "login").reply.nodenum, 2U);

  // A login in TMTP of a node that is there is refused; one in MMTP takes over.
  WireClient refused(relay.local(), Dialect::kTmtp);
  EXPECT_THROW(refused.login(in_tmtp), WireTrouble);
  WireClient heir(relay.tcp(), Dialect::kMmtp);
  heir.login(in_tmtp);
  const std::vector<Frame> last_words = desk.until_end();
  ASSERT_FALSE(last_words.empty());
  EXPECT_EQ(last_words.back().reply.error, "replaced by a new login");

  // What the phone asks for ends the node at the other dialect's link.
  phone.send({.op = ClientOp::kUserEdit, .uid = ann.uid, .node = ann.node, .drop_node = 2});
  EXPECT_EQ(phone.await("updated").reply.ok, "ok");
  EXPECT_EQ(heir.until_end().back().reply.info, "node dropped");
}

}  // namespace
}  // namespace mnm::testing
