// A log whose first events were given up: every command goes on from the base, and says what it
// can't tell any more.
#include <fmt/format.h>

#include <ctime>
#include <filesystem>
#include <fstream>

#include "base/text.h"
#include "mnmlog/fixture.h"
#include "ops/replay.h"
#include "ops/retention.h"
#include "support/head_chain.h"

namespace mnm {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

// LSN 1 to 7 are gone; 8-9 are the posts, 10-11 an ack and a refusal, 12 says what was given up.
class TrimmedLog : public Inspecting {
 protected:
  void SetUp() override {
    log_.begin_epoch(1);
    log_.start();
    log_.commit();
    heads_.sign(log_.log());
    log_.register_user(1, kMaria, 1, "maria-lopez");
    log_.register_user(2, kBob, 2, "bob");
    log_.log_in(1, 1, 1);
    log_.commit();
    first_post_ = log_.post(1, 1, {NodeNo(2)}, "hello", {2});
    second_post_ = log_.post(1, 1, {NodeNo(2)}, "again", {2});
    log_.commit();
    log_.ack(2, 2, first_post_);
    *log_.add().mutable_refused()->mutable_error() = "login failed";
    log_.commit();
    heads_.sign(log_.log());
  }
  [[nodiscard]] ops::Bases bases() const { return ops::Bases(log_.directory()); }
  [[nodiscard]] std::string base_path() const {
    return log_.directory() + "/base/" + ops::Bases::name(Lsn(7));
  }
  event::Trimmed make_base(Lsn before = Lsn(8)) {
    const auto plan = ops::plan_trim(log_.log(), before);
    CHECK(plan && plan->has_value());
    auto fact = ops::make_base(log_.log(), bases(), **plan);
    CHECK(fact) << fact.error().text;
    fact->set_reason("old");
    return std::move(*fact);
  }
  void trim(Lsn before = Lsn(8)) { CHECK(log_.log().trim(before)); }
  // As the relay does it; `fact` is what the event says.
  void give_up(const event::Trimmed& fact) {
    *log_.add().mutable_trimmed() = fact;
    log_.commit();
    trim(Lsn(fact.lsn() + 1));
  }
  void give_up() { give_up(make_base()); }
  Ran verify_heads() {
    return mnmlog({"verify", "--heads", heads_.path(), "--pubkey", heads_.key_path()});
  }
  static Ran in(const std::string& data, std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"--data", data});
    return run_program(program(), std::move(arguments));
  }

  HeadChain heads_{directory_ / "heads"};
};

TEST_F(TrimmedLog, IsVerifiedFromItsBaseOn) {
  give_up();
  for (const bool live : {true, false}) {
    if (!live) log_.close();
    const Ran ran = mnmlog({"verify"});
    EXPECT_EQ(ran.code, 0) << ran.out << ran.err;
    EXPECT_THAT(ran.out,
                AllOf(HasSubstr("LSN 8..12: 5 in 3 records"),
                      HasSubstr("base        at LSN 7: what was before was trimmed"),
                      HasSubstr("fold        digest "), HasSubstr("1 wait"), HasSubstr("OK\n")));
  }
  EXPECT_THAT(mnmlog({"verify", "--json"}).out,
              AllOf(HasSubstr(R"("base_lsn":7)"), HasSubstr(R"("folded":true)")));
}

TEST_F(TrimmedLog, IsReadFromItsBaseOnWhereItsDatabaseCantBeOpened) {
  give_up();
  ASSERT_TRUE(log_.log().scrub());
  log_.close();
  fs::remove(log_.directory() + "/log/CURRENT");
  const Ran ran = mnmlog({"verify"});
  EXPECT_EQ(ran.code, 3) << ran.out << ran.err;
  EXPECT_THAT(ran.out,
              AllOf(HasSubstr("LSN 8..12: 5 in 3 records"), HasSubstr("at LSN 7: what was"),
                    HasSubstr("unaffected  LSN 8..12\n"), Not(HasSubstr("TAMPERED"))));
  EXPECT_EQ(mnmlog({"show", "--count"}).out, "5\n");
}

TEST_F(TrimmedLog, HoldsAgainstTheHeadsOfBeforeAndAfter) {
  const event::Trimmed fact = make_base();
  give_up(fact);
  heads_.sign(log_.log(), *log::MerkleRange::decode(fact.range()));
  const Ran ran = verify_heads();
  EXPECT_EQ(ran.code, 0) << ran.out << ran.err;
  EXPECT_THAT(ran.out, AllOf(HasSubstr("3 read, 2 hold, 1 of what was trimmed"),
                             HasSubstr("through LSN 12, by head 3"), Not(HasSubstr("ranges"))));
}

TEST_F(TrimmedLog, WhoseBaseIsForgedWithItsEventIsFoundByTheHeads) {
  event::Trimmed fact = make_base();
  const auto base = bases().load(Lsn(7));
  ASSERT_TRUE(base);
  log::MerkleRange other;
  for (int i = 0; i < 2; ++i) other.append(Hash{1});
  const auto forged = bases().write(base->views, base->info.at, other);
  ASSERT_TRUE(forged);
  fact.set_range(other.encode());
  fact.set_base_hash(std::string(as_bytes(forged->file_hash)));
  give_up(fact);
  EXPECT_EQ(mnmlog({"verify"}).code, 0) << "it is consistent in itself";
  const Ran ran = verify_heads();
  EXPECT_EQ(ran.code, 4) << ran.out;
  EXPECT_THAT(ran.out, HasSubstr("the records before are not those which it covers"));
}

TEST_F(TrimmedLog, WithAnotherBaseIsTamperedWith) {
  give_up();
  auto base = bases().load(Lsn(7));
  ASSERT_TRUE(base);
  event::Event event;
  event.set_schema(1);
  event.mutable_receive_only_set()->set_user(2);
  event.mutable_receive_only_set()->set_on(true);
  state::Changes changes;
  base->views.evolve(Lsn(8), event, changes);
  ASSERT_TRUE(bases().write(base->views, base->info.at, base->info.range));
  const Ran ran = mnmlog({"verify"});
  EXPECT_EQ(ran.code, 4) << ran.out << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("isn't the one that was there when the log was trimmed"));
}

TEST_F(TrimmedLog, WhoseBaseIsDamagedOrMissingIsDamaged) {
  give_up();
  {
    std::fstream file(base_path(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(200);
    file.put('\xff');
  }
  Ran ran = mnmlog({"verify"});
  EXPECT_EQ(ran.code, 3) << ran.out << ran.err;
  EXPECT_THAT(ran.out, AllOf(HasSubstr(base_path()), HasSubstr("DAMAGED")));
  fs::remove(base_path());
  ran = mnmlog({"verify"});
  EXPECT_EQ(ran.code, 3) << ran.out << ran.err;
  EXPECT_THAT(ran.out, AllOf(HasSubstr("no base"), HasSubstr("FIRST BAD   LSN 1\n"),
                             HasSubstr("unaffected  LSN 8..12\n")));
  EXPECT_EQ(mnmlog({"replay"}).code, 3);
  EXPECT_EQ(mnmlog({"show", "-n", "3"}).code, 0) << "what is kept can be read";
}

TEST_F(TrimmedLog, ThatNoEventSpeaksOfIsTamperedWith) {
  (void)make_base();
  trim();
  const Ran ran = mnmlog({"verify"});
  EXPECT_EQ(ran.code, 4) << ran.out << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("no event says that the log was trimmed through LSN 7"));
}

TEST_F(TrimmedLog, AnswersForWhatIsKeptAndSaysWhatIsNot) {
  give_up();
  const Ran shown = mnmlog({"show"});
  EXPECT_EQ(shown.code, 0) << shown.err;
  EXPECT_THAT(shown.out, AllOf(HasSubstr("gave up LSN 1 to 7, 7 events: old"), HasSubstr("bob"),
                               HasSubstr("maria-lopez")))
      << "names are the base's";
  EXPECT_EQ(mnmlog({"get", "8"}).code, 0);
  const Ran gone = mnmlog({"get", "3"});
  EXPECT_EQ(gone.code, 1);
  EXPECT_THAT(gone.err, HasSubstr("LSN 3 was trimmed: the log begins at LSN 8"));
  EXPECT_THAT(mnmlog({"trace", message_id(second_post_)}).out, HasSubstr("waiting"));
  EXPECT_THAT(mnmlog({"queue", kBob + "/1"}).out, HasSubstr(message_id(second_post_)));
  EXPECT_EQ(mnmlog({"state", "--all", "--hash", "--at", "7"}).code, 0) << "the base itself";
  EXPECT_EQ(mnmlog({"state", "--all", "--hash", "--at", "5"}).code, 1);
  EXPECT_THAT(mnmlog({"diff", "9", "12"}).out, HasSubstr("trimmed_lsn"));
  EXPECT_EQ(mnmlog({"diff", "5", "12"}).code, 1);
}

TEST_F(TrimmedLog, KeepsMessagesThatAreOlderThanIt) {
  give_up(make_base(Lsn(10)));
  const Ran verified = mnmlog({"verify"});
  EXPECT_EQ(verified.code, 0) << verified.out << verified.err;
  EXPECT_THAT(verified.out, AllOf(HasSubstr("at LSN 9"), HasSubstr("1 wait"),
                                  HasSubstr("1 are older than the log")));
  const Ran traced = mnmlog({"trace", message_id(second_post_)});
  EXPECT_EQ(traced.code, 0) << traced.err;
  EXPECT_THAT(traced.out,
              AllOf(HasSubstr("LSN 9 (given up: before the log begins)"), HasSubstr("waiting"),
                    HasSubstr("for 1 node still"), Not(HasSubstr("0 nodes"))));
  const Ran why = mnmlog({"why", message_id(second_post_)});
  EXPECT_THAT(why.out, HasSubstr("bob")) << why.err;
  EXPECT_THAT(mnmlog({"queue", kBob + "/1"}).out, HasSubstr(message_id(second_post_)));
}

TEST_F(TrimmedLog, KnowsHowLongMessagesWaitThatAreOlderThanIt) {
  const auto posted = static_cast<std::uint64_t>(std::time(nullptr)) - 1'900;
  log_.move_time(posted - 1'767'323'045);
  const Lsn later = log_.post(1, 1, {NodeNo(2)}, "now", {2});
  log_.commit();
  *log_.add().mutable_refused()->mutable_error() = "login failed";
  log_.commit();
  give_up(make_base(Lsn(13)));
  ASSERT_EQ(mnmlog({"get", std::to_string(later.value())}).code, 1);
  EXPECT_THAT(
      mnmlog({"stats", "--by", "age", "--json"}).out,
      AllOf(HasSubstr(R"({"age":"1h","copies":1})"), HasSubstr(R"({"age":"older","copies":1})")));
  log_.ack(2, 2, second_post_);
  log_.commit();
  EXPECT_THAT(mnmlog({"why", kBob + "/1"}).out, HasSubstr(message_id(later) + " for 3"))
      << "31 minutes and some seconds";
  ASSERT_TRUE(log_.log().message(later));
}

TEST_F(TrimmedLog, ReplaysToTheSameViews) {
  const event::Trimmed fact = make_base();
  const std::string copy = directory_ / "copy";
  give_up(fact);
  const Ran own = mnmlog({"replay", "--json"});
  EXPECT_EQ(own.code, 0) << own.err;
  EXPECT_THAT(own.out, AllOf(HasSubstr(R"("first_lsn":8)"),
                             HasSubstr(hex_encode(as_bytes(log_.views().digest())))));
  fs::copy(log_.directory(), copy, fs::copy_options::recursive);
  EXPECT_EQ(mnmlog({"replay", "--compare", copy}).code, 0);
}

TEST_F(TrimmedLog, ProvesWhatIsKept) {
  const event::Trimmed fact = make_base();
  give_up(fact);
  heads_.sign(log_.log(), *log::MerkleRange::decode(fact.range()));
  const std::string file = directory_ / "proof";
  for (const char* lsn : {"8", "10", "12"}) {
    const Ran proven = mnmlog({"prove", lsn, "--heads", heads_.path(), "--out", file});
    EXPECT_EQ(proven.code, 0) << lsn << proven.err;
    const Ran checked = mnmlog({"check-proof", file, "--pubkey", heads_.key_path()});
    EXPECT_EQ(checked.code, 0) << lsn << checked.out << checked.err;
    EXPECT_THAT(checked.out, HasSubstr(fmt::format("LSN {}, epoch 1", lsn)));
  }
  EXPECT_EQ(mnmlog({"prove", "3", "--heads", heads_.path()}).code, 1);
}

TEST_F(TrimmedLog, IsReplayedIntoAnotherDirectoryWithItsBase) {
  give_up();
  const std::string all = directory_ / "all";
  const Ran whole = mnmlog({"replay", "--into", all});
  ASSERT_EQ(whole.code, 0) << whole.err;
  EXPECT_EQ(in(all, {"verify"}).code, 0) << in(all, {"verify"}).out;
  EXPECT_EQ(mnmlog({"replay", "--compare", all}).code, 0);
}

TEST_F(TrimmedLog, OfEarlierThanItsTrimSaysItAgainInTheNewEpoch) {
  give_up();
  const std::string then = directory_ / "then";
  ASSERT_EQ(mnmlog({"replay", "--into", then, "--until", "11"}).code, 0);
  const Ran verified = in(then, {"verify"});
  EXPECT_EQ(verified.code, 0) << verified.out << verified.err;
  EXPECT_THAT(verified.out, HasSubstr("base        at LSN 7"));
  const std::string same = directory_ / "same";
  const Ran refused = mnmlog({"replay", "--into", same, "--until", "11", "--same-epoch"});
  EXPECT_EQ(refused.code, 1);
  EXPECT_THAT(refused.err, HasSubstr("a new epoch must say it again"));
  EXPECT_FALSE(fs::exists(same));
  for (const char* early : {"5", "7", "8"}) {
    EXPECT_EQ(mnmlog({"replay", "--into", same, "--until", early}).code, 1) << early;
    EXPECT_FALSE(fs::exists(same));
  }
}

TEST_F(TrimmedLog, IsImportedFromItsExportWithItsBase) {
  give_up();
  log_.close();
  const std::string file = directory_ / "export";
  const std::string copy = directory_ / "copy";
  ASSERT_EQ(mnmlog({"export", "--out", file}).code, 0);
  const Ran imported = mnmlog({"import", file, "--into", copy, "--json"});
  ASSERT_EQ(imported.code, 0) << imported.err;
  EXPECT_THAT(imported.out, AllOf(HasSubstr(R"("waiting_messages":1)"), HasSubstr(R"("lost":[])"),
                                  HasSubstr(hex_encode(as_bytes(log_.views().digest())))));
  const Ran verified = in(copy, {"verify", "--purged"});
  EXPECT_EQ(verified.code, 0) << verified.out << verified.err;
  EXPECT_THAT(verified.out, HasSubstr("base        at LSN 7: what was before was trimmed"));
  for (const char* at : {"7", "9", "12"}) {
    const std::vector<std::string> state{"state", "--all", "--hash", "--at", at, "-q"};
    EXPECT_EQ(in(copy, state).out, mnmlog(state).out) << at;
  }
  EXPECT_EQ(in(copy, {"show", "--format", "proto", "-q"}).out,
            mnmlog({"show", "--format", "proto", "-q"}).out);
  EXPECT_EQ(in(copy, {"get", "8", "--json", "-q"}).out, mnmlog({"get", "8", "--json", "-q"}).out);
  const std::string again = directory_ / "again";
  ASSERT_EQ(in(copy, {"export", "--out", again}).code, 0);
  EXPECT_EQ(fs::file_size(again), fs::file_size(file));
}

TEST_F(TrimmedLog, IsImportedWithMessagesThatAreOlderThanIt) {
  give_up(make_base(Lsn(10)));
  const std::string file = directory_ / "export";
  const std::string copy = directory_ / "copy";
  ASSERT_EQ(mnmlog({"export", "--out", file}).code, 0) << "beside its writer";
  ASSERT_EQ(mnmlog({"import", file, "--into", copy}).code, 0);
  EXPECT_THAT(in(copy, {"verify"}).out,
              AllOf(HasSubstr("1 are older than the log"), HasSubstr("OK\n")));
  EXPECT_THAT(in(copy, {"queue", kBob + "/1"}).out, HasSubstr(message_id(second_post_)));
}

TEST_F(TrimmedLog, WhoseFirstRecordBeginsAnEpochIsImported) {
  log_.begin_epoch(2);
  log_.start();
  log_.commit();
  *log_.add().mutable_refused()->mutable_error() = "login failed";
  log_.commit();
  give_up(make_base(Lsn(12)));
  log_.close();
  ASSERT_THAT(mnmlog({"show", "-n", "1"}).out, HasSubstr("epoch"));
  const std::string file = directory_ / "export";
  const std::string copy = directory_ / "copy";
  ASSERT_EQ(mnmlog({"export", "--out", file}).code, 0);
  const Ran imported = mnmlog({"import", file, "--into", copy});
  ASSERT_EQ(imported.code, 0) << imported.err;
  EXPECT_EQ(in(copy, {"verify"}).code, 0) << in(copy, {"verify"}).out;
}

TEST_F(TrimmedLog, OfWhichAPartWasExportedIsNotImported) {
  give_up();
  const std::string file = directory_ / "export";
  for (const char* part : {"..11", "10.."}) {
    ASSERT_EQ(mnmlog({"export", part, "--out", file}).code, 0) << part;
    const Ran ran = mnmlog({"import", file, "--into", directory_ / "in", "--new-epoch"});
    EXPECT_EQ(ran.code, 1);
    EXPECT_THAT(ran.err, AllOf(HasSubstr("has no base to begin with"), HasSubstr("mnmctl backup")));
    EXPECT_FALSE(fs::exists(directory_ / "in"));
  }
}

TEST_F(TrimmedLog, WhoseBaseIsDamagedIsNotExported) {
  give_up();
  std::fstream(base_path(), std::ios::in | std::ios::out | std::ios::binary).seekp(200).put('\xff');
  const std::string file = directory_ / "export";
  const Ran ran = mnmlog({"export", "--out", file});
  EXPECT_EQ(ran.code, 3) << ran.err;
  EXPECT_THAT(ran.err, HasSubstr(base_path()));
  EXPECT_FALSE(fs::exists(file));
}

}  // namespace
}  // namespace mnm
