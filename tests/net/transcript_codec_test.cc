// The conformance transcripts can be read, the requests in them are what our codecs take them for,
// and the matcher tells right from wrong.
#include <gtest/gtest.h>

#include <deque>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "net/codec.h"
#include "net/frame.h"
#include "support/transcript_run.h"

namespace mnm::transcript {
namespace {

std::vector<std::filesystem::path> files() {
  std::vector<std::filesystem::path> found;
  for (const auto& entry :
       std::filesystem::directory_iterator(MNM_SOURCE_DIR "/tests/conformance")) {
    if (entry.path().extension() == ".txt") found.push_back(entry.path());
  }
  return found;
}

std::vector<Transcript> read(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string text(std::istreambuf_iterator<char>(file), {});
  auto parsed = parse(text);
  EXPECT_TRUE(parsed) << path << ": " << (parsed ? "" : parsed.error());
  return parsed.value_or(std::vector<Transcript>());
}

TEST(Conformance, EveryFileIsOfTheFormat) {
  EXPECT_GE(files().size(), 4u);
  for (const auto& path : files()) {
    for (const Transcript& transcript : read(path)) {
      EXPECT_FALSE(transcript.steps.empty()) << path << ": " << transcript.title;
      EXPECT_EQ(transcript.steps.front().action, Action::kConnect) << transcript.title;
    }
  }
}

// What a step expects, if it is the one after which the link ends.
std::string last_word(const Transcript& transcript, std::size_t at) {
  const std::string& link = transcript.steps[at].link;
  for (++at; at < transcript.steps.size(); ++at) {
    const Step& step = transcript.steps[at];
    if (step.link != link) continue;
    if (step.action != Action::kExpect) return step.action == Action::kEnd ? "silence" : "";
    return step.header.find("\"quit\"") == std::string::npos ? "" : step.header;
  }
  return "";
}

// Plays the dialects' choice by the first header, and asks the codec about each request.
void check_requests(const Transcript& transcript) {
  Values values("test");
  std::map<std::string, const net::Codec*> codecs;
  for (std::size_t i = 0; i < transcript.steps.size(); ++i) {
    const Step& step = transcript.steps[i];
    const std::string where = transcript.title + ", line " + std::to_string(step.line);
    if (step.action == Action::kConnect) codecs.erase(step.link);
    if (step.action != Action::kSend) continue;
    // A password that is not known yet stands for one.
    std::string header = values.fill(step.header);
    for (std::size_t at; (at = header.find("$node")) != std::string::npos;) {
      header.replace(at, header.find('"', at) - at, "BBBBBBBB");
    }
    if (!codecs.contains(step.link)) codecs[step.link] = net::codec_for_first(header);
    const net::Codec* codec = codecs[step.link];
    if (codec == nullptr) {
      EXPECT_EQ(last_word(transcript, i), "silence") << where;
      continue;
    }
    const auto decoded = codec->decode(header);
    if (decoded) {
      EXPECT_EQ(last_word(transcript, i).find("invalid header"), std::string::npos) << where;
    } else if (decoded.error().op == event::OP_NONE) {
      EXPECT_NE(last_word(transcript, i).find(decoded.error().text), std::string::npos) << where;
    }
  }
}

TEST(Conformance, TheCodecsTakeRequestsForWhatTheTranscriptsDo) {
  for (const auto& path : files()) {
    for (const Transcript& transcript : read(path)) check_requests(transcript);
  }
}

TEST(Transcript, IsReadStepByStep) {
  const auto parsed = parse(
      "# a comment\n"
      "= A title\n"
      "connect a\n"
      "a> {\"op\":1} + \"x\\n\\x00\\\"\" \"ab\"*2\n"
      "a>> \"00z1\"\r\n"
      "a<* {\"op\":\"ack\"}\n"
      "a~ {\"op\":\"info\"} + \"d\"\n"
      "a end\n"
      "a close\n");
  ASSERT_TRUE(parsed) << parsed.error();
  ASSERT_EQ(parsed->size(), 1u);
  const std::vector<Step>& steps = parsed->front().steps;
  ASSERT_EQ(steps.size(), 7u);
  EXPECT_EQ(steps[1].header, "{\"op\":1}");
  EXPECT_EQ(steps[1].data, std::string("x\n\0\"abab", 8));
  EXPECT_EQ(steps[2].data, "00z1");
  EXPECT_TRUE(steps[3].unordered);
  EXPECT_FALSE(steps[3].fields);
  EXPECT_TRUE(steps[4].fields);
  EXPECT_EQ(steps[4].data, "d");
  EXPECT_EQ(steps[5].action, Action::kEnd);
  EXPECT_EQ(steps[6].action, Action::kClose);
  EXPECT_EQ(steps[6].line, 9u);
}

TEST(Transcript, SaysWhichLineIsNone) {
  for (const auto* bad : {"connect a", "= t\na? {}", "= t\na> {} + \"x", "= t\na>> x", "=",
                          "= t\na>> \"\\q\"", "= t\nconnect"}) {
    EXPECT_FALSE(parse(bad)) << bad;
  }
  EXPECT_EQ(parse("= t\n\nwhat").error(), "line 3: no step: what");
}

Step exact(std::string header) { return {1, "a", Action::kExpect, std::move(header), "", false}; }
Step fields(std::string header) { return {1, "a", Action::kExpect, std::move(header), "", true}; }

TEST(Values, MatchOctetForOctet) {
  Values values("run1");
  EXPECT_FALSE(values.match(exact(R"({"id":"$id.m","op":"ack"})"),
                            {R"({"id":"18ea984f5397c99f","op":"ack"})", ""}));
  EXPECT_EQ(values.fill("$id.m $fresh.al $uid.x"), "18ea984f5397c99f al-run1 $uid.x");
  EXPECT_TRUE(values.match(exact(R"({"id":"$id.m","op":"ack"})"),
                           {R"({"id":"18ea984f5397c990","op":"ack"})", ""}));
  EXPECT_TRUE(values.match(exact(R"({"id":"$id"})"), {R"({"id":"18EA984F5397C99F"})", ""}));
  EXPECT_TRUE(values.match(exact(R"({"op":"ack"})"), {R"({"op":"ack" })", ""}));
  EXPECT_TRUE(values.match(exact(R"({"op":"ack"})"), {R"({"op":"ack"})", "data"}));
  EXPECT_FALSE(values.match(exact(R"({"name":"$text"})"), {R"({"name":"a \" b"})", ""}));
  EXPECT_FALSE(
      values.match(exact(R"({"t":"$time"})"), {R"({"t":"2026-11-23T06:58:55.497Z"})", ""}));
  EXPECT_TRUE(values.match(exact(R"({"t":"$time"})"), {R"({"t":"2026-11-23T06:58:55Z"})", ""}));
}

TEST(Values, TakeNothingFromAMismatch) {
  Values values("run1");
  EXPECT_TRUE(values.match(exact(R"({"id":"$id.m","op":"ack"})"),
                           {R"({"id":"18ea984f5397c99f","op":"no"})", ""}));
  EXPECT_EQ(values.fill("$id.m"), "$id.m");
}

TEST(Values, CheckTheHeadsum) {
  Values values("run1");
  const std::string head =
      R"({"alias":"u-xaggype38389pg","datalen":2,"from":"C+%B+XV3HQHS8YPQS6LB7LF7K42LQ9CG",)"
      R"("headsum":)";
  const std::string tail =
      R"(,"id":"18ea984f5397c99f","op":"ping","posted":"2026-11-23T06:58:55.497Z",)"
      R"("to":"u-pv97cz47ks7479"})";
  EXPECT_FALSE(values.match(exact(head + "$sum" + tail), {head + "893652081" + tail, ""}));
  EXPECT_TRUE(values.match(exact(head + "$sum" + tail), {head + "893652082" + tail, ""}));
}

TEST(Values, MatchFieldsInAnyOrder) {
  Values values("run1");
  const Frame frame{R"({"ok":"ok","op":"updated","nodenum":2,"more":[1]})", ""};
  EXPECT_FALSE(values.match(fields(R"({"op":"updated","nodenum":2,"error":null})"), frame));
  EXPECT_FALSE(values.match(fields(R"({"nodenum":"$number.n","ok":"$text"})"), frame));
  EXPECT_EQ(values.fill("$number.n"), "2");
  EXPECT_TRUE(values.match(fields(R"({"nodenum":3})"), frame));
  EXPECT_TRUE(values.match(fields(R"({"ok":null})"), frame));
  EXPECT_TRUE(values.match(fields(R"({"error":"no"})"), frame));
  EXPECT_TRUE(values.match(fields(R"({"ok":"$number"})"), frame));
}

TEST(Values, AreFoundAmidText) {
  Values values("run1");
  const std::string wanted = R"({"error":"alias $fresh.a of $text.who (\"$text\") taken"})";
  const std::string got = R"({"error":"alias a-run1 of C+%B (\"x\") taken"})";
  EXPECT_FALSE(values.match(exact(wanted), {got, ""}));
  EXPECT_EQ(values.fill("$text.who"), "C+%B");
  EXPECT_FALSE(values.match(fields(wanted), {got, ""}));
  EXPECT_TRUE(
      values.match(exact(wanted), {R"({"error":"alias b-run1 of C+%B (\"x\") taken"})", ""}));
  EXPECT_TRUE(
      values.match(fields(wanted), {R"({"error":"alias a-run1 of C+%C (\"x\") taken"})", ""}));
  EXPECT_TRUE(
      values.match(fields(wanted), {R"({"error":"alias a-run1 of C+%B (\"x\") take"})", ""}));
}

// A relay that says what it was told to, whatever it hears.
class Parrot : public Relay, public Link {
 public:
  explicit Parrot(std::deque<std::string> says) : says_(std::move(says)) {}
  std::unique_ptr<Link> connect() override { return std::make_unique<Parrot>(says_); }
  void send(std::string_view) override {}
  std::optional<std::string> receive() override {
    if (says_.empty()) return std::nullopt;
    std::string said = says_.front();
    says_.pop_front();
    return said;
  }

 private:
  std::deque<std::string> says_;
};

std::optional<std::string> play(std::deque<std::string> says, const std::string& steps) {
  Parrot relay(std::move(says));
  return Player(relay, "run1").play(parse("= t\nconnect a\n" + steps)->front());
}

TEST(Player, FollowsARelayThatDoesRight) {
  const std::string ack = net::frame(R"({"op":"ack"})");
  const std::string info = net::frame(R"({"datalen":2,"op":"info"})") + "hi";
  EXPECT_FALSE(play({ack.substr(0, 3), ack.substr(3) + info},
                    "a> {\"op\":1}\na< {\"op\":\"ack\"}\na~ {\"op\":\"info\"} + \"hi\"\na end\n"));
  EXPECT_FALSE(play({info + ack}, "a<* {\"op\":\"ack\"}\na~* {\"op\":\"info\"} + \"hi\"\na end\n"));
}

TEST(Player, SaysWhatARelayDoesWrong) {
  const std::string ack = net::frame(R"({"op":"ack"})");
  EXPECT_TRUE(play({}, "a< {\"op\":\"ack\"}\n"));
  EXPECT_TRUE(play({ack}, "a end\n"));
  EXPECT_TRUE(play({ack}, "a< {\"op\":\"info\"}\n"));
  EXPECT_TRUE(play({ack}, "a<* {\"op\":\"ack\"}\na<* {\"op\":\"ack\"}\n"));
  EXPECT_TRUE(play({"what is this"}, "a< {\"op\":\"ack\"}\n"));
  EXPECT_TRUE(play({ack}, "b< {\"op\":\"ack\"}\n"));
}

}  // namespace
}  // namespace mnm::transcript
