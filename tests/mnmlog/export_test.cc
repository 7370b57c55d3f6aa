// export, import and replay --into: a data directory made again from another, octet by octet.
#include <filesystem>
#include <fstream>
#include <iterator>

#include "mnmlog/fixture.h"
#include "support/directory_image.h"
#include "support/spoil.h"

namespace mnm {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class Restoring : public Inspecting {
 protected:
  void SetUp() override { write_history(); }

  // A third post, whose body is a file.
  void post_large() {
    log_.keep_bodies_in_files();
    log_.post(1, 1, {NodeNo(2)}, std::string(3 << 20, 'L'), {2});
    log_.commit();
  }
  [[nodiscard]] std::string path(const std::string& name) const { return directory_ / name; }
  Ran exports(const std::string& range = "..") {
    return mnmlog({"export", range, "--out", path("export")});
  }
  Ran imports(std::vector<std::string> more = {}) {
    more.insert(more.begin(), {"import", path("export"), "--into", path("copy")});
    return run_program(program(), std::move(more));
  }
  Ran on_copy(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"--data", path("copy")});
    return run_program(program(), std::move(arguments));
  }
  std::string field(const Ran& ran, const std::string& name) {
    const std::string key = "\"" + name + "\":";
    const std::size_t at = ran.out.find(key);
    if (at == std::string::npos) return "(no " + name + ")";
    return ran.out.substr(at + key.size(), ran.out.find_first_of(",}", at) - at - key.size());
  }
};

TEST_F(Restoring, AnImportHasTheSameChainDigestMessagesAndBodies) {
  post_large();
  log_.close();
  const Ran exported = exports();
  ASSERT_EQ(exported.code, 0) << exported.err;
  EXPECT_THAT(exported.err, HasSubstr("5 records, 2 messages, 3145728 octets of body files"));
  const Ran imported = imports();
  ASSERT_EQ(imported.code, 0) << imported.err;
  EXPECT_THAT(imported.err, HasSubstr("same epoch"));
  EXPECT_THAT(imported.err, HasSubstr("holds no keys"));

  for (const char* what : {"chain", "head_lsn", "epoch", "waiting_messages", "body_bytes"}) {
    EXPECT_EQ(field(on_copy({"info", "--json"}), what), field(mnmlog({"info", "--json"}), what));
  }
  EXPECT_EQ(on_copy({"state", "--hash"}).out, mnmlog({"state", "--hash"}).out);
  EXPECT_EQ(on_copy({"show", "--format", "proto"}).out, mnmlog({"show", "--format", "proto"}).out);
  EXPECT_EQ(on_copy({"get", "8", "--json"}).out, mnmlog({"get", "8", "--json"}).out)
      << "record salts, hashes and leaves are the same";
  const Ran verified = on_copy({"verify", "--purged"});
  EXPECT_EQ(verified.code, 0) << verified.out << verified.err;
}

TEST_F(Restoring, AnExportOfAnImportIsTheSameButForItsTime) {
  log_.close();
  ASSERT_EQ(exports().code, 0);
  ASSERT_EQ(imports().code, 0);
  const Ran again = on_copy({"export", "--out", path("again")});
  ASSERT_EQ(again.code, 0) << again.err;
  std::ifstream first_file(path("export"), std::ios::binary);
  std::ifstream again_file(path("again"), std::ios::binary);
  const std::string first(std::istreambuf_iterator<char>(first_file), {});
  const std::string second(std::istreambuf_iterator<char>(again_file), {});
  EXPECT_EQ(first.size(), second.size());
  EXPECT_EQ(first.substr(8, 8 + 16 + 88), second.substr(8, 8 + 16 + 88));
}

TEST_F(Restoring, ExportsBesideARelayWhatIsDurable) {
  post_large();
  const Ran exported = exports();  // the log is still open
  ASSERT_EQ(exported.code, 0) << exported.err;
  EXPECT_THAT(exported.err, HasSubstr("beside a running relay"));
  ASSERT_EQ(imports({"--new-epoch"}).code, 0);
  const Ran verified = on_copy({"verify"});
  EXPECT_EQ(verified.code, 0) << verified.out << verified.err;
  EXPECT_THAT(verified.out, HasSubstr("2 epochs"));
}

TEST_F(Restoring, AnExportThroughAPipeIsAsGood) {
  log_.close();
  const Ran exported = mnmlog({"export"});
  ASSERT_EQ(exported.code, 0);
  std::ofstream(path("export"), std::ios::binary) << exported.out;
  EXPECT_EQ(imports().code, 0);
}

TEST_F(Restoring, ForPeopleAnExportIsJsonLines) {
  const Ran exported = mnmlog({"export", "1..2", "--format", "jsonl"});
  EXPECT_EQ(exported.code, 0) << exported.err;
  EXPECT_EQ(exported.out, mnmlog({"show", "1..2", "--format", "jsonl"}).out);
}

TEST_F(Restoring, NothingIsMadeOfASpoiltOrCutExport) {
  log_.close();
  ASSERT_EQ(exports().code, 0);
  testing::spoil(path("export"), 400);
  const Ran spoilt = imports();
  EXPECT_EQ(spoilt.code, 3) << spoilt.err;
  EXPECT_THAT(spoilt.err, HasSubstr("the export at offset"));
  ASSERT_EQ(exports().code, 0);
  std::filesystem::resize_file(path("export"), std::filesystem::file_size(path("export")) - 1);
  EXPECT_EQ(imports().code, 3);
  EXPECT_FALSE(std::filesystem::exists(path("copy")));
  EXPECT_FALSE(std::filesystem::exists(path("copy.partial")));
}

TEST_F(Restoring, NothingThatIsThereIsOverwritten) {
  log_.close();
  ASSERT_EQ(exports().code, 0);
  ASSERT_EQ(imports().code, 0);
  const DirectoryImage before(path("copy"));
  const Ran again = imports();
  EXPECT_EQ(again.code, 2);
  EXPECT_THAT(again.err, HasSubstr("is there already"));
  EXPECT_EQ(before.difference(DirectoryImage(path("copy"))), "");
}

TEST_F(Restoring, APartOfALogIsExportedButIsNoLog) {
  log_.close();
  const Ran exported = exports("8..9");
  ASSERT_EQ(exported.code, 0) << exported.err;
  EXPECT_THAT(exported.err, HasSubstr("1 records, 0 messages"));
  const Ran imported = imports();
  EXPECT_EQ(imported.code, 1);
  EXPECT_THAT(imported.err, HasSubstr("begins after LSN 7"));
}

TEST_F(Restoring, AnEarlierEndNeedsANewEpochIfMessagesAreLost) {
  log_.close();
  ASSERT_EQ(exports("..9").code, 0);  // both posts wait; their rows aren't in it
  const Ran refused = imports();
  EXPECT_EQ(refused.code, 1);
  EXPECT_THAT(refused.err, HasSubstr("2 waiting messages have no octets"));
  EXPECT_FALSE(std::filesystem::exists(path("copy")));
  const Ran imported = imports({"--new-epoch", "--json"});
  ASSERT_EQ(imported.code, 0) << imported.err;
  EXPECT_EQ(field(imported, "copied_lsn"), "9");
  EXPECT_EQ(field(imported, "waiting_messages"), "0");
  EXPECT_THAT(imported.out, HasSubstr("\"msgid\":\"" + message_id(first_post_) + "\""));
  const Ran verified = on_copy({"verify", "--purged"});
  EXPECT_EQ(verified.code, 0) << verified.out << verified.err;
}

TEST_F(Restoring, AReplayUntilAMomentIsTheStateThenInANewEpoch) {
  log_.close();
  const std::string then = mnmlog({"state", "--hash", "--at", "9", "-q"}).out;
  const Ran replayed =
      mnmlog({"replay", "--into", path("copy"), "--until", "9", "--json"});  // before the ack
  ASSERT_EQ(replayed.code, 0) << replayed.err;
  EXPECT_EQ(field(replayed, "digest"), "\"" + then.substr(0, 64) + "\"");
  EXPECT_EQ(field(replayed, "epoch"), "2");
  EXPECT_EQ(field(replayed, "waiting_messages"), "1") << "the one that was acked later is lost";
  EXPECT_THAT(replayed.out, HasSubstr("\"msgid\":\"" + message_id(first_post_) + "\""));
  EXPECT_THAT(replayed.out, HasSubstr("\"nodes\":[\"" + kBob + "/1\"]"));
  const Ran verified = on_copy({"verify", "--purged"});
  EXPECT_EQ(verified.code, 0) << verified.out << verified.err;
  EXPECT_EQ(on_copy({"state", "--hash", "--at", "9", "-q"}).out, then);
  EXPECT_THAT(on_copy({"show", "--op", "epoch_started", "--json"}).out,
              HasSubstr("taken back to LSN 9"));
}

TEST_F(Restoring, AMomentWithinATurnIsTheOneBeforeIt) {
  log_.close();
  const Ran replayed = mnmlog({"replay", "--into", path("copy"), "--until", "8", "--json"});
  ASSERT_EQ(replayed.code, 0) << replayed.err;
  EXPECT_EQ(field(replayed, "copied_lsn"), "7") << "8 and 9 are one turn";
}

// As the relay's own, whatever umask who restores has.
TEST_F(Restoring, NobodyElseMayReadWhatIsMade) {
  post_large();
  log_.close();
  ASSERT_EQ(mnmlog({"replay", "--into", path("copy")}).code, 0);
  ASSERT_EQ(mnmlog({"export", "--out", path("export")}).code, 0);
  ASSERT_EQ(mnmlog({"import", path("export"), "--into", path("imported")}).code, 0);
  for (const char* made : {"copy", "imported"}) {
    for (const auto& each : std::filesystem::recursive_directory_iterator(path(made))) {
      const auto others = each.status().permissions() & std::filesystem::perms(0077);
      EXPECT_EQ(others, std::filesystem::perms::none) << each.path();
    }
  }
}

TEST_F(Restoring, AReplayOfAllKeepsAllThatWaitsAndTheRelaysKeysIfAsked) {
  post_large();
  log_.close();
  std::ofstream(path("keys")) << "secret";
  const Ran replayed =
      mnmlog({"replay", "--into", path("copy"), "--secrets", path("keys"), "--json"});
  ASSERT_EQ(replayed.code, 0) << replayed.err;
  EXPECT_EQ(field(replayed, "lost"), "[]");
  EXPECT_EQ(field(replayed, "waiting_messages"), "2");
  EXPECT_THAT(replayed.err, Not(HasSubstr("holds no keys")));
  EXPECT_EQ(std::filesystem::status(path("copy") + "/secrets").permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  const Ran verified = on_copy({"verify", "--purged"});
  EXPECT_EQ(verified.code, 0) << verified.out << verified.err;
}

TEST_F(Restoring, NeverChangesWhatItReads) {
  log_.close();
  const DirectoryImage before(log_.directory());
  EXPECT_EQ(exports().code, 0);
  EXPECT_EQ(mnmlog({"replay", "--into", path("copy"), "--until", "9"}).code, 0);
  EXPECT_EQ(before.difference(DirectoryImage(log_.directory())), "");
}

// The linker is the witness: what isn't in the program can't be called.
TEST(Mnmlog, HasNoCodeThatWritesADatabase) {
  const Ran symbols = run_program("/usr/bin/nm", {"-C", std::string(MNM_BIN_DIR) + "/mnmlog"});
  ASSERT_EQ(symbols.code, 0) << symbols.err;
  ASSERT_THAT(symbols.out, HasSubstr("OpenForReadOnly")) << "this test sees what it should";
  for (const char* writer :
       {"U rocksdb::DB::Open(", "rocksdb::WriteBatch::WriteBatch(", "DestroyDB", "RocksLog",
        "RocksBuilder", "open_store", "open_to_write", "FileBodyStore", "HighWater::advance",
        "lock_directory", "make_directory", "begin_new_epoch", "mnm::ops::Engine"}) {
    EXPECT_THAT(symbols.out, Not(HasSubstr(writer)));
  }
  const Ran restorer = run_program("/usr/bin/nm", {"-C", std::string(MNM_BIN_DIR) + "/mnmrestore"});
  EXPECT_THAT(restorer.out, HasSubstr("RocksBuilder")) << "and is told by these words";
}

}  // namespace
}  // namespace mnm
