// Long output on a terminal goes through a pager, and nothing else does.
#include "mnmlog/fixture.h"
#include "support/run_on_terminal.h"

namespace mnm {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

class Paging : public Inspecting {
 protected:
  void SetUp() override { write_history(); }
  // Eleven events and a heading.
  Ran on_terminal(std::vector<std::string> arguments, std::vector<std::string> environment,
                  unsigned short rows = 5) {
    arguments.insert(arguments.begin(), {"--data", log_.directory()});
    environment.emplace_back("PATH=/usr/bin:/bin");
    environment.emplace_back("TERM=xterm");
    return run_on_terminal(program(), std::move(arguments), std::move(environment),
                           {.rows = rows, .columns = 400});
  }
  static constexpr const char* kMarks = "MNM_PAGER=sed 's/^/paged /'";
};

TEST_F(Paging, IsForWhatDoesNotFitOnTheScreen) {
  for (const std::vector<std::string>& asked :
       {std::vector<std::string>{"show"}, {"state", "--all"}, {"stats"}, {"diff", "2", "11"}}) {
    const Ran long_one = on_terminal(asked, {kMarks});
    EXPECT_EQ(long_one.code, on_terminal(asked, {"MNM_PAGER="}).code) << asked.front();
    EXPECT_THAT(long_one.out, HasSubstr("paged ")) << asked.front();
    const Ran short_one = on_terminal(asked, {kMarks}, 200);
    EXPECT_THAT(short_one.out, Not(HasSubstr("paged "))) << asked.front();
  }
  EXPECT_THAT(on_terminal({"trace", message_id(second_post_)}, {kMarks}).out, HasSubstr("paged "));
  EXPECT_THAT(on_terminal({"why", kBob}, {kMarks}, 3).out, HasSubstr("paged "));
}

TEST_F(Paging, CountsTheRowsThatALineTakes) {
  const Ran ran =
      run_on_terminal(program(), {"--data", log_.directory(), "show", "9", "--json"},
                      {kMarks, "PATH=/usr/bin:/bin", "TERM=xterm"}, {.rows = 6, .columns = 40});
  EXPECT_THAT(ran.out, HasSubstr("paged ")) << "one line of hundreds of columns";
}

TEST_F(Paging, IsNotForOthers) {
  EXPECT_THAT(on_terminal({"show", "--no-pager"}, {kMarks}).out, Not(HasSubstr("paged ")));
  EXPECT_THAT(on_terminal({"tail"}, {kMarks}).out, Not(HasSubstr("paged ")));
  const Ran piped = mnmlog({"show"}, {kMarks, "PATH=/usr/bin:/bin", "TERM=xterm"});
  EXPECT_THAT(piped.out, Not(HasSubstr("paged ")));
  const Ran dumb = run_on_terminal(program(), {"--data", log_.directory(), "show"},
                                   {kMarks, "PATH=/usr/bin:/bin", "TERM=dumb"}, {.rows = 5});
  EXPECT_THAT(dumb.out, Not(HasSubstr("paged ")));
}

TEST_F(Paging, TakesTheOneThatIsAskedFor) {
  const std::string other = "PAGER=sed 's/^/other /'";
  EXPECT_THAT(on_terminal({"show"}, {other}).out, HasSubstr("other "));
  EXPECT_THAT(on_terminal({"show"}, {other, kMarks}).out, Not(HasSubstr("other ")));
  for (const char* none : {"MNM_PAGER=", "MNM_PAGER=cat", "MNM_PAGER=/no/such/pager -x",
                           "MNM_PAGER=there-is-no-such-pager"}) {
    const Ran ran = on_terminal({"show"}, {other, none});
    EXPECT_EQ(ran.code, 0) << none;
    EXPECT_THAT(ran.out, Not(HasSubstr("other "))) << none;
    EXPECT_THAT(ran.out, HasSubstr(kMaria)) << none;
  }
}

TEST_F(Paging, ThatIsQuitEarlyIsASuccess) {
  for (int i = 0; i < 5000; ++i) *log_.add().mutable_refused()->mutable_error() = "no";
  log_.commit();
  const Ran ran = on_terminal({"show"}, {"MNM_PAGER=head -n 1; echo quit"});
  EXPECT_EQ(ran.code, 0);
  EXPECT_THAT(ran.out, EndsWith("quit\r\n"));
}

}  // namespace
}  // namespace mnm
