// Each rule of the house, shown to fail on what it forbids and to be silent on what it allows.
#include "tidy/rules.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tidy/ratchet.h"

namespace mnm::tidy {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

std::vector<std::string> rules_of(const Findings& findings) {
  std::vector<std::string> rules;
  for (const Finding& finding : findings) rules.push_back(finding.rule);
  return rules;
}

std::size_t includes_refused(const std::string& path, const std::string& name) {
  return check_includes(Source(path, fmt::format("#include {}\n", name))).size();
}

std::string lines(std::size_t count, std::string_view line = "  f();\n") {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += line;
  return text;
}

// A function of exactly `count` lines.
std::string function(std::size_t count, std::string_view head = "void f() {\n") {
  return std::string(head) + lines(count - 2) + "}\n";
}

const Exists kNothingExists = [](const std::string&) { return false; };

TEST(Includes, MayPointDownOrSideways) {
  EXPECT_EQ(includes_refused("src/ops/engine.h", R"("state/views.h")"), 0u);
  EXPECT_EQ(includes_refused("src/ops/engine.h", R"("ops/inbox.h")"), 0u);
  EXPECT_EQ(includes_refused("src/mnmd.cc", R"("daemon/server.h")"), 0u);
  EXPECT_EQ(includes_refused("tools/mnm/post.cc", R"("net/frame.h")"), 0u);
  EXPECT_EQ(includes_refused("tests/log/log_test.cc", R"("net/frame.h")"), 0u);
}

TEST(Includes, MayNotPointUp) {
  EXPECT_EQ(includes_refused("src/base/text.cc", R"("log/log.h")"), 1u);
  EXPECT_EQ(includes_refused("src/log/log.h", R"("state/views.h")"), 1u);
  EXPECT_EQ(includes_refused("src/state/views.h", R"("ops/engine.h")"), 1u);
  EXPECT_EQ(includes_refused("src/ops/engine.h", R"("net/session.h")"), 1u);
  EXPECT_EQ(includes_refused("src/net/session.h", R"("daemon/server.h")"), 1u);
}

TEST(Includes, OfGeneratedProtobufBeginAtState) {
  EXPECT_EQ(includes_refused("src/base/text.cc", R"("event.pb.h")"), 1u);
  EXPECT_EQ(includes_refused("src/log/rocks_log.cc", R"("message.pb.h")"), 1u);
  EXPECT_EQ(includes_refused("src/state/user.cc", R"("event.pb.h")"), 0u);
  EXPECT_EQ(includes_refused("tools/mnmlog/show.cc", R"("event.pb.h")"), 0u);
}

TEST(Includes, OfTheInspectorNeverReachNet) {
  EXPECT_EQ(includes_refused("tools/mnmlog/show.cc", R"("net/frame.h")"), 1u);
  EXPECT_EQ(includes_refused("tools/mnmlog/show.cc", R"("daemon/server.h")"), 1u);
  EXPECT_EQ(includes_refused("tools/mnmlog/show.cc", R"("ops/replay.h")"), 0u);
}

TEST(Includes, OfAsioStayWithTheNetwork) {
  EXPECT_EQ(includes_refused("src/ops/engine.cc", "<boost/asio.hpp>"), 1u);
  EXPECT_EQ(includes_refused("tools/mnmlog/show.cc", "<boost/asio/ip/tcp.hpp>"), 1u);
  EXPECT_EQ(includes_refused("src/state/views.cc", "<boost/beast.hpp>"), 1u);
  EXPECT_EQ(includes_refused("src/net/server.cc", "<boost/asio.hpp>"), 0u);
  EXPECT_EQ(includes_refused("src/mnmd.cc", "<boost/asio.hpp>"), 0u);
}

TEST(Includes, OfRocksDbStayWithTheLogAndTheProjector) {
  EXPECT_EQ(includes_refused("src/ops/engine.cc", "<rocksdb/db.h>"), 1u);
  EXPECT_EQ(includes_refused("src/net/server.cc", R"("rocksdb/db.h")"), 1u);
  EXPECT_EQ(includes_refused("src/log/rocks_log.cc", "<rocksdb/db.h>"), 0u);
  EXPECT_EQ(includes_refused("src/ops/projector.cc", "<rocksdb/db.h>"), 0u);
}

TEST(Includes, InCommentsAndLiteralsAreNone) {
  EXPECT_THAT(check_includes(Source("src/base/a.cc", "// #include \"net/a.h\"\n")), IsEmpty());
  EXPECT_THAT(check_includes(Source("src/base/a.cc", "f(R\"(\n#include \"net/a.h\"\n)\");\n")),
              IsEmpty());
}

TEST(FileLength, IsAtMostTheLimit) {
  EXPECT_THAT(check_sizes(Source("src/a.cc", lines(kFileLinesMax, "\n"))), IsEmpty());
  EXPECT_THAT(rules_of(check_sizes(Source("src/a.cc", lines(kFileLinesMax + 1, "\n")))),
              ElementsAre("file-length"));
}

TEST(LineLength, IsAtMostTheLimitInCharacters) {
  EXPECT_THAT(check_sizes(Source("src/a.cc", std::string(kColumnsMax, 'x') + "\n")), IsEmpty());
  EXPECT_THAT(rules_of(check_sizes(Source("src/a.cc", std::string(kColumnsMax + 1, 'x') + "\n"))),
              ElementsAre("line-length"));
  EXPECT_THAT(check_sizes(Source("src/a.cc", "// " + lines(kColumnsMax - 3, "\u00e9") + "\n")),
              IsEmpty());
}

TEST(FunctionLength, IsAtMostTheLimit) {
  EXPECT_THAT(check_sizes(Source("src/a.cc", function(kFunctionLinesMax))), IsEmpty());
  EXPECT_THAT(rules_of(check_sizes(Source("src/a.cc", function(kFunctionLinesMax + 1)))),
              ElementsAre("function-length"));
}

TEST(FunctionLength, IsFoundInWhateverShapeAFunctionHas) {
  const std::size_t many = kFunctionLinesMax + 1;
  for (const std::string_view head : {
           "TEST(Post, Works) {\n",
           "template <typename T, typename = void>\nvoid f(T t) {\n",
           "Engine::Engine(int a) : a_{a}, b_{0} {\n",
           "Engine::Engine(int a)\n    : a_(a),\n      b_{\"}\"} {\n",
           "bool operator==(const A& a, const B& b) {\n",
           "extern \"C\" int f(int a = 3) {\n",
           "auto f(int a) -> std::vector<int> {\n",
       }) {
    EXPECT_THAT(check_sizes(Source("src/a.cc", function(many, head))), SizeIs(1)) << head;
    const std::string nested =
        fmt::format("namespace mnm {{\nclass A {{\n public:\n{}}};\n}}\n", function(many, head));
    EXPECT_THAT(check_sizes(Source("src/a.cc", nested)), SizeIs(1)) << head;
  }
}

TEST(FunctionLength, IsNotThatOfANamespaceAClassOrATable) {
  const std::string many = lines(kFunctionLinesMax, "int x();\n");
  EXPECT_THAT(check_sizes(Source("src/a.cc", "namespace a {\n" + many + "}\n")), IsEmpty());
  EXPECT_THAT(check_sizes(Source("src/a.cc", "class A : B<int()> {\n" + many + "};\n")), IsEmpty());
  EXPECT_THAT(check_sizes(Source(
                  "src/a.cc", "const int kA[] = {\n" + lines(kFunctionLinesMax, "1,\n") + "};\n")),
              IsEmpty());
}

TEST(FunctionLength, NamesTheFunction) {
  const Findings findings =
      check_sizes(Source("src/a.cc", function(99, "Result<int> Engine::turn(Batch batch) {\n")));
  ASSERT_THAT(findings, SizeIs(1));
  EXPECT_EQ(findings[0].subject, "src/a.cc:Engine::turn");
  EXPECT_EQ(findings[0].amount, 99u);
}

TEST(HeaderComment, BeginsEachHeader) {
  EXPECT_THAT(rules_of(check_header_comment(Source("src/a.h", "#pragma once\n"))),
              ElementsAre("header-comment"));
  EXPECT_THAT(check_header_comment(Source("src/a.h", "// What.\n#pragma once\n")), IsEmpty());
}

TEST(NamedPath, MustExistWhereverItIsNamed) {
  for (const Source& source : {
           Source("src/a.cc", "int a;  // see doc/gone.md\n"),
           Source("src/a.cc", "/* (doc/gone.md). */\n"),
           Source("README.md", "Begin with `doc/gone.md`.\n"),
           Source("doc/terms.md", "[the log](doc/gone.md)\n"),
           Source("cmake/a.cmake", "set(A 1) # doc/gone.md\n"),
           Source("tools/run", "# doc/gone.md, and more\n"),
           Source("proto/event.proto", "// doc/gone.md: bytes\n"),
       }) {
    const Findings findings = check_named_paths(source, kNothingExists);
    ASSERT_THAT(findings, SizeIs(1)) << source.path;
    EXPECT_EQ(findings[0].subject, "doc/gone.md") << source.path;
  }
}

TEST(NamedPath, MayBeCodeOrElsewhereOrBuilt) {
  EXPECT_THAT(check_named_paths(Source("src/a.cc", "f(\"doc/gone.md\");\n"), kNothingExists),
              IsEmpty());
  EXPECT_THAT(check_named_paths(Source("src/a.cc", "// build/release/src/a.o\n"), kNothingExists),
              IsEmpty());
  EXPECT_THAT(check_named_paths(Source("src/a.cc", "// https://a.org/doc/b.md\n"), kNothingExists),
              IsEmpty());
}

TEST(NamedPath, IsCheckedUpToItsFirstPlaceholder) {
  const auto subject = [](const std::string& text) {
    const Findings findings = check_named_paths(Source("README.md", text), kNothingExists);
    return findings.empty() ? std::string() : findings[0].subject;
  };
  EXPECT_EQ(subject("tests/ops/*_test.cc"), "tests/ops");
  EXPECT_EQ(subject("src/<layer>/x.cc"), "src");
  EXPECT_EQ(subject("src/LAYER/x.cc"), "src");
  EXPECT_EQ(subject("src/log/README.md"), "src/log/README.md");
}

TEST(MachinePath, IsRefusedInAnyFile) {
  for (const std::string name : {"home", "root", "work", "Users"}) {
    const std::string path = "/" + name + "/x";
    EXPECT_THAT(rules_of(check_machine_paths(Source("tools/run", "cd " + path + "/mnm\n"))),
                ElementsAre("machine-path"));
    EXPECT_THAT(rules_of(check_machine_paths(Source("src/a.cc", "f(\"" + path + "\");\n"))),
                ElementsAre("machine-path"));
    EXPECT_THAT(check_machine_paths(Source("README.md", "see net" + path + " and ~/home\n")),
                IsEmpty());
  }
}

TEST(Sleep, IsRefusedInTestsOnly) {
  EXPECT_THAT(
      rules_of(check_sleeps(Source("tests/a_test.cc", "std::this_thread::sleep_for(1s);\n"))),
      ElementsAre("sleep"));
  EXPECT_THAT(rules_of(check_sleeps(Source("tests/a_test.cc", "  sleep(1);\n"))),
              ElementsAre("sleep"));
  EXPECT_THAT(check_sleeps(Source("tests/a_test.cc", "// never sleep_for\n")), IsEmpty());
  EXPECT_THAT(check_sleeps(Source("src/a.cc", "std::this_thread::sleep_for(1s);\n")), IsEmpty());
}

TEST(Op, HasATestOfItsName) {
  EXPECT_THAT(rules_of(check_ops_have_tests({Source("src/ops/decide_post.cc", "")})),
              ElementsAre("op-test"));
  EXPECT_THAT(check_ops_have_tests({Source("src/ops/decide_post.cc", ""),
                                    Source("tests/ops/decide_post_test.cc", "")}),
              IsEmpty());
}

TEST(Definitions, OfOneNameAreOne) {
  const std::string verdict = "namespace mnm::mnmlog {\nstruct Verdict final : Base {\n};\n}\n";
  const Source one("tools/mnmlog/a.h", verdict);
  EXPECT_THAT(rules_of(check_one_definition({one, Source("tools/mnmlog/b.h", verdict)})),
              ElementsAre("one-definition"));
  EXPECT_THAT(
      check_one_definition(
          {one, Source("tools/mnm/b.h", "namespace mnm::client {\nclass Verdict {\n};\n}\n"),
           Source("tools/mnmlog/c.h", "namespace mnm::mnmlog {\nstruct Verdict;\n}\n"),
           Source("tools/mnmlog/d.cc", verdict)}),
      IsEmpty());
}

TEST(Tree, IsJudgedByEveryRule) {
  const std::vector<Source> tree = {
      Source("src/ops/decide_post.cc",
             "#include \"net/a.h\"\n// src/gone.cc\n" + std::string(101, 'x') + "\n"),
      Source("src/base/a.h", "int a;  // \n/* /home/me */\n"),
      Source("tests/a_test.cc", "sleep_for(1);\n"),
      Source("src/log/a.h", "// A.\nnamespace mnm {\nstruct A {\n};\n}\n"),
      Source("src/log/b.h", "// B.\nnamespace mnm {\nstruct A {\n};\n}\n"),
  };
  EXPECT_THAT(
      rules_of(check_tree(tree, kNothingExists)),
      testing::UnorderedElementsAre("op-test", "include", "dead-path", "line-length",
                                    "header-comment", "machine-path", "sleep", "one-definition"));
}

TEST(Ratchet, AllowsWhatItListsAndNoMore) {
  const Source source("src/a.cc", lines(kFileLinesMax + 10, "\n"));
  const Findings findings = check_sizes(source);
  EXPECT_THAT(judge(findings, ""), SizeIs(1));
  EXPECT_THAT(judge(findings, "# today\nfile-length src/a.cc 510\n"), IsEmpty());
  EXPECT_THAT(judge(findings, "file-length src/a.cc 509\n"), SizeIs(1));
  EXPECT_THAT(judge(findings, "file-length src/b.cc 510\n"), SizeIs(2));
}

TEST(Ratchet, MustShrinkWhenTheTreeGetsBetter) {
  EXPECT_THAT(judge({}, "file-length src/a.cc 510\n"), ElementsAre(HasSubstr("delete its line")));
  const Findings findings = check_sizes(Source("src/a.cc", lines(kFileLinesMax + 1, "\n")));
  EXPECT_THAT(judge(findings, "file-length src/a.cc 510\n"),
              ElementsAre(HasSubstr("lower its line")));
}

TEST(Ratchet, RefusesALineItCannotRead) {
  EXPECT_THAT(judge({}, "file-length src/a.cc\n"),
              ElementsAre(HasSubstr("is not 'RULE SUBJECT AMOUNT'")));
}

}  // namespace
}  // namespace mnm::tidy
