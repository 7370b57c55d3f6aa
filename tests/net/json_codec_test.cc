// The JSON of headers: what is one, and what its texts and numbers are.
#include <gtest/gtest.h>

#include <array>

#include "net/codec.h"
#include "net/describe_codec.h"
#include "net/json_reader.h"
#include "net/json_text.h"

namespace mnm::net {
namespace {

using namespace std::string_literals;

const std::string kInvalid = "fatal: invalid header";

void check(const std::vector<HeaderCase>& cases) {
  for (const HeaderCase& c : cases) {
    EXPECT_EQ(describe(tmtp_codec().decode(c.header)), c.expected) << c.header;
  }
}

// A TMTP pulse keeps no id, a ping does.
std::string with_id(const std::string& inside) {
  return R"({"op":9,"from":"A","to":"B","id":")" + inside + "\"}";
}

// The id that is read, or what went wrong.
std::string id_of(const std::string& inside) {
  const auto decoded = tmtp_codec().decode(with_id(inside));
  return decoded ? decoded->id : std::string(decoded.error().text);
}

TEST(HeaderJson, IsExactlyOneObject) {
  check({
      {R"({"op":11})", "pulse"},
      {" \t\r\n{ \"op\" : 11 , \"x\" : 1 } \n", "pulse"},
      {R"({})", kInvalid},
      {"", kInvalid},
      {"        ", kInvalid},
      {"null", kInvalid},
      {"11", kInvalid},
      {R"("op")", kInvalid},
      {R"([{"op":11}])", kInvalid},
      {R"({"op":11}})", kInvalid},
      {R"({"op":11}{"op":11})", kInvalid},
      {R"({"op":11} x)", kInvalid},
      {"{\"op\":11}\0"s, kInvalid},
      {"\xef\xbb\xbf{\"op\":11}", kInvalid},
      {R"({"op":11)", kInvalid},
      {R"({"op":11,})", kInvalid},
      {R"({,"op":11})", kInvalid},
      {R"({"op" 11})", kInvalid},
      {R"({"op":})", kInvalid},
      {R"({op:11})", kInvalid},
      {R"({'op':11})", kInvalid},
      {R"({"op":11 "x":1})", kInvalid},
      {R"({"op":11,"x"})", kInvalid},
      {R"({"op":11/**/})", kInvalid},
      {"{\"op\":11,\v\"x\":1}", kInvalid},
  });
}

TEST(HeaderJson, MatchesFieldNamesWithoutRegardToCase) {
  check({
      {R"({"OP":9,"FROM":"A","To":"B","iD":"1","dAtAlEn":2})",
       "'1' ping from='A' to='B' data=2 text"},
      {R"({"\u006fp":11})", "pulse"},
      {R"({"o\u0050":11})", "pulse"},
      {R"({"op ":11})", kInvalid},
      {R"({"opp":11})", kInvalid},
      {R"({"o":11})", kInvalid},
      {R"({"":1,"op":11})", "pulse"},
      {"{\"op\":11,\"\\u212aeepnode\":0}", "pulse"},  // KELVIN SIGN is no k here
  });
}

TEST(HeaderJson, RefusesAFieldGivenTwice) {
  check({
      {R"({"op":11,"op":11})", kInvalid},
      {R"({"op":11,"Op":12})", kInvalid},
      {R"({"op":null,"op":11})", kInvalid},
      {R"({"op":11,"\u006fP":11})", kInvalid},
      {R"({"op":11,"id":"a","ID":null})", kInvalid},
      {R"({"op":11,"x":1,"y":2,"X":3})", kInvalid},
      {R"({"op":11,"x":1,"y":2,"xx":3,"":4})", "pulse"},
      {R"({"op":11,"":1,"":2})", kInvalid},
      {R"({"op":11,"a":1,"b":1,"c":1,"d":1,"e":1,"f":1,"g":1,"h":1,"i":1,"j":1})", "pulse"},
      {R"({"op":11,"a":1,"b":1,"c":1,"d":1,"e":1,"f":1,"g":1,"h":1,"i":1,"j":1,"A":1})", kInvalid},
      {R"({"op":11,"for":[{"id":"U","type":1,"x":1,"X":2}]})", kInvalid},
      {R"({"op":11,"x":{"a":1,"a":2}})", "pulse"},  // inside what nobody reads
  });
}

TEST(HeaderJson, IgnoresUnknownFieldsThatAreJson) {
  check({
      {R"({"x":[1,-2.5e+3,"s",true,false,null,{"a":[]},[],{}],"op":11})", "pulse"},
      {R"({"op":11,"x":-0})", "pulse"},
      {R"({"op":11,"x":1E400})", "pulse"},
      {R"({"op":11,"x":01})", kInvalid},
      {R"({"op":11,"x":+1})", kInvalid},
      {R"({"op":11,"x":1.})", kInvalid},
      {R"({"op":11,"x":.5})", kInvalid},
      {R"({"op":11,"x":1e})", kInvalid},
      {R"({"op":11,"x":-})", kInvalid},
      {R"({"op":11,"x":NaN})", kInvalid},
      {R"({"op":11,"x":nul})", kInvalid},
      {R"({"op":11,"x":True})", kInvalid},
      {R"({"op":11,"x":[1,]})", kInvalid},
      {R"({"op":11,"x":[,1]})", kInvalid},
      {R"({"op":11,"x":[1 2]})", kInvalid},
      {R"({"op":11,"x":[1})", kInvalid},
      {R"({"op":11,"x":{]})", kInvalid},
      {R"({"op":11,"x":"\q"})", kInvalid},
      {R"({"op":11,"x":"})", kInvalid},
  });
}

TEST(HeaderJson, BoundsNesting) {
  const auto nested = [](std::size_t depth) {
    return R"({"op":11,"x":)" + std::string(depth, '[') + std::string(depth, ']') + "}";
  };
  EXPECT_EQ(describe(tmtp_codec().decode(nested(JsonReader::kDepthMax - 1))), "pulse");
  EXPECT_EQ(describe(tmtp_codec().decode(nested(JsonReader::kDepthMax))), kInvalid);
  EXPECT_EQ(describe(tmtp_codec().decode(R"({"op":11,"x":)" + std::string(60000, '['))), kInvalid);
}

TEST(HeaderJson, TakesPlainDecimalIntegersOnly) {
  for (const auto* bad :
       {"11.0", "1e1", "11e0", "-0", "-11", "+11", "011", "0x0b", " ", "\"11\"", "true", "[11]",
        "{}", "256", "18446744073709551616", "99999999999999999999999999"}) {
    EXPECT_EQ(describe(tmtp_codec().decode(R"({"op":)"s + bad + "}")), kInvalid) << bad;
  }
  check({
      {R"({"op": 11 })", "pulse"},
      {R"({"op":11,"datalen":0})", "pulse"},
      {R"({"op":11,"datalen":00})", kInvalid},
      {R"({"op":11,"datalen":-0})", kInvalid},
      {R"({"op":11,"datalen":0.0})", kInvalid},
      {R"({"op":11,"datalen":"0"})", kInvalid},
      {R"({"op":11,"datasum":18446744073709551615})", "pulse"},
      {R"({"op":11,"datasum":18446744073709551616})", kInvalid},
      {R"({"op":11,"datasum":184467440737095516150})", kInvalid},
  });
}

TEST(HeaderJson, ChecksTheTypesOfAllKnownFields) {
  check({
      {R"({"op":11,"uid":5})", kInvalid},
      {R"({"op":11,"uid":null})", "pulse"},
      {R"({"op":11,"fornotself":null,"for":null,"notefor":null,"datalen":null})", "pulse"},
      {R"({"op":11,"fornotself":0})", kInvalid},
      {R"({"op":11,"for":"U"})", kInvalid},
      {R"({"op":11,"for":[["U"]]})", kInvalid},
      {R"({"op":11,"for":[{"id":"U","type":null}]})", kInvalid},
      {R"({"op":11,"for":[{"id":"U","type":1}]})", "pulse"},
      {R"({"op":null})", kInvalid},
  });
}

TEST(HeaderText, IsUnescaped) {
  EXPECT_EQ(id_of(R"(\"\\\/\b\f\n\r\t)"), "\"\\/\b\f\n\r\t");
  EXPECT_EQ(id_of(R"(\u0000)"), "\0"s);
  EXPECT_EQ(id_of(R"(a\u0000b +%_)"), "a\0b +%_"s);
  EXPECT_EQ(id_of(R"(\u00e9\u20AC\uFFFF)"), "é€\uFFFF");
  EXPECT_EQ(id_of(R"(\ud83d\ude00)"), "😀");
  EXPECT_EQ(id_of("é€😀\x7f"), "é€😀\x7f");
  EXPECT_EQ(id_of("a longer text that is plain, then é and \\n and plain again"),
            "a longer text that is plain, then é and \n and plain again");
}

TEST(HeaderText, ReplacesLoneSurrogates) {
  EXPECT_EQ(id_of(R"(\ud800)"), "\uFFFD");
  EXPECT_EQ(id_of(R"(\udc00)"), "\uFFFD");
  EXPECT_EQ(id_of(R"(\ud800x)"), "\uFFFDx");
  EXPECT_EQ(id_of(R"(\ud800\n)"), "\uFFFD\n");
  EXPECT_EQ(id_of(R"(\ud800\u0041)"), "\uFFFDA");
  EXPECT_EQ(id_of(R"(\ud800\ud83d\ude00)"), "\uFFFD😀");
  EXPECT_EQ(id_of(R"(\udc00\ud800)"), "\uFFFD\uFFFD");
}

TEST(HeaderText, ReplacesEachOctetThatIsNotUtf8) {
  EXPECT_EQ(id_of("\xff"), "\uFFFD");
  EXPECT_EQ(id_of("a\x80z"), "a\uFFFDz");
  EXPECT_EQ(id_of("\xc0\xaf"), "\uFFFD\uFFFD");
  EXPECT_EQ(id_of("\xe2\x82"), "\uFFFD\uFFFD");
  EXPECT_EQ(id_of("\xe2\x82z"), "\uFFFD\uFFFDz");
  EXPECT_EQ(id_of("\xe0\x9f\xbf"), "\uFFFD\uFFFD\uFFFD");
  EXPECT_EQ(id_of("\xed\xa0\x80"), "\uFFFD\uFFFD\uFFFD");
  EXPECT_EQ(id_of("\xf0\x8f\xbf\xbf"), "\uFFFD\uFFFD\uFFFD\uFFFD");
  EXPECT_EQ(id_of("\xf4\x90\x80\x80"), "\uFFFD\uFFFD\uFFFD\uFFFD");
  EXPECT_EQ(id_of("\xf4\x8f\xbf\xbf"), "\xf4\x8f\xbf\xbf");
  EXPECT_EQ(id_of("\xed\x9f\xbf\xee\x80\x80"), "\xed\x9f\xbf\xee\x80\x80");
}

TEST(HeaderText, RefusesBadEscapesAndRawControls) {
  for (const auto& bad : {R"(\)"s, R"(\x41)"s, R"(\')"s, R"(\u)"s, R"(\u12)"s, R"(\u12g4)"s,
                          R"(\U0041)"s, "\n"s, "\0"s, "\x1f"s, R"(\ud800\u12)"s}) {
    EXPECT_EQ(id_of(bad), "invalid header") << bad;
  }
}

TEST(HeaderText, FindsTheEndAtEveryOffset) {
  for (std::size_t before = 0; before < 20; ++before) {
    for (const auto& special : {R"(\")"s, R"(\\)"s, "é"s, R"(\u0001)"s}) {
      const std::string text = std::string(before, '~') + special + "tail of the text";
      const std::string meaning = special == R"(\")"   ? "\""
                                  : special == R"(\\)" ? "\\"
                                  : special == "é"     ? "é"
                                                       : "\x01";
      EXPECT_EQ(id_of(text), std::string(before, '~') + meaning + "tail of the text");
    }
  }
}

TEST(EscapedText, IsAsGoWritesIt) {
  const auto escaped = [](std::string_view text) {
    std::string out;
    append_escaped(out, text);
    EXPECT_EQ(escaped_size(text), out.size());
    return out;
  };
  EXPECT_EQ(escaped("plain ~\x7f"), "plain ~\x7f");
  EXPECT_EQ(escaped("\"\\/"), R"(\"\\/)");
  EXPECT_EQ(escaped("<a>&"), R"(\u003ca\u003e\u0026)");
  EXPECT_EQ(escaped("\n\r\t"), R"(\n\r\t)");
  EXPECT_EQ(escaped("\b\f\0\x1f"s), R"(\u0008\u000c\u0000\u001f)");
  EXPECT_EQ(escaped("\u2027\u2028\u2029\u202a"), "\u2027\\u2028\\u2029\u202a");
  EXPECT_EQ(escaped("é€😀\uFFFD"), "é€😀\uFFFD");
  EXPECT_EQ(escaped("a\xff\xe2\x82"), R"(a\ufffd\ufffd\ufffd)");
}

TEST(EscapedText, IsCutBeforeACharacterThatDoesNotFit) {
  const auto cut = [](std::string_view text, std::size_t max) {
    std::string out = "kept ";
    append_escaped(out, text, max);
    return out.substr(5);
  };
  EXPECT_EQ(cut("abc", 3), "abc");
  EXPECT_EQ(cut("abcd", 3), "abc");
  EXPECT_EQ(cut("ab<", 8), R"(ab\u003c)");
  EXPECT_EQ(cut("ab<", 7), "ab");
  EXPECT_EQ(cut("a€b", 3), "a");
  EXPECT_EQ(cut("a€b", 4), "a€");
  EXPECT_EQ(cut("abc", 0), "");
}

TEST(KeySet, NoticesDuplicatesAmongFewAndMany) {
  for (const std::size_t count : {2u, 8u, 9u, 1000u}) {
    std::vector<std::string> keys;
    for (std::size_t i = 0; i < count; ++i) keys.push_back("Key" + std::to_string(i));
    KeySet distinct;
    KeySet repeated;
    for (const std::string& key : keys) {
      distinct.add(key);
      repeated.add(key);
    }
    repeated.add("kEY1");
    EXPECT_FALSE(distinct.has_duplicate()) << count;
    EXPECT_TRUE(repeated.has_duplicate()) << count;
  }
}

}  // namespace
}  // namespace mnm::net
