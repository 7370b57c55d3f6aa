// TMTP headers in: what each becomes.
#include <gtest/gtest.h>

#include "net/codec.h"
#include "net/describe_codec.h"

namespace mnm::net {
namespace {

const std::string kInvalid = "fatal: invalid header";

void check(const std::vector<HeaderCase>& cases) {
  for (const HeaderCase& c : cases) {
    EXPECT_EQ(describe(tmtp_codec().decode(c.header)), c.expected) << c.header;
  }
}

TEST(TmtpDecode, ReadsVersionRequests) {
  check({
      {R"({"op":0,"id":"1"})", "'1' version tmtp"},
      {R"({"Op":0,"Id":"anything"})", "'anything' version tmtp"},
      {R"({"op":0,"id":""})", kInvalid},
      {R"({"op":0,"id":1})", kInvalid},
      {R"({"op":0,"id":null})", kInvalid},
      {R"({"op":0})", kInvalid},
      {R"({"op":0,"id":"1","datalen":1})", kInvalid},
  });
}

TEST(TmtpDecode, ReadsRegistrations) {
  check({
      {R"({"op":1,"newnode":"pc","newalias":"someone"})", "register node='pc' alias='someone'"},
      {R"({"op":1,"newnode":"pc","newalias":"_"})", "register node='pc' alias=none"},
      {R"({"Op":1,"NewAlias":"__","NewNode":"x"})", "register node='x' alias='__'"},
      {R"({"op":1,"newnode":"pc","newalias":"_","oidc":{"id_token":"a.b.c"}})",
       "register node='pc' alias=none secret=612e622e63"},
      {R"({"op":1,"newnode":"pc","newalias":"_","Oidc":{"token_type":"Bearer","expires_in":9,)"
       R"("ID_Token":"a","access_token":"x","refresh_token":null}})",
       "register node='pc' alias=none secret=61"},
      {R"({"op":1,"newnode":"pc","newalias":"_","oidc":{"id_token":null}})",
       "register node='pc' alias=none"},
      {R"({"op":1,"newnode":"pc","newalias":"_","oidc":{"id token":"a"}})",
       "register node='pc' alias=none"},
      {R"({"op":1,"newnode":"pc","newalias":"_","oidc":{"id_token":5}})", kInvalid},
      {R"({"op":1,"newnode":"pc","newalias":"_","oidc":{"id_token":"a","Id_token":"b"}})",
       kInvalid},
      {R"({"op":1,"newnode":"pc","newalias":"_","oidc":{"scope":1,"Scope":2}})", kInvalid},
      {R"({"op":1,"newnode":"pc","newalias":"_","oidc":null})", "register node='pc' alias=none"},
      {R"({"op":1,"newnode":"pc","newalias":"_","oidc":"x"})", kInvalid},
      {R"({"op":1,"newnode":"pc","newalias":""})", kInvalid},
      {R"({"op":1,"newnode":"pc"})", kInvalid},
      {R"({"op":1,"newalias":"_"})", kInvalid},
      {R"({"op":1,"newnode":"","newalias":"_"})", kInvalid},
      {R"({"op":1,"newnode":"pc","newalias":"_","datalen":1})", kInvalid},
  });
}

TEST(TmtpDecode, ReadsLogins) {
  check({
      {R"({"op":2,"uid":"U","node":"BBBBBBBB"})", "login uid='U' secret=5ad6b5ad6b"},
      {R"({"op":2,"uid":"U","node":"BB======"})", "login uid='U' secret=5a"},
      {R"({"op":2,"uid":"U","node":"none"})", "fatal: corrupt base32 value (after state)"},
      {R"({"op":2,"uid":"U","node":"bbbbbbbb"})", "fatal: corrupt base32 value (after state)"},
      {R"({"op":2,"uid":"U","node":"none","datalen":5})", kInvalid},
      {R"({"op":2,"uid":"U","noid":"none"})", kInvalid},
      {R"({"op":2,"uid":"U","node":""})", kInvalid},
      {R"({"op":2,"uid":"","node":"BBBBBBBB"})", kInvalid},
  });
}

TEST(TmtpDecode, ReadsUserEditsOfExactlyOneChange) {
  check({
      {R"({"op":3,"id":"1","newnode":"tab"})", "'1' useredit newnode='tab'"},
      {R"({"Op":3,"Id":"1","Newalias":"someone"})", "'1' useredit newalias='someone'"},
      {R"({"op":3,"id":"1","newnode":"tab","newalias":""})", "'1' useredit newnode='tab'"},
      {R"({"op":3,"id":"1","newnode":"tab","newalias":null})", "'1' useredit newnode='tab'"},
      {R"({"op":3,"id":"1","newalias":"someone","once":true})",
       "'1' useredit newalias='someone' once"},
      {R"({"op":3,"id":"1","newalias":"someone","once":false})", "'1' useredit newalias='someone'"},
      {R"({"op":3,"id":"1","newnode":"tab","once":true})", "'1' useredit newnode='tab'"},
      {R"({"op":3,"id":"1","dropnode":2})", "'1' useredit dropnode=2"},
      {R"({"op":3,"id":"1","dropnode":"2"})", "'1' useredit dropnode=2"},
      {R"({"op":3,"id":"1","keepnode":2})", "'1' useredit keepnode=2"},
      {R"({"op":3,"id":"1","dropalias":"someone"})", "'1' useredit dropalias='someone'"},
      {R"({"op":3,"id":"1","newnode":"tab","newalias":"someone"})", kInvalid},
      {R"({"op":3,"id":"1","newnode":"tab","dropnode":2})", kInvalid},
      {R"({"op":3,"id":"1","dropnode":2,"keepnode":2})", kInvalid},
      {R"({"op":3,"id":"1","dropnode":0})", kInvalid},
      {R"({"op":3,"id":"1"})", kInvalid},
      {R"({"op":3,"id":"1","once":true})", kInvalid},
      {R"({"op":3,"newnode":"tab"})", kInvalid},
      {R"({"op":3,"id":"1","newnode":"tab","datalen":1})", kInvalid},
  });
}

TEST(TmtpDecode, ReadsPresence) {
  check({
      {R"({"op":4,"id":"first_ohi","for":[{"Id":"U","Type":0},{"id":"V"}],"type":"init"})",
       "'first_ohi' ohi init [U,V]"},
      {R"({"op":4,"id":"1","for":[{"id":"U"}],"type":"add"})", "'1' ohi add [U]"},
      {R"({"op":4,"id":"1","for":[{"id":"U","type":9}],"type":"drop"})", "'1' ohi drop [U]"},
      {R"({"op":4,"id":"1","for":[{"id":"U","type":"1"}],"type":"drop"})", kInvalid},
      {R"({"op":4,"id":"1","for":[{"id":"U","type":128}],"type":"drop"})", kInvalid},
      {R"({"op":4,"id":"1","for":[{"id":"U"}],"type":"on"})", kInvalid},
      {R"({"op":4,"id":"1","for":[{"id":"U"}],"type":"ADD"})", kInvalid},
      {R"({"op":4,"id":"1","for":[{"id":"U"}]})", kInvalid},
      {R"({"op":4,"id":"1","for":[],"type":"add"})", kInvalid},
      {R"({"op":4,"id":"1","for":[{}],"type":"add"})", kInvalid},
      {R"({"op":4,"id":"1","type":"add"})", kInvalid},
      {R"({"op":4,"for":[{"id":"U"}],"type":"add"})", kInvalid},
  });
}

TEST(TmtpDecode, ReadsInvitesAndGroupEdits) {
  check({
      {R"({"op":5,"id":"1","gid":"G","from":"A","to":"B"})",
       "'1' invite gid='G' from='A' to='B' text"},
      {R"({"op":5,"id":"1","gid":"G","from":"A","to":"B","datalen":420})",
       "'1' invite gid='G' from='A' to='B' data=420 text"},
      {R"({"op":5,"id":"1","gid":"G","from":"A","to":"B","datalen":421})",
       "fatal: data too long for request type (after state)"},
      {R"({"op":5,"id":"1","gid":"G","from":"A","to":"B","datalen":4,"datahead":5})", kInvalid},
      {R"({"op":5,"id":"1","gid":"G","from":"A"})", kInvalid},
      {R"({"op":5,"id":"1","gid":"G","to":"B"})", kInvalid},
      {R"({"op":5,"id":"1","from":"A","to":"B"})", kInvalid},
      {R"({"op":5,"gid":"G","from":"A","to":"B"})", kInvalid},
      {R"({"op":6,"id":"1","act":"join","gid":"G"})", "'1' group join gid='G' newalias='' to=''"},
      {R"({"op":6,"id":"1","act":"join","gid":"G","newalias":"N"})",
       "'1' group join gid='G' newalias='N' to=''"},
      {R"({"op":6,"id":"1","act":"alias","gid":"G","newalias":"N"})",
       "'1' group alias gid='G' newalias='N' to=''"},
      {R"({"op":6,"id":"1","act":"alias","gid":"G","newalias":""})", kInvalid},
      {R"({"op":6,"id":"1","act":"drop","gid":"G","to":"B"})",
       "'1' group drop gid='G' newalias='' to='B'"},
      {R"({"op":6,"id":"1","act":"drop","gid":"G","newalias":"B"})", kInvalid},
      {R"({"op":6,"id":"1","act":"invite","gid":"G","from":"A","to":"B"})", kInvalid},
      {R"({"op":6,"id":"1","act":"","gid":"G"})", kInvalid},
      {R"({"op":6,"id":"1","act":"join","gid":"G","datalen":1})", kInvalid},
      {R"({"op":6,"id":"1","act":"join"})", kInvalid},
      {R"({"op":6,"act":"join","gid":"G"})", kInvalid},
  });
}

TEST(TmtpDecode, ReadsPosts) {
  check({
      {R"({"op":7,"id":"1","for":[],"datalen":1})", "'1' post [] head=0 sum=0 data=1"},
      {R"({"Op":7,"Id":"zyx","Datalen":15,"Datahead":5,"Datasum":1,"For":[{"Id":"U","Type":1}]})",
       "'zyx' post [U:1] head=5 sum=1 data=15"},
      {R"({"op":7,"id":"1","for":[{"id":"U","type":1},{"id":"G","type":2},{"id":"G","type":3}],)"
       R"("datalen":5,"datahead":5})",
       "'1' post [U:1,G:2,G:3] head=5 sum=0 data=5"},
      {R"({"op":7,"id":"1","for":[],"datalen":9223372036854775807})",
       "'1' post [] head=0 sum=0 data=9223372036854775807"},
      {R"({"op":7,"id":"1","for":[],"datalen":9223372036854775808})", kInvalid},
      {R"({"op":7,"id":"1","for":[],"datalen":-1})", kInvalid},
      {R"({"op":7,"id":"1","for":[],"datalen":0})", kInvalid},
      {R"({"op":7,"id":"1","for":[]})", kInvalid},
      {R"({"op":7,"id":"1","for":[],"datalen":5,"datahead":6})", kInvalid},
      {R"({"op":7,"id":"1","for":[],"datalen":5,"datahead":-1})", kInvalid},
      {R"({"op":7,"id":"1","for":[],"datalen":5,"notelen":1})", kInvalid},
      {R"({"op":7,"id":"1","for":[],"datalen":5,"notehead":1})", kInvalid},
      {R"({"op":7,"id":"1","for":[],"datalen":5,"notefor":[{"id":"U","type":4}]})", kInvalid},
      {R"({"op":7,"id":"1","for":[],"datalen":5,"datasum":18446744073709551615})",
       "'1' post [] head=0 sum=18446744073709551615 data=5"},
      {R"({"op":7,"id":"1","for":[],"datalen":5,"datasum":18446744073709551616})", kInvalid},
      {R"({"op":7,"id":"1","for":null,"datalen":5})", kInvalid},
      {R"({"op":7,"id":"1","datalen":5})", kInvalid},
      {R"({"op":7,"for":[],"datalen":5})", kInvalid},
      {R"({"op":7,"id":"1","for":[{"id":"U","type":0}],"datalen":5})", kInvalid},
      {R"({"op":7,"id":"1","for":[{"id":"U","type":4}],"datalen":5})", kInvalid},
      {R"({"op":7,"id":"1","for":[{"id":"U","type":1},{"id":"U"}],"datalen":5})", kInvalid},
  });
}

TEST(TmtpDecode, ReadsPostsWithANote) {
  const std::string note = R"({"op":8,"id":"1","for":[{"id":"U","type":1}],"datalen":14,)";
  check({
      {note + R"("notelen":5,"notefor":[]})",
       "'1' post [U:1] head=0 sum=0 note [] head=0 sum=0 data=5+9"},
      {note + R"("datahead":14,"datasum":7,"notelen":5,"notehead":5,"notesum":6,)"
              R"("notefor":[{"id":"G","type":3}],"fornotself":true})",
       "'1' post [U:1] head=14 sum=7 note [G:3] head=5 sum=6 notself data=5+9"},
      {note + R"("notelen":13,"notefor":[]})",
       "'1' post [U:1] head=0 sum=0 note [] head=0 sum=0 data=13+1"},
      {note + R"("notelen":14,"notefor":[]})",
       "fatal: data too short for request type (after state)"},
      {note + R"("notelen":15,"notefor":[]})",
       "fatal: data too short for request type (after state)"},
      {note + R"("notelen":5,"notehead":6,"notefor":[]})", kInvalid},
      {note + R"("notelen":5})", kInvalid},
      {note + R"("notelen":0,"notefor":[]})", kInvalid},
      {note + R"("notefor":[]})", kInvalid},
      {note + R"("notelen":5,"notefor":[{"id":"U"}]})", kInvalid},
      {note + R"("notelen":5,"notefor":[],"fornotself":"true"})", kInvalid},
      {R"({"op":8,"id":"1","for":[],"datalen":9,"notelen":5,"notefor":[]})",
       "'1' post [] head=0 sum=0 note [] head=0 sum=0 data=5+4"},
      {R"({"op":8,"id":"1","for":[],"datalen":9,"notelen":5,"notefor":[],"fornotself":true})",
       "fatal: recipient list empty (after state)"},
      {R"({"op":8,"id":"1","for":[],"datalen":5,"notelen":5,"notefor":[],"fornotself":true})",
       "fatal: data too short for request type (after state)"},
      {R"({"op":8,"id":"1","datalen":9,"notelen":5,"notefor":[]})", kInvalid},
  });
}

TEST(TmtpDecode, ReadsPingsAcksPulsesAndQuits) {
  check({
      {R"({"op":9,"id":"1","from":"A","to":"B"})", "'1' ping from='A' to='B' text"},
      {R"({"Op":9,"Id":"1","To":"B","From":"A","DataLen":420})",
       "'1' ping from='A' to='B' data=420 text"},
      {R"({"op":9,"id":"1","from":"A","to":"B","datalen":421})",
       "fatal: data too long for request type (after state)"},
      {R"({"op":9,"id":"1","from":"A","to":"B","datalen":9223372036854775807})",
       "fatal: data too long for request type (after state)"},
      {R"({"op":9,"id":"1","from":"A","to":""})", kInvalid},
      {R"({"op":9,"id":"1","to":"B"})", kInvalid},
      {R"({"op":9,"from":"A","to":"B"})", kInvalid},
      {R"({"op":10,"id":"000000000000000a","type":"ok"})", "'000000000000000a' ack 10"},
      {R"({"op":10,"id":"000000000000000A","type":"ok"})", "'000000000000000A' ack 0"},
      {R"({"op":10,"id":"a","type":"n"})", "'a' ack 0"},
      {R"({"op":10,"id":"a"})", kInvalid},
      {R"({"op":10,"type":"ok"})", kInvalid},
      {R"({"op":11})", "pulse"},
      {R"({"op":11,"id":"x"})", "pulse"},
      {R"({"op":11,"datalen":1})", kInvalid},
      {R"({"op":12})", "quit"},
      {R"({"op":12,"datalen":1})", kInvalid},
      {R"({"op":13})", kInvalid},
  });
}

TEST(TmtpDecode, TakesMmtpsOwnFieldsForUnknown) {
  check({
      {R"({"op":12,"mmtp":5,"retry":"x","nodeid":{}})", "quit"},
      {R"({"op":7,"id":"1","for":[],"datalen":1,"retry":true})", "'1' post [] head=0 sum=0 data=1"},
  });
}

TEST(TmtpDecode, RefusesWhatNoAnswerCouldRepeat) {
  const std::string head = R"({"op":9,"from":"A","to":"B","id":")";
  EXPECT_TRUE(tmtp_codec().decode(head + std::string(60000, 'x') + "\"}"));
  EXPECT_FALSE(tmtp_codec().decode(head + std::string(60001, 'x') + "\"}"));
  EXPECT_TRUE(tmtp_codec().decode(head + std::string(10000, '<') + "\"}"));
  EXPECT_FALSE(tmtp_codec().decode(head + std::string(10001, '<') + "\"}"));
  const std::string alias = R"({"op":3,"id":"1","newalias":")";
  EXPECT_TRUE(tmtp_codec().decode(alias + std::string(20000, 'x') + "\"}"));
  EXPECT_FALSE(tmtp_codec().decode(alias + std::string(20001, 'x') + "\"}"));
}

TEST(TmtpDecode, TakesUpTo1500UidsForPresence) {
  for (const int count : {1, 1500, 1501}) {
    std::string header = R"({"op":4,"id":"1","type":"add","for":[)";
    for (int i = 0; i < count; ++i) header += (i == 0 ? R"({"id":"U"})" : R"(,{"id":"U"})");
    EXPECT_EQ(tmtp_codec().decode(header + "]}").has_value(), count <= 1500) << count;
  }
}

}  // namespace
}  // namespace mnm::net
