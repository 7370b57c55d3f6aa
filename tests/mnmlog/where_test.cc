// --where, --grep, and the formats for programs.
#include <gmock/gmock.h>

#include "event.pb.h"
#include "mnmlog/fixture.h"

namespace mnm {
namespace {

using ::testing::HasSubstr;

class Where : public Inspecting {
 protected:
  void SetUp() override { write_history(); }
  // The LSNs of the events for which it holds.
  std::string lsns(const std::string& expression) {
    const Ran ran = mnmlog({"--where", expression, "--fields", "lsn"});
    std::string out;
    for (const char c : ran.out) out += c == '\n' ? ' ' : c;
    if (!out.empty()) out.pop_back();
    return ran.code == 0 ? out : out + "(" + std::to_string(ran.code) + ")";
  }
  std::string error(const std::string& expression) {
    const Ran ran = mnmlog({"-q", "--where", expression});
    EXPECT_EQ(ran.code, 2) << expression;
    return ran.err;
  }
};

TEST_F(Where, ComparesNumbersWithUnits) {
  EXPECT_EQ(lsns("data_bytes > 1kB"), "9");
  EXPECT_EQ(lsns("data_bytes >= 2KiB"), "9");
  EXPECT_EQ(lsns("data_bytes > 2KiB"), "(1)");
  EXPECT_EQ(lsns("data_bytes < 1MB"), "8 9");
  EXPECT_EQ(lsns("data_bytes == 5"), "8");
  EXPECT_EQ(lsns("lsn >= 9 && lsn <= 10"), "9 10");
  EXPECT_EQ(lsns("session = 1"), "7");
}

TEST_F(Where, ComparesTimesAndAges) {
  EXPECT_EQ(lsns("time >= @2026-01-02T03:05 && time < @2026-01-02T03:06"), "8 9");
  EXPECT_EQ(lsns("age < 1h"), "(1)") << "the history is old";
  EXPECT_EQ(lsns("age > 1h && lsn == 3"), "3");
}

TEST_F(Where, ComparesTextsFlagsAndLists) {
  EXPECT_EQ(lsns("event == refused"), "11");
  EXPECT_EQ(lsns("actor == " + kBob), "6 10");
  EXPECT_EQ(lsns("error == 'login failed'"), "11");
  EXPECT_EQ(lsns("error == \"login failed\""), "11");
  EXPECT_EQ(lsns("op ~ '^p'"), "8 9");
  EXPECT_EQ(lsns("op !~ '^p' && lsn > 7"), "10 11");
  EXPECT_EQ(lsns("passing == false"), "11");
  EXPECT_EQ(lsns("recipients == " + kBob + "/1"), "8 9");
  EXPECT_EQ(lsns("recipients != " + kBob + "/1"), "(1)");
  EXPECT_EQ(lsns("targets ~ BOB"), "8 9");
  EXPECT_EQ(lsns("what ~ 'posted'"), "8 9");
}

TEST_F(Where, CombinesAndNegates) {
  EXPECT_EQ(lsns("event == stored && !(data_bytes > 1kB)"), "8");
  EXPECT_EQ(lsns("lsn == 1 || lsn == 2 && event == tick"), "1") << "&& binds closer";
  EXPECT_EQ(lsns("(lsn == 1 || lsn == 2) && event == started"), "2");
  EXPECT_EQ(lsns("!actor"), "1 2 3 5 11");
  EXPECT_EQ(lsns("peer"), "7") << "a field alone: it is there";
  EXPECT_EQ(lsns("takeover"), "(1)") << "a flag that isn't set";
}

TEST_F(Where, IsFalseForAFieldThatTheEventLacks) {
  EXPECT_EQ(lsns("data_bytes != 5"), "9");
  EXPECT_EQ(lsns("!(data_bytes == 5) && lsn > 7"), "9 10 11");
}

TEST_F(Where, JoinsTheOtherFilters) {
  EXPECT_EQ(mnmlog({"--op", "post", "--where", "data_bytes > 1kB", "--count"}).out, "1\n");
}

TEST_F(Where, PointsAtWhatIsWrong) {
  EXPECT_EQ(error("siez > 1MB"),
            "mnmlog: --where, column 1: no field siez; mnmlog schema lists them\n"
            "  siez > 1MB\n"
            "  ^\n");
  EXPECT_THAT(error("lsn > 5 && data_bytes > 2h"), HasSubstr("column 25: data_bytes is compared"));
  EXPECT_THAT(error("lsn > 5 lsn"), HasSubstr("column 9: expected &&"));
  EXPECT_THAT(error("(lsn > 5"), HasSubstr("column 9: expected )"));
  EXPECT_THAT(error("lsn >"), HasSubstr("column 6: expected what lsn is compared with"));
  EXPECT_THAT(error("error == 'x"), HasSubstr("column 10: this text has no end"));
  EXPECT_THAT(error("op ~ '('"), HasSubstr("column 6: not a regular expression"));
  EXPECT_THAT(error("lsn ~ 5"), HasSubstr("column 5: lsn is a number"));
  EXPECT_THAT(error("recipients < x"), HasSubstr("column 12: recipients is a list"));
  EXPECT_THAT(error("lsn > 1 & lsn < 3"), HasSubstr("column 9: & means nothing"));
  EXPECT_THAT(error("time > 5"), HasSubstr("compared with a time"));
  EXPECT_THAT(error("data_bytes > 99999999999GB"), HasSubstr("octets"));
  EXPECT_THAT(error(" "), HasSubstr("expected a field"));
  EXPECT_THAT(error(std::string(200, '(')), HasSubstr("too deeply nested"));
  EXPECT_THAT(error(std::string(200, '!')), HasSubstr("too deeply nested"));
}

TEST_F(Where, GrepSearchesTheLineOfTheTable) {
  EXPECT_EQ(mnmlog({"--grep", "maria.*posted", "--fields", "lsn"}).out, "8\n9\n");
  EXPECT_EQ(mnmlog({"--grep", "hello"}).code, 1) << "never the body";
  EXPECT_EQ(mnmlog({"--grep", "("}).code, 2);
}

TEST_F(Where, TemplatesFillInFields) {
  EXPECT_EQ(mnmlog({"8..9", "--format", "tmpl:%{lsn}\\t%{data_bytes} 100%%\\\\"}).out,
            "8\t5 100%\\\n9\t2048 100%\\\n");
  EXPECT_EQ(mnmlog({"1", "--format", "tmpl:<%{peer}>"}).out, "<>\n");
  EXPECT_THAT(mnmlog({"6", "--format", "tmpl:%{alias}"}).out, HasSubstr("evil\\u{1b}"));
  EXPECT_EQ(mnmlog({"--format", "tmpl:%{nothing}"}).code, 2);
  EXPECT_EQ(mnmlog({"--format", "tmpl:%x"}).code, 2);
  EXPECT_EQ(mnmlog({"--format", "tmpl:%{lsn"}).code, 2);
}

TEST_F(Where, ProtoGivesTheEventsAsTheyAreStored) {
  const std::string out = mnmlog({"8..9", "--format", "proto"}).out;
  ASSERT_FALSE(out.empty());
  const auto first_bytes = static_cast<std::size_t>(static_cast<unsigned char>(out[0]));
  ASSERT_LT(first_bytes, 128u) << "one octet of length";
  event::Event event;
  ASSERT_TRUE(event.ParseFromString(out.substr(1, first_bytes)));
  EXPECT_EQ(event.stored().data_bytes(), 5u);
  const auto record = log_.log().read(Lsn(8));
  ASSERT_TRUE(record);
  EXPECT_EQ(out.substr(1, first_bytes), record->events[0]);
  EXPECT_EQ(out.substr(2 + first_bytes), record->events[1]);
}

}  // namespace
}  // namespace mnm
