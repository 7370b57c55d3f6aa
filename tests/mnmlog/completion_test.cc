// completion and manual pages, against the tables that they are made from.
#include <fstream>

#include "mnmlog/fixture.h"

namespace mnm {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsSubsetOf;
using ::testing::Not;

std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> words;
  std::string word;
  for (const char c : text + " ") {
    if (c != ' ' && c != '\n') {
      word += c;
    } else if (!word.empty()) {
      words.push_back(std::exchange(word, {}));
    }
  }
  return words;
}

class Completion : public Inspecting {
 protected:
  static std::string bin(const std::string& name) { return std::string(MNM_BIN_DIR) + "/" + name; }
  static std::string said(const std::string& name, const std::string& kind) {
    std::vector<std::string> arguments{"completion", kind};
    const Ran ran = run_program(bin(name), std::move(arguments));
    EXPECT_EQ(ran.code, 0) << name << ": " << ran.err;
    return ran.out;
  }
  // What bash offers once these words are typed, the last of them perhaps in part.
  std::vector<std::string> offered(const std::string& name, const std::string& words) {
    const std::string script = directory_ / "completion.bash";
    std::ofstream(script) << said(name, "bash");
    const Ran ran = run_program("/bin/bash", {"--norc", "-c",
                                              "source " + script + "; COMP_WORDS=(" + words +
                                                  "); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _" +
                                                  name + "; echo \"${COMPREPLY[@]}\""});
    EXPECT_EQ(ran.code, 0) << ran.err;
    EXPECT_EQ(ran.err, "");
    return words_of(ran.out);
  }
  static std::vector<std::string> commands() {
    std::vector<std::string> names;
    const Ran usage = run_program(program(), {"--help"});
    std::size_t at = usage.out.find("Commands:\n");
    while ((at = usage.out.find("\n  ", at)) != std::string::npos) {
      at += 3;
      names.push_back(usage.out.substr(at, usage.out.find(' ', at) - at));
    }
    EXPECT_GE(names.size(), 16U);
    return names;
  }
};

TEST_F(Completion, OffersEveryCommandAndWhatItTakes) {
  std::vector<std::string> begin = offered("mnmlog", "mnmlog ''");
  EXPECT_THAT(commands(), IsSubsetOf(begin));
  for (const std::string& command : commands()) {
    const Ran help = run_program(program(), {command, "--help"});
    ASSERT_EQ(help.code, 0);
    const std::vector<std::string> offers = offered("mnmlog", "mnmlog " + command + " --");
    EXPECT_THAT(offers, Contains("--data")) << command;
    for (const std::string& option : offers) {
      EXPECT_THAT(help.out, HasSubstr(option)) << command;
    }
  }
}

TEST_F(Completion, GoesByTheCommandAndTheWordsSoFar) {
  EXPECT_THAT(offered("mnmlog", "mnmlog show --rev"), ::testing::ElementsAre("--reverse"));
  EXPECT_THAT(offered("mnmlog", "mnmlog --data d ver"), ::testing::ElementsAre("verify"));
  EXPECT_THAT(offered("mnmlog", "mnmlog export --format ''"),
              ::testing::ElementsAre("mnm", "jsonl"));
  EXPECT_THAT(offered("mnmlog", "mnmlog completion f"), ::testing::ElementsAre("fish"));
  EXPECT_THAT(offered("mnmctl", "mnmctl message ''"),
              AllOf(Contains("purge"), Contains("recall"), Not(Contains("backup"))));
  EXPECT_THAT(offered("mnmctl", "mnmctl receive-only BOB o"), ::testing::ElementsAre("on", "off"));
  EXPECT_THAT(offered("mnm", "mnm group inv"), ::testing::ElementsAre("invite"));
  EXPECT_THAT(offered("mnm", "mnm group invite --"), Contains("--from"));
}

TEST_F(Completion, IsThereForEveryShellAndProgram) {
  for (const char* name : {"mnm", "mnmlog", "mnmctl", "mnmrestore"}) {
    for (const char* shell : {"bash", "zsh", "fish"}) {
      EXPECT_THAT(said(name, shell), AllOf(HasSubstr(name), HasSubstr("json"))) << shell;
    }
    EXPECT_EQ(run_program(bin(name), {"completion", "csh"}).code, 2);
  }
  EXPECT_THAT(said("mnmd_pages", "zsh"), HasSubstr("'--purge-window:"));
  EXPECT_THAT(said("mnmlog", "zsh"), HasSubstr("'verify:checks every octet"));
  EXPECT_THAT(said("mnmlog", "fish"), HasSubstr("-s r -l reverse"));
}

TEST_F(Completion, TheManualPageNamesEveryCommandAndGroffTakesIt) {
  const std::string page = said("mnmlog", "man");
  for (std::string command : commands()) {
    if (const auto hyphen = command.find('-'); hyphen != std::string::npos) {
      command.insert(hyphen, 1, '\\');  // as roff wants those that people copy
    }
    EXPECT_THAT(page, HasSubstr(".SS \\fB" + command + "\\fR"));
  }
  EXPECT_THAT(said("mnmd_pages", "man"), HasSubstr(".TH MNMD 8"));
  for (const char* name : {"mnm", "mnmlog", "mnmctl", "mnmrestore", "mnmd_pages"}) {
    const std::string file = directory_ / "page";
    std::ofstream(file) << said(name, "man");
    const Ran set = run_program("/usr/bin/groff", {"-man", "-Tascii", "-P-cbu", "-ww", file},
                                {"PATH=/usr/bin:/bin"});
    EXPECT_EQ(set.code, 0) << name << ": " << set.err;
    EXPECT_THAT(set.err, Not(HasSubstr("warning"))) << name;
    EXPECT_THAT(set.out, HasSubstr("NAME"));
  }
}

}  // namespace
}  // namespace mnm
