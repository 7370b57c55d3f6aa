// MMTP headers in: what each becomes.
#include <gtest/gtest.h>

#include "net/codec.h"
#include "net/describe_codec.h"

namespace mnm::net {
namespace {

const std::string kInvalid = "fatal: invalid header";

void check(const std::vector<HeaderCase>& cases) {
  for (const HeaderCase& c : cases) {
    EXPECT_EQ(describe(mmtp_codec().decode(c.header)), c.expected) << c.header;
  }
}

TEST(MmtpDecode, ReadsVersionRequests) {
  check({
      {R"({"op":0,"mmtp":"1"})", "version mmtp"},
      {R"({"op":0,"mmtp":"2"})", "version mmtp"},
      {R"({"op":0,"mmtp":"1","id":"x"})", "'x' version mmtp"},
      {R"({"op":0,"mmtp":""})", kInvalid},
      {R"({"op":0,"mmtp":1})", kInvalid},
      {R"({"op":0,"id":"1"})", kInvalid},
      {R"({"op":0})", kInvalid},
  });
}

TEST(MmtpDecode, ReadsRegistrations) {
  check({
      {R"({"op":1,"newnode":"pc"})", "register node='pc' alias=none"},
      {R"({"op":1,"newnode":"pc","newalias":"a"})", "register node='pc' alias='a'"},
      {R"({"op":1,"newnode":"pc","newalias":""})", "register node='pc' alias=none"},
      {R"({"op":1,"newnode":"pc","newalias":null})", "register node='pc' alias=none"},
      {R"({"op":1,"newnode":"pc","newalias":"_"})", "register node='pc' alias='_'"},
      {R"({"op":1,"newnode":"pc","newalias":"_","oidc":{"id_token":"a.b.c"}})",
       "register node='pc' alias='_' secret=612e622e63"},
      {R"({"op":1,"newnode":"pc","newalias":"_","Oidc":{"token_type":"Bearer","expires_in":9,)"
       R"("ID_Token":"a","access_token":"x","refresh_token":null}})",
       "register node='pc' alias='_' secret=61"},
      {R"({"op":1,"newnode":"pc","newalias":"_","oidc":{"id_token":null}})",
       "register node='pc' alias='_'"},
      {R"({"op":1,"newnode":"pc","newalias":"_","oidc":{"id token":"a"}})",
       "register node='pc' alias='_'"},
      {R"({"op":1,"newnode":"pc","newalias":"_","oidc":{"id_token":5}})", kInvalid},
      {R"({"op":1,"newnode":"pc","newalias":"_","oidc":{"id_token":"a","Id_token":"b"}})",
       kInvalid},
      {R"({"op":1,"newnode":"pc","newalias":"_","oidc":{"scope":1,"Scope":2}})", kInvalid},
      {R"({"op":1,"newalias":"someone else"})", kInvalid},
      {R"({"op":1,"newnode":""})", kInvalid},
      {R"({"op":1,"newnode":null})", kInvalid},
      {R"({"op":1,"newnode":"pc","dataLen":1})", kInvalid},
      {R"({"op":1,"newnode":"pc","dataLen":0})", "register node='pc' alias=none"},
  });
}

TEST(MmtpDecode, ReadsUserEdits) {
  check({
      {R"({"op":2,"uid":"U","nodeid":"BBBBBBBB","newnode":"tab"})",
       "useredit uid='U' newnode='tab' secret=5ad6b5ad6b"},
      {R"({"op":2,"id":"9","uid":"U","nodeid":"BBBBBBBB","newalias":"al","once":true})",
       "'9' useredit uid='U' newalias='al' once secret=5ad6b5ad6b"},
      {R"({"op":2,"uid":"U","nodeid":"BBBBBBBB","newnode":"tab","newalias":"al","dropnode":3,)"
       R"("dropalias":"old","retry":true})",
       "useredit uid='U' newnode='tab' newalias='al' dropnode=3 dropalias='old' "
       "secret=5ad6b5ad6b retry"},
      {R"({"op":2,"uid":"U","nodeid":"BBBBBBBB","keepnode":"2"})",
       "useredit uid='U' keepnode=2 secret=5ad6b5ad6b"},
      {R"({"op":2,"uid":"U","nodeid":"BBBBBBBB"})", kInvalid},
      {R"({"op":2,"uid":"U","nodeid":"BBBBBBBB","once":true})", kInvalid},
      {R"({"op":2,"uid":"U","node":"BBBBBBBB","newnode":"tab"})", kInvalid},
      {R"({"op":2,"nodeid":"BBBBBBBB","newnode":"tab"})", kInvalid},
      {R"({"op":2,"uid":"U","nodeid":"AAAAAAAA","newnode":"tab"})",
       "fatal: corrupt base32 value (after state)"},
  });
}

TEST(MmtpDecode, ReadsNodeNumbersAsIntegersOrTheirDigits) {
  const std::string head = R"({"op":2,"uid":"U","nodeid":"BBBBBBBB","dropnode":)";
  const std::string good = "useredit uid='U' dropnode=";
  const std::string rest = " secret=5ad6b5ad6b";
  check({
      {head + "1}", good + "1" + rest},
      {head + R"("1"})", good + "1" + rest},
      {head + "4294967295}", good + "4294967295" + rest},
      {head + "4294967296}", kInvalid},
      {head + R"("4294967296"})", kInvalid},
      {head + "0}", kInvalid},
      {head + R"("0"})", kInvalid},
      {head + R"("01"})", kInvalid},
      {head + R"("+1"})", kInvalid},
      {head + R"("1 "})", kInvalid},
      {head + R"("one"})", kInvalid},
      {head + "1.0}", kInvalid},
      {head + "-1}", kInvalid},
      {head + "true}", kInvalid},
      {head + R"(""})", kInvalid},  // absent, so nothing is edited
  });
}

TEST(MmtpDecode, ReadsLogins) {
  check({
      {R"({"op":3,"uid":"U","node":"BBBBBBBB"})", "login uid='U' secret=5ad6b5ad6b"},
      {R"({"op":3,"uid":"U","node":"noone"})", "fatal: corrupt base32 value (after state)"},
      {R"({"op":3,"uid":"U","nodeid":"BBBBBBBB"})", kInvalid},
      {R"({"op":3,"uid":"U"})", kInvalid},
      {R"({"op":3,"node":"BBBBBBBB"})", kInvalid},
      {R"({"op":3,"uid":5,"node":"BBBBBBBB"})", kInvalid},
  });
}

TEST(MmtpDecode, ReadsGroupEdits) {
  check({
      {R"({"op":4,"id":"1","act":"invite","gid":"G","from":"A","to":"B","dataLen":5})",
       "'1' invite gid='G' from='A' to='B' data=5 text"},
      {R"({"op":4,"id":"1","act":"invite","gid":"G","from":"A","to":"B"})",
       "'1' invite gid='G' from='A' to='B' text"},
      {R"({"op":4,"id":"1","act":"invite","gid":"G","from":"A","to":"B","dataLen":420})",
       "'1' invite gid='G' from='A' to='B' data=420 text"},
      {R"({"op":4,"id":"1","act":"invite","gid":"G","from":"A","to":"B","dataLen":421})",
       "fatal: data too long for request type (after state)"},
      {R"({"op":4,"id":"1","act":"invite","gid":"G","from":"A"})", kInvalid},
      {R"({"op":4,"id":"1","act":"invite","gid":"G","to":"A"})", kInvalid},
      {R"({"op":4,"id":"1","act":"invite","from":"A","to":"B"})", kInvalid},
      {R"({"op":4,"act":"invite","gid":"G","from":"A","to":"B"})", kInvalid},
      {R"({"op":4,"id":"1","act":"join","gid":"G"})", "'1' group join gid='G' newalias='' to=''"},
      {R"({"op":4,"id":"1","act":"join","gid":"G","newalias":"N"})",
       "'1' group join gid='G' newalias='N' to=''"},
      {R"({"op":4,"id":"1","act":"join","gid":"G","dataLen":1})", kInvalid},
      {R"({"op":4,"id":"1","act":"alias","gid":"G","newalias":"N"})",
       "'1' group alias gid='G' newalias='N' to=''"},
      {R"({"op":4,"id":"1","act":"alias","gid":"G"})", kInvalid},
      {R"({"op":4,"id":"1","act":"drop","gid":"G","to":"B"})",
       "'1' group drop gid='G' newalias='' to='B'"},
      {R"({"op":4,"id":"1","act":"drop","gid":"G"})", kInvalid},
      {R"({"op":4,"id":"1","act":"Join","gid":"G"})", kInvalid},
      {R"({"op":4,"id":"1","gid":"G"})", kInvalid},
      {R"({"op":4,"id":"1","act":"join"})", kInvalid},
      {R"({"op":4,"act":"join","gid":"G"})", kInvalid},
  });
}

TEST(MmtpDecode, ReadsPosts) {
  check({
      {R"({"op":5,"id":"1","for":[{"id":"U","type":1}],"dataLen":3})",
       "'1' post [U:1] head=0 sum=0 data=3"},
      {R"({"op":5,"id":"1","for":[{"type":2,"id":"G"},{"id":"H","type":3}],"datalen":3})",
       "'1' post [G:2,H:3] head=0 sum=0 data=3"},
      {R"({"op":5,"id":"1","for":[]})", "'1' post [] head=0 sum=0"},
      {R"({"op":5,"id":"1","for":[],"dataLen":9,"dataHead":9,"dataSum":18446744073709551615})",
       "'1' post [] head=9 sum=18446744073709551615 data=9"},
      {R"({"op":5,"id":"1","for":[],"dataLen":9223372036854775807})",
       "'1' post [] head=0 sum=0 data=9223372036854775807"},
      {R"({"op":5,"id":"1","for":[],"dataLen":9223372036854775808})", kInvalid},
      {R"({"op":5,"id":"1","for":[],"dataLen":9,"dataHead":10})", kInvalid},
      {R"({"op":5,"id":"1","for":[],"retry":true})", "'1' post [] head=0 sum=0 retry"},
      {R"({"op":5,"id":"1","dataLen":3})", kInvalid},
      {R"({"op":5,"for":[],"dataLen":3})", kInvalid},
      {R"({"op":5,"id":"1","for":null})", kInvalid},
      {R"({"op":5,"id":"1","for":{}})", kInvalid},
      {R"({"op":5,"id":"1","for":["U"]})", kInvalid},
      {R"({"op":5,"id":"1","for":[null]})", kInvalid},
      {R"({"op":5,"id":"1","for":[{"id":"U"}]})", kInvalid},
      {R"({"op":5,"id":"1","for":[{"type":1}]})", kInvalid},
      {R"({"op":5,"id":"1","for":[{"id":"","type":1}]})", kInvalid},
      {R"({"op":5,"id":"1","for":[{"id":"U","type":0}]})", kInvalid},
      {R"({"op":5,"id":"1","for":[{"id":"U","type":4}]})", kInvalid},
      {R"({"op":5,"id":"1","for":[{"id":"U","type":"1"}]})", kInvalid},
      {R"({"op":5,"id":"1","for":[{"id":"U","type":1,"id":"U"}]})", kInvalid},
      {R"({"op":5,"id":"1","for":[{"id":"U","type":1,"x":[1]}]})", "'1' post [U:1] head=0 sum=0"},
  });
}

TEST(MmtpDecode, ReadsPingsAcksAndPresence) {
  check({
      {R"({"op":6,"id":"1","from":"A","to":"B","dataLen":420})",
       "'1' ping from='A' to='B' data=420 text"},
      {R"({"op":6,"id":"1","from":"A","to":"B"})", "'1' ping from='A' to='B' text"},
      {R"({"op":6,"id":"1","from":"A","to":"B","dataLen":421})",
       "fatal: data too long for request type (after state)"},
      {R"({"op":6,"id":"1","to":"B"})", kInvalid},
      {R"({"op":6,"id":"1","from":"A"})", kInvalid},
      {R"({"op":6,"from":"A","to":"B"})", kInvalid},
      {R"({"op":7,"id":"18ea984f5397c99f","type":"ok"})",
       "'18ea984f5397c99f' ack 1795414867932858783"},
      {R"({"op":7,"id":"nonsense","type":"ok"})", "'nonsense' ack 0"},
      {R"({"op":7,"id":"18ea984f5397c99f"})", kInvalid},
      {R"({"op":7,"type":"ok"})", kInvalid},
      {R"({"op":8})", "quit"},
      {R"({"op":8,"dataLen":1})", kInvalid},
      {R"({"op":9,"id":"1","for":[{"id":"U"},{"id":"V","type":1}],"type":"add"})",
       "'1' ohi add [U,V]"},
      {R"({"op":9,"id":"1","for":[{"id":"U"}],"type":"drop"})", "'1' ohi drop [U]"},
      {R"({"op":9,"id":"1","for":[{"id":"U"}],"type":"init"})", "'1' ohi init [U]"},
      {R"({"op":9,"id":"1","for":[{"id":"U"}]})", "'1' ohi add [U]"},
      {R"({"op":9,"id":"1","for":[{"id":"U"}],"type":"on"})", kInvalid},
      {R"({"op":9,"id":"1","for":[],"type":"add"})", kInvalid},
      {R"({"op":9,"id":"1","type":"add"})", kInvalid},
      {R"({"op":9,"id":"1","for":[{"id":""}],"type":"add"})", kInvalid},
      {R"({"op":9,"for":[{"id":"U"}],"type":"add"})", kInvalid},
      {R"({"op":10})", "pulse"},
      {R"({"op":11})", kInvalid},
      {R"({"op":255})", kInvalid},
      {R"({"op":256})", kInvalid},
  });
}

TEST(MmtpDecode, TakesTmtpsOwnFieldsForUnknown) {
  check({
      {R"({"op":8,"notelen":"x","fornotself":5,"notefor":{}})", "quit"},
      {R"({"op":8,"notelen":1,"NoteLen":1})", kInvalid},
  });
}

TEST(FirstHeader, TellsTheDialect) {
  struct Case {
    const char* header;
    const Codec* codec;
  };
  for (const Case& c : {
           Case{R"({"op":0,"id":"1"})", &tmtp_codec()},
           {R"({"Op":0,"Id":"9"})", &tmtp_codec()},
           {R"({"op":0,"id":"1","mmtp":"1"})", &tmtp_codec()},
           {R"({"op":0,"mmtp":"1"})", &mmtp_codec()},
           {R"({"op":0})", nullptr},
           {R"({"op":0,"id":""})", nullptr},
           {R"({"op":0,"id":"1","datalen":5})", nullptr},
           {R"({"op":1,"newnode":"pc"})", &mmtp_codec()},
           {R"({"op":3,"uid":"U","node":"BBBBBBBB"})", &mmtp_codec()},
           {R"({"op":3,"uid":"U","node":"vowels: AEIOU"})", &mmtp_codec()},
           {R"({"op":3,"uid":"U"})", nullptr},
           {R"({"op":8})", &mmtp_codec()},
           {R"({"op":12})", nullptr},
           {R"([0,"id","1"])", nullptr},
           {R"({"op":8}x)", nullptr},
       }) {
    EXPECT_EQ(codec_for_first(c.header), c.codec) << c.header;
  }
}

}  // namespace
}  // namespace mnm::net
