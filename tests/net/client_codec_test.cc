// The client's side: what it writes the relay's codecs understand, and what they write it
// understands.
#include "net/client_codec.h"

#include <gtest/gtest.h>

#include "net/codec.h"
#include "net/describe_codec.h"
#include "net/frame.h"

namespace mnm::net {
namespace {

using ops::Dialect;
using ops::TargetType;

// What the relay makes of a request.
std::string understood(Dialect dialect, const ClientRequest& request) {
  const std::string octets = encode_request(dialect, request);
  HeaderReader reader;
  std::string_view in = octets;
  if (reader.feed(in) != HeaderReader::State::kReady || !in.empty()) return "not one frame";
  const Codec& codec = dialect == Dialect::kTmtp ? tmtp_codec() : mmtp_codec();
  return describe(codec.decode(reader.header()));
}

struct RequestCase {
  ClientRequest request;
  std::string tmtp, mmtp;
};

ClientRequest make(ClientOp op, std::string id = "") {
  ClientRequest request;
  request.op = op;
  request.id = std::move(id);
  return request;
}

void check(const ClientRequest& request, const std::string& tmtp, const std::string& mmtp) {
  EXPECT_EQ(understood(Dialect::kTmtp, request), tmtp);
  EXPECT_EQ(understood(Dialect::kMmtp, request), mmtp);
}

TEST(ClientRequest, ForALinkIsUnderstood) {
  check(make(ClientOp::kVersion), "'1' version tmtp", "version mmtp");
  check(make(ClientOp::kPulse), "pulse", "pulse");
  check(make(ClientOp::kQuit), "quit", "quit");
  ClientRequest enrol = make(ClientOp::kRegister);
  enrol.new_node = "pc";
  check(enrol, "register node='pc' alias=none", "register node='pc' alias=none");
  enrol.new_alias = "some <one>";
  check(enrol, "register node='pc' alias='some <one>'", "register node='pc' alias='some <one>'");
  enrol.id_token = "a.b";
  check(enrol, "register node='pc' alias='some <one>' secret=612e62",
        "register node='pc' alias='some <one>' secret=612e62");
  ClientRequest login = make(ClientOp::kLogin);
  login.uid = "U";
  login.node = "BBBBBBBB";
  check(login, "login uid='U' secret=5ad6b5ad6b", "login uid='U' secret=5ad6b5ad6b");
}

TEST(ClientRequest, ForAnAccountIsUnderstood) {
  ClientRequest edit = make(ClientOp::kUserEdit, "7");
  edit.uid = "U";
  edit.node = "BBBBBBBB";
  edit.new_alias = "someone1";
  edit.once = true;
  check(edit, "'7' useredit newalias='someone1' once",
        "'7' useredit uid='U' newalias='someone1' once secret=5ad6b5ad6b");
  ClientRequest drop = make(ClientOp::kUserEdit, "8");
  drop.uid = "U";
  drop.node = "BBBBBBBB";
  drop.drop_node = 2;
  check(drop, "'8' useredit dropnode=2", "'8' useredit uid='U' dropnode=2 secret=5ad6b5ad6b");
  ClientRequest ohi = make(ClientOp::kOhi, "9");
  ohi.for_list = {{"U", TargetType::kUser}, {"V", TargetType::kUser}};
  ohi.type = "init";
  check(ohi, "'9' ohi init [U,V]", "'9' ohi init [U,V]");
}

TEST(ClientRequest, ForAGroupIsUnderstood) {
  ClientRequest invite = make(ClientOp::kGroupInvite, "1");
  invite.gid = "G";
  invite.from = "A";
  invite.to = "B";
  invite.data_bytes = 5;
  check(invite, "'1' invite gid='G' from='A' to='B' data=5 text",
        "'1' invite gid='G' from='A' to='B' data=5 text");
  ClientRequest edit = make(ClientOp::kGroupEdit, "2");
  edit.gid = "G";
  edit.act = "alias";
  edit.new_alias = "N";
  check(edit, "'2' group alias gid='G' newalias='N' to=''",
        "'2' group alias gid='G' newalias='N' to=''");
}

TEST(ClientRequest, ForAMessageIsUnderstood) {
  ClientRequest post = make(ClientOp::kPost, std::string("a\0b", 3));
  post.for_list = {{"U", TargetType::kUser}, {"G", TargetType::kGroupWithoutSelf}};
  post.data_bytes = 9;
  post.head_bytes = 2;
  post.data_sum = 7;
  post.retry = true;
  check(post, "'a\\x00b' post [U:1,G:3] head=2 sum=7 data=9",
        "'a\\x00b' post [U:1,G:3] head=2 sum=7 data=9 retry");
  post.op = ClientOp::kPostNotify;
  post.note_for = {{"V", TargetType::kUser}};
  post.note_bytes = 4;
  post.not_for_self = true;
  EXPECT_EQ(understood(Dialect::kTmtp, post),
            "'a\\x00b' post [U:1,G:3] head=2 sum=7 note [V:1] head=0 sum=0 notself data=4+5");
  ClientRequest ping = make(ClientOp::kPing, "3");
  ping.from = "A";
  ping.to = "B";
  check(ping, "'3' ping from='A' to='B' text", "'3' ping from='A' to='B' text");
  check(make(ClientOp::kAck, "000000000000000a"), "'000000000000000a' ack 10",
        "'000000000000000a' ack 10");
}

TEST(ClientRequestDeath, PostNotifyIsNoMmtp) {
  EXPECT_DEATH((void)encode_request(Dialect::kMmtp, make(ClientOp::kPostNotify)), "MMTP has no op");
}

TEST(Reply, HoldsWhatTheRelaySays) {
  const auto ack = parse_reply(
      R"({"id":"a\u0000b","msgid":"18ea984f5397c99f","ok":"ok","op":"ack","posted":"T",)"
      R"("retry":15})");
  ASSERT_TRUE(ack);
  EXPECT_EQ(ack->op, "ack");
  EXPECT_EQ(ack->id, std::string("a\0b", 3));
  EXPECT_EQ(ack->msgid, "18ea984f5397c99f");
  EXPECT_EQ(ack->posted, "T");
  EXPECT_EQ(ack->ok, "ok");
  EXPECT_EQ(ack->retry, 15u);
  EXPECT_FALSE(ack->error);
  EXPECT_FALSE(ack->wants_ack());
}

TEST(Reply, CountsDataUnderEitherSpelling) {
  for (const auto* text : {R"({"op":"delivery","datalen":7,"from":"U","id":"1"})",
                           R"({"op":"delivery","dataLen":7,"from":"U","id":"1"})"}) {
    const auto reply = parse_reply(text);
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->data_bytes, 7u);
    EXPECT_TRUE(reply->wants_ack());
  }
}

TEST(Reply, ReadsLists) {
  const auto info = parse_reply(R"({"info":"login ok","ohi":["U","V"],"op":"info"})");
  ASSERT_TRUE(info);
  EXPECT_EQ(info->ohi, (std::vector<std::string>{"U", "V"}));
  const auto edit = parse_reply(R"({"for":[{"id":"U"},{"type":0,"id":"V"}],"op":"ohiedit"})");
  ASSERT_TRUE(edit);
  EXPECT_EQ(edit->for_list, (std::vector<std::string>{"U", "V"}));
  const auto undelivered = parse_reply(R"({"op":"undelivered","to":["U"]})");
  ASSERT_TRUE(undelivered);
  EXPECT_EQ(undelivered->to_list, std::vector<std::string>{"U"});
  const auto ping = parse_reply(R"({"op":"ping","to":"A"})");
  ASSERT_TRUE(ping);
  EXPECT_EQ(ping->to, "A");
}

TEST(Reply, PassesOverUnknownFieldsAndNulls) {
  const auto reply = parse_reply(R"({"op":"info","new":[1,{"x":2}],"error":null})");
  ASSERT_TRUE(reply);
  EXPECT_FALSE(reply->error);
}

TEST(Reply, IsNoneOfWhatIsNoHeader) {
  for (const auto* bad : {"", "[]", "{}", R"({"op":5})", R"({"op":"a","op":"b"})", R"({"op":"a"}x)",
                          R"({"op":"a","datalen":-1})", R"({"op":"a","datalen":"1"})",
                          R"({"op":"a","datalen":9223372036854775808})", R"({"op":"a","id":1})",
                          R"({"op":"a","dataLen":1,"datalen":1})", R"({"op":"a","ohi":[1]})"}) {
    EXPECT_FALSE(parse_reply(bad)) << bad;
  }
}

}  // namespace
}  // namespace mnm::net
