// Which mnmlog command a request becomes, and that no value in it becomes an option.
#include "console/question.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

#include "console/asked.h"
#include "support/temp_dir.h"

namespace mnm::console {
namespace {

using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsSupersetOf;
using ::testing::Not;
using Arguments = std::vector<std::string>;

Result<Question> question(const std::string& target, const std::string& directory = "/data") {
  return question_of(*asked("/console/api/" + target), {.directory = directory});
}
Arguments arguments(const std::string& target) {
  const auto made = question(target);
  EXPECT_TRUE(made) << target << ": " << made.error().text;
  return made ? made->arguments : Arguments{};
}
std::string refusal(const std::string& target) {
  const auto made = question(target);
  EXPECT_FALSE(made) << target;
  if (made) return {};
  EXPECT_EQ(made.error().code, ErrorCode::kUsage);
  return made.error().text;
}

TEST(Question, NamesTheCommandAndTheDirectory) {
  EXPECT_THAT(arguments("info"), ElementsAre("info", "--quiet", "--data=/data", "--json"));
  EXPECT_THAT(arguments("trace?id=0000000000000012"),
              ElementsAre("trace", "--quiet", "--data=/data", "--json", "--", "0000000000000012"));
  EXPECT_THAT(arguments("state?kind=node&id=bob/1&at=%40-2h"),
              ElementsAre("state", "--quiet", "--data=/data", "--json", "--at=@-2h", "--", "node",
                          "bob/1"));
  EXPECT_THAT(arguments("events?range=7..&limit=5&op=post,ack&where=a%20%3E%201&reverse=1"),
              IsSupersetOf({"show", "--limit=5", "--op=post,ack", "--where=a > 1", "--reverse",
                            "--", "7.."}));
}

TEST(Question, HandsOnTheKeyOfASealedDirectory) {
  const Reading sealed{.directory = "/data", .heads = "", .pubkey = "", .key = "/key"};
  EXPECT_THAT(question_of(*asked("/console/api/info"), sealed)->arguments,
              ElementsAre("info", "--quiet", "--data=/data", "--key=/key", "--json"));
}

TEST(Question, IsOfNothingElse) {
  for (const char* target : {"", "get?id=1", "export", "import", "../info", "info/"}) {
    const auto made = question(target);
    ASSERT_FALSE(made) << target;
    EXPECT_EQ(made.error().code, ErrorCode::kNegative) << target;
  }
}

TEST(Question, LetsNoValueBecomeAnOption) {
  const Arguments made = arguments("events?user=--data&grep=-q&range=7..");
  EXPECT_THAT(made, IsSupersetOf({"--user=--data", "--grep=-q"}));
  EXPECT_THAT(made, Not(Contains("--data")));
  EXPECT_EQ(made.at(made.size() - 2), "--");
  EXPECT_THAT(refusal("events?range=--limit"), HasSubstr("range"));
  EXPECT_THAT(refusal("event?at=-h"), HasSubstr("at"));
  EXPECT_THAT(refusal("state?kind=user&id=--all"), HasSubstr("id"));
  EXPECT_THAT(refusal("state?kind=user&id=bob&at=-1"), HasSubstr("at"));
  EXPECT_THAT(refusal("trace?id=%2Dh"), HasSubstr("id"));
  EXPECT_THAT(refusal("why?id=--help"), HasSubstr("id"));
}

TEST(Question, HasNoFilterWithoutAValue) {
  for (const char* filter : {"op", "user", "group", "node", "msgid", "session"}) {
    EXPECT_THAT(refusal(std::string("events?") + filter + "=,"), HasSubstr(filter));
    EXPECT_THAT(refusal(std::string("events?") + filter + "=%2C,&range=7.."), HasSubstr(filter));
  }
  EXPECT_THAT(arguments("events?op=post,,ack"), Contains("--op=post,,ack"));
}

TEST(Question, ReadsNoFileThatTheAskerNames) {
  EXPECT_THAT(refusal("events?range=cursor:/etc/passwd.."), HasSubstr("cursor"));
  EXPECT_THAT(refusal("events?range=1..%63ursor:x"), HasSubstr("cursor"));
  EXPECT_THAT(refusal("state?kind=user&id=bob&at=cursor:x"), HasSubstr("cursor"));
  EXPECT_THAT(refusal("event?at=cursor:x"), HasSubstr("cursor"));
}

TEST(Question, BoundsItsValues) {
  const std::string longest(kValueBytesMax, 'x');
  EXPECT_THAT(arguments("events?grep=" + longest), Contains("--grep=" + longest));
  EXPECT_THAT(refusal("events?grep=" + longest + "x"), HasSubstr("grep"));
  EXPECT_THAT(refusal("events?grep=a%0Ab"), HasSubstr("grep"));
  EXPECT_THAT(refusal("events?grep=a%00"), HasSubstr("grep"));
  EXPECT_THAT(refusal("events?grep=a%"), HasSubstr("grep"));
  EXPECT_THAT(refusal("events?grep=a%4"), HasSubstr("grep"));
  EXPECT_THAT(refusal("events?grep=%zz"), HasSubstr("grep"));
  EXPECT_THAT(arguments("events?limit=1000"), Contains("--limit=1000"));
  for (const char* limit : {"0", "1001", "-1", "1x", "x", "99999999999999999999"}) {
    EXPECT_THAT(refusal(std::string("events?limit=") + limit), HasSubstr("limit")) << limit;
    EXPECT_THAT(refusal(std::string("queues?limit=") + limit), HasSubstr("limit")) << limit;
  }
}

TEST(Question, WantsWhatItNeeds) {
  EXPECT_THAT(refusal("state?kind=user"), HasSubstr("id"));
  EXPECT_THAT(refusal("state?kind=all&id=x"), HasSubstr("kind"));
  EXPECT_THAT(refusal("trace"), HasSubstr("id"));
  EXPECT_THAT(refusal("why?id="), HasSubstr("id"));
  EXPECT_THAT(refusal("event"), HasSubstr("at"));
}

TEST(Question, VerifiesTheSignedHeadsWhereThereAreSome) {
  const TempDir directory;
  const auto made = [&] { return question("verify", directory / "")->arguments; };
  const auto worth = [&] { return question("verify", directory / "")->fields.at(0).second; };
  EXPECT_THAT(made(), Each(Not(HasSubstr("heads"))));
  EXPECT_EQ(worth(), "missing");
  std::ofstream(directory / "heads").flush();
  EXPECT_THAT(made(), Each(Not(HasSubstr("heads")))) << "an empty file has none";
  EXPECT_EQ(worth(), "none");
  std::ofstream(directory / "heads") << "a head\n";
  EXPECT_THAT(made(), Contains(HasSubstr("--pubkey=" + directory.path())));
  EXPECT_EQ(worth(), "beside");
}

// Without its heads a directory must not pass for whole, when somebody kept the key.
TEST(Question, VerifiesByTheKeyThatWasGivenWhateverIsInTheDirectory) {
  const auto made = [](const Reading& reading) {
    return *question_of(*asked("/console/api/verify"), reading);
  };
  const Question by_key =
      made({.directory = "/data", .heads = "", .pubkey = "/kept.pub", .key = ""});
  EXPECT_THAT(by_key.arguments, IsSupersetOf({"--heads=/data/heads", "--pubkey=/kept.pub"}));
  EXPECT_EQ(by_key.fields.at(0).second, "given");
  const Question by_heads = made({.directory = "/data", .heads = "/kept", .pubkey = "", .key = ""});
  EXPECT_THAT(by_heads.arguments, IsSupersetOf({"--heads=/kept", "--pubkey=/data/heads.pub"}));
  EXPECT_EQ(by_heads.fields.at(0).second, "beside");
}

}  // namespace
}  // namespace mnm::console
