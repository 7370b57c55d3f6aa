// What mnmlog itself makes of the arguments: what follows the -- is no option, whatever comes
// before.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "console/asked.h"
#include "console/question.h"
#include "support/run_program.h"
#include "support/temp_dir.h"

namespace mnm::console {
namespace {

using Arguments = std::vector<std::string>;

Ran mnmlog(const Arguments& arguments) {
  return run_program(std::string(MNM_BIN_DIR) + "/mnmlog", arguments);
}

// Options that take many values, as the page's filters are, must not take the -- for one.
TEST(Parser, HeedsTheMarkAfterEachFilter) {
  const TempDir directory;
  for (const char* filter : {"--op=login", "--user=bob", "--group=g", "--node=bob/1",
                             "--msgid=0000000000000012", "--session=1", "--fields=lsn"}) {
    const Ran ran = mnmlog({"show", "--data=" + directory.path(), filter, "--", "--help"});
    EXPECT_NE(ran.code, 0) << filter;
    EXPECT_EQ(ran.out, "") << filter << ": --help was an option";
  }
}

// Each question that isn't refused gets as far as the directory, which isn't there.
TEST(Parser, UnderstandsWhatIsAskedOfIt) {
  for (const char* target :
       {"events", "events?op=login,ack&range=7..", "events?user=--help", "events?session=1&range=9",
        "events?grep=--help&where=data_bytes%20%3E%201", "events?node=bob/1&reverse=1",
        "event?at=7", "state?kind=user&id=bob&at=7", "trace?id=0000000000000012", "why?id=bob/1",
        "queues", "info", "verify"}) {
    const auto question = question_of(*asked(std::string("/console/api/") + target),
                                      {.directory = "/nowhere/at/all"});
    ASSERT_TRUE(question) << target;
    const Ran ran = mnmlog(question->arguments);
    EXPECT_EQ(ran.code, exit_code(ErrorCode::kUnavailable)) << target << ran.err;
    EXPECT_EQ(ran.out, "") << target;
  }
}

}  // namespace
}  // namespace mnm::console
