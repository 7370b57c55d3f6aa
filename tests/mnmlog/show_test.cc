// show: what is told of events, in each format, and which are chosen.
#include <sys/stat.h>

#include <boost/json.hpp>

#include "mnmlog/fixture.h"
#include "support/directory_image.h"

namespace mnm {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class Show : public Inspecting {
 protected:
  void SetUp() override { write_history(); }
  // The LSNs shown, joined by blanks.
  std::string lsns(std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--fields", "lsn"});
    Ran ran = mnmlog(std::move(arguments));
    std::string out;
    for (const char c : ran.out) out += c == '\n' ? ' ' : c;
    if (!out.empty()) out.pop_back();
    if (ran.code != 0) out += "(" + std::to_string(ran.code) + ")";
    return out;
  }
};

TEST_F(Show, WritesTabSeparatedColumnsIntoAPipe) {
  log_.close();
  const Ran ran = mnmlog({"show"});
  EXPECT_EQ(ran.code, 0);
  expect_golden("show", ran.out);
  EXPECT_EQ(ran.err, log_.directory() + ": read-only, epoch 1, durable LSN 11\n");
}

TEST_F(Show, WritesTheDocumentedJson) {
  const Ran lines = mnmlog({"show", "--format", "jsonl"});
  expect_golden("show_jsonl", lines.out);
  const Ran array = mnmlog({"--json"});
  EXPECT_EQ(boost::json::parse(array.out).as_array().size(), 11u);
}

TEST_F(Show, WritesCsv) { expect_golden("show_csv", mnmlog({"--format", "csv"}).out); }

TEST_F(Show, SaysWhereItReadsAndWhatUnlessQuiet) {
  EXPECT_THAT(mnmlog({"3..5"}).err, HasSubstr("beside a running relay"));
  EXPECT_THAT(mnmlog({"3..5"}).err, HasSubstr("; 3..5\n"));
  EXPECT_EQ(mnmlog({"-q"}).err, "");
}

TEST_F(Show, ChoosesByRange) {
  EXPECT_EQ(lsns({"4"}), "4");
  EXPECT_EQ(lsns({"4..6"}), "4 5 6");
  EXPECT_EQ(lsns({"10.."}), "10 11");
  EXPECT_EQ(lsns({"..2"}), "1 2");
  EXPECT_EQ(lsns({"end-1"}), "10 11");
  EXPECT_EQ(lsns({"end"}), "11");
  EXPECT_EQ(lsns({"..end-9"}), "1 2");
  EXPECT_EQ(lsns({"show", "4..6", "--reverse"}), "6 5 4");
  EXPECT_EQ(lsns({"-n", "2"}), "1 2");
  EXPECT_EQ(lsns({"-n", "2", "-r"}), "11 10");
  EXPECT_EQ(lsns({"12.."}), "(1)");
}

TEST_F(Show, ChoosesByTime) {
  EXPECT_EQ(lsns({"@2026-01-02T03:05"}), "8 9 10 11");
  EXPECT_EQ(lsns({"@2026-01-02T03:05..@2026-01-02T03:06"}), "8 9");
  EXPECT_EQ(lsns({"@2026-01-02T03:04:05.118Z..1m"}), "1 2 3 4 5 6 7 8 9");
  EXPECT_EQ(lsns({"8..59s"}), "8 9");
  EXPECT_EQ(lsns({"8..60s"}), "8 9 10 11");
  EXPECT_EQ(lsns({"..@2026-01-02T04:05:00+01:00"}), "1 2 3 4 5 6 7");
  EXPECT_EQ(lsns({"@2026-01-03"}), "(1)");
  EXPECT_EQ(lsns({"@-1h"}), "(1)") << "the history is old";
}

TEST_F(Show, ShowsTheTimeOfTheZoneOrUtc) {
  EXPECT_THAT(mnmlog({"1"}, {"TZ=UTC-2"}).out, HasSubstr("2026-01-02T05:04:05.118+02:00"));
  EXPECT_THAT(mnmlog({"1", "--utc"}, {"TZ=UTC-2"}).out, HasSubstr("2026-01-02T03:04:05.118Z"));
}

TEST_F(Show, ChoosesByWhatAndWhom) {
  EXPECT_EQ(lsns({"--op", "post"}), "8 9");
  EXPECT_EQ(lsns({"--op", "post,acked"}), "8 9 10") << "the same option again means or";
  EXPECT_EQ(lsns({"--op", "post", "--op", "ack"}), "8 9 10");
  EXPECT_EQ(lsns({"--user", "maria-lopez"}), "3 4 7 8 9");
  EXPECT_EQ(lsns({"--user", kMaria}), "3 4 7 8 9");
  EXPECT_EQ(lsns({"--user", kBob}), "5 6 8 9 10") << "its node gets the posts";
  EXPECT_EQ(lsns({"--user", "#2", "--op", "ack"}), "10") << "different options mean and";
  EXPECT_EQ(lsns({"--node", "maria-lopez/1"}), "3 4 7 8 9");
  EXPECT_EQ(lsns({"--msgid", message_id(first_post_)}), "8 10");
  EXPECT_EQ(lsns({"--session", "1"}), "7");
  EXPECT_EQ(lsns({"--op", "ping"}), "(1)");
}

TEST_F(Show, Counts) {
  EXPECT_EQ(mnmlog({"--count"}).out, "11\n");
  EXPECT_EQ(mnmlog({"--count", "--op", "post"}).out, "2\n");
  const Ran none = mnmlog({"--count", "--op", "ping"});
  EXPECT_EQ(none.out, "0\n");
  EXPECT_EQ(none.code, 1);
}

TEST_F(Show, LetsNoStrangerWriteToTheTerminal) {
  for (const char* format : {"table", "line", "json", "jsonl", "csv"}) {
    const std::string out = mnmlog({"--format", format}).out;
    for (const char c : out) {
      const bool control = (c >= 0 && c < ' ' && c != '\n' && c != '\t') || c == '\x7f';
      EXPECT_FALSE(control) << format << " lets octet " << static_cast<int>(c) << " through";
    }
    EXPECT_THAT(out, Not(HasSubstr("\xe2\x80\xae"))) << format << ": a bidi override";
  }
  EXPECT_THAT(mnmlog({"6"}).out, HasSubstr("evil\\u{1b}]52;c;\\u{202e}"));
}

TEST_F(Show, ShowsNumbersWithoutNames) {
  const std::string out = mnmlog({"8", "--numbers"}).out;
  EXPECT_THAT(out, HasSubstr("node#1"));
  EXPECT_THAT(out, Not(HasSubstr("maria")));
}

TEST_F(Show, NeverShowsAVerifierOrABody) {
  for (const char* format : {"table", "line", "json", "csv"}) {
    const std::string out = mnmlog({"--format", format}).out;
    EXPECT_THAT(out, Not(HasSubstr("hello")));
    EXPECT_THAT(out, Not(HasSubstr("76767676"))) << "the verifiers are v's";
  }
}

TEST_F(Show, RefusesWhatCannotBeMeant) {
  EXPECT_EQ(mnmlog({"--frobnicate"}).code, 2);
  EXPECT_EQ(mnmlog({"show", "yesterday-ish"}).code, 2);
  EXPECT_EQ(mnmlog({"--op", "frobnicate"}).code, 2);
  EXPECT_EQ(mnmlog({"--fields", "frobnicate"}).code, 2);
  EXPECT_EQ(mnmlog({"--format", "frobnicate"}).code, 2);
  EXPECT_EQ(mnmlog({"--msgid", "7"}).code, 2);
  EXPECT_EQ(mnmlog({"--user", "nobody"}).code, 1);
}

TEST_F(Show, OfNoDataDirectoryIsUnavailable) {
  const Ran ran = run_program(program(), {"--data", directory_ / "none"});
  EXPECT_EQ(ran.code, 5);
  struct stat status {};
  EXPECT_NE(::stat((directory_ / "none").c_str(), &status), 0);
}

TEST_F(Show, ChangesNothing) {
  log_.close();
  const DirectoryImage before(log_.directory());
  for (const char* command : {"show", "tail", "info", "queue", "verify", "replay"}) {
    EXPECT_EQ(mnmlog({command}).code, 0) << command;
  }
  EXPECT_EQ(before.difference(DirectoryImage(log_.directory())), "");
}

TEST_F(Show, CrossesTheGapBetweenEpochs) {
  log_.begin_epoch(2);
  log_.commit(Lsn(1000));
  EXPECT_EQ(lsns({"11.."}), "11 1000");
  EXPECT_EQ(lsns({"-n", "2", "--reverse"}), "1000 11");
  EXPECT_EQ(lsns({"500.."}), "1000");
  EXPECT_EQ(lsns({"@2026-01-02T03:06"}), "10 11 1000");
}

TEST_F(Show, IsASuccessWhenTheReaderLeaves) {
  for (int i = 0; i < 400; ++i) {
    for (int n = 0; n < 10; ++n) {
      log_.add().mutable_tick()->set_uptime_hours(static_cast<std::uint64_t>(i * 10 + n + 1));
    }
    log_.commit();
  }
  Running running(program(), {"--data", log_.directory(), "--format", "jsonl"});
  running.close_output();
  const Ran ran = running.finish();
  EXPECT_EQ(ran.code, 0);
  EXPECT_THAT(ran.err, Not(HasSubstr("mnmlog:")));
}

TEST_F(Show, ExplainsItself) {
  const Ran help = mnmlog({"show", "--help"});
  EXPECT_EQ(help.code, 0);
  EXPECT_THAT(help.out, HasSubstr("Examples:"));
  const Ran all = run_program(program(), {"--help"});
  EXPECT_EQ(all.code, 0);
  for (const char* command : {"show", "tail", "get", "info", "trace", "why", "queue", "state",
                              "diff", "stats", "schema", "verify", "replay"}) {
    EXPECT_THAT(all.out, HasSubstr(std::string("\n  ") + command));
    EXPECT_THAT(mnmlog({command, "--help"}).out, HasSubstr("Examples:")) << command;
  }
  EXPECT_THAT(run_program(program(), {"--version"}).out, StartsWith("mnmlog "));
}

}  // namespace
}  // namespace mnm
