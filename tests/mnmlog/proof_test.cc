// prove and check-proof: a proof holds without the log, for its event alone, and hides the others.
#include "mnmlog/proof.h"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>

#include "base/text.h"
#include "mnmlog/fixture.h"
#include "support/head_chain.h"

namespace mnm {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class Proving : public Inspecting {
 protected:
  void SetUp() override {
    write_history();
    heads_.sign(log_.log());
  }
  Ran prove(const std::string& lsn) { return mnmlog({"prove", lsn, "--heads", heads_.path()}); }
  std::string proof_of(Lsn lsn) {
    const Ran ran = prove(std::to_string(lsn.value()));
    EXPECT_EQ(ran.code, 0) << ran.err;
    return ran.out;
  }
  // Somewhere without a log.
  Ran check(const std::string& proof, const std::string& key = {},
            std::vector<std::string> more = {}) {
    std::ofstream(file_) << proof;
    std::vector<std::string> arguments{"check-proof", file_,
                                       "--data",      directory_ / "nowhere",
                                       "--pubkey",    key.empty() ? heads_.key_path() : key};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_program(program(), arguments);
  }
  static mnmlog::Proof parsed(const std::string& text) {
    auto proof = mnmlog::parse_proof(text);
    CHECK(proof) << proof.error().text;
    return std::move(*proof);
  }

  HeadChain heads_{directory_ / "heads"};
  std::string file_ = directory_ / "proof.json";
};

TEST_F(Proving, ShowsThatAPostWasMadeAndByWhom) {
  const Ran ran = check(proof_of(first_post_));
  EXPECT_EQ(ran.code, 0) << ran.out << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("event       LSN 8, epoch 1\n"));
  EXPECT_THAT(ran.out, HasSubstr("posted 0000000000000008 to user#2 (5 B, 1 node)"));
  EXPECT_THAT(ran.out, HasSubstr("user#1      MARIA7FK2PZ4, with node#1, since LSN 3\n"));
  EXPECT_THAT(ran.out, HasSubstr("user#2      BOB9XW3C5TQ1, with node#2, since LSN 5\n"));
  EXPECT_THAT(ran.out, HasSubstr("of LSN 11 in 4 records\n"));
  EXPECT_THAT(ran.out, HasSubstr("PROVEN\n"));
  const Ran json = check(proof_of(first_post_), {}, {"--json"});
  EXPECT_THAT(json.out, HasSubstr(R"("msgid":"0000000000000008")"));
}

TEST_F(Proving, DoesSoForEachEventOfTheLog) {
  for (std::uint64_t lsn = 1; lsn <= 11; ++lsn) {
    const Ran ran = check(proof_of(Lsn(lsn)));
    EXPECT_EQ(ran.code, 0) << lsn << ran.out << ran.err;
    EXPECT_THAT(ran.out, HasSubstr(fmt::format("event       LSN {},", lsn)));
  }
}

TEST_F(Proving, HidesWhatLiesBesideIt) {
  const mnmlog::Proof proof = parsed(proof_of(Lsn(10)));  // an ack; beside it a refused login
  for (const mnmlog::ProvenEvent& event : proof.events) {
    EXPECT_THAT(event.event, Not(HasSubstr("login failed")));
  }
  EXPECT_THAT(proof_of(Lsn(10)), Not(HasSubstr(hex_encode("login failed"))));
}

TEST_F(Proving, TakesTheFirstHeadThatCoversTheEvent) {
  log_.ack(2, 2, second_post_);
  log_.commit();
  heads_.sign(log_.log());
  EXPECT_EQ(parsed(proof_of(first_post_)).head.head.number, 1u);
  EXPECT_EQ(parsed(proof_of(Lsn(12))).head.head.number, 2u);
}

TEST_F(Proving, SaysNoToWhatNoHeadCoversYetOrIsNotThere) {
  log_.ack(2, 2, second_post_);
  log_.commit();
  const Ran uncovered = prove("12");
  EXPECT_EQ(uncovered.code, 1);
  EXPECT_THAT(uncovered.err, HasSubstr("no head in"));
  EXPECT_EQ(prove("99").code, 1);
  EXPECT_EQ(prove("x").code, 2);
  EXPECT_EQ(mnmlog({"prove", "8"}).code, 2) << "no file of heads";
}

TEST_F(Proving, FindsTheHeadsOfTheDirectoryItself) {
  HeadChain own(log_.directory() + "/heads");
  (void)own.sign(log_.log());  // it is in the file
  EXPECT_EQ(mnmlog({"prove", "8"}).code, 0);
  const Ran info = mnmlog({"info", "--json"});
  EXPECT_THAT(info.out, HasSubstr(R"("signed_head":1,"signed_lsn":11,)"));
  EXPECT_THAT(mnmlog({"info"}).out, HasSubstr("signed head       1, of LSN 11, "));
}

TEST_F(Proving, WritesToAFileWhenAsked) {
  EXPECT_EQ(mnmlog({"prove", "8", "--heads", heads_.path(), "--out", file_}).code, 0);
  std::ifstream file(file_);
  const std::string text(std::istreambuf_iterator<char>(file), {});
  EXPECT_EQ(text, proof_of(Lsn(8)));
}

TEST_F(Proving, FailsWithAnythingInItChanged) {
  const std::string whole = proof_of(first_post_);
  std::size_t refused = 0;
  for (std::size_t at = whole.find("\"head\""); at < whole.size(); at += 7) {
    std::string changed = whole;
    changed[at] = changed[at] == '0' ? '1' : '0';
    const auto proof = mnmlog::parse_proof(changed);
    if (!proof) continue;  // exit code 2
    const auto key = log::parse_key(log::key_line(SigningKey(std::string(32, 'k')).public_key()));
    const auto checked = mnmlog::check_proof(*proof, *key);
    ASSERT_FALSE(checked) << "at " << at << ": " << changed;
    EXPECT_EQ(checked.error().code, ErrorCode::kTampering);
    ++refused;
  }
  EXPECT_GT(refused, 100u);
}

TEST_F(Proving, OfAForgedEventIsTampering) {
  mnmlog::Proof proof = parsed(proof_of(first_post_));
  proof.events[0].event.back() ^= 1;
  const Ran forged = check(mnmlog::encode_proof(proof));
  EXPECT_EQ(forged.code, 4) << forged.out << forged.err;
  EXPECT_THAT(forged.err, HasSubstr("LSN 8: these octets are not what the record has there"));

  mnmlog::Proof moved = parsed(proof_of(first_post_));
  moved.events[0].lsn = Lsn(9);
  EXPECT_EQ(check(mnmlog::encode_proof(moved)).code, 4) << "the neighbour's place";
  moved.events[0].lsn = Lsn(1);
  EXPECT_EQ(check(mnmlog::encode_proof(moved)).code, 4) << "another record's place";
}

TEST_F(Proving, WithAnotherKeyIsTampering) {
  const HeadChain other(directory_ / "other", 'o');
  const Ran ran = check(proof_of(first_post_), other.key_path());
  EXPECT_EQ(ran.code, 4);
  EXPECT_THAT(ran.err, HasSubstr("isn't signed with this key"));
}

TEST_F(Proving, WithWhatIsNoProofIsUsage) {
  for (const char* text : {"", "{}", "[]", "null", "x", R"({"mnm_proof":1})",
                           R"({"mnm_proof":1,"head":"","events":[]})",
                           R"({"mnm_proof":1,"head":"x","events":[{}]})"}) {
    EXPECT_EQ(check(text).code, 2) << text;
  }
  EXPECT_EQ(check(R"({"mnm_proof":2,"head":"","events":[]})").code, 7);
  std::filesystem::remove(file_);
  EXPECT_EQ(run_program(program(), {"check-proof", file_, "--pubkey", heads_.key_path()}).code, 2);
  EXPECT_EQ(run_program(program(), {"check-proof", file_}).code, 2);
}

TEST_F(Proving, ReadsBackWhatItWrites) {
  const std::string text = proof_of(first_post_);
  EXPECT_EQ(mnmlog::encode_proof(parsed(text)), text);
}

}  // namespace
}  // namespace mnm
