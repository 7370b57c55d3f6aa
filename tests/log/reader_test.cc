// Readers: of a stopped store, and beside a running one; neither leaves a trace.
#include <gtest/gtest.h>

#include <sys/stat.h>

#include "log/rocks_log.h"
#include "support/directory_image.h"
#include "support/temp_dir.h"

namespace mnm::log {
namespace {

class Reading : public ::testing::Test {
 protected:
  void start() {
    OpenOptions options;
    options.directory = directory_ / "data";
    Result<Store> store = open_store(options);
    CHECK(store) << store.error().text;
    store_ = std::move(*store);
  }
  void stop() {
    store_.log.reset();
    store_.bodies.reset();
  }
  void append(std::string_view event, std::span<const MessagePut> puts = {}) {
    const std::vector<std::string_view> events = {event};
    CHECK(store_.log->append({Epoch(1), next(store_.log->durable().lsn), events, puts, {}}));
  }
  std::unique_ptr<Reader> reader() {
    Result<std::unique_ptr<Reader>> opened =
        open_reader(directory_ / "data", directory_ / "scratch");
    CHECK(opened) << opened.error().text;
    return std::move(*opened);
  }
  static std::string text(const Reader& reader) {
    std::string out;
    const std::unique_ptr<Scanner> scanner = reader.scan(Lsn(1));
    while (true) {
      const Result<std::optional<Record>> record = scanner->next();
      CHECK(record) << record.error().text;
      if (!record->has_value()) return out;
      for (const std::string_view event : (*record)->events) out += event;
    }
  }

  TempDir directory_;
  Store store_;
};

TEST_F(Reading, OfAStoppedStoreShowsAllAndChangesNothing) {
  start();
  append("a");
  const std::vector<MessagePut> puts = {{Lsn(2), "head ", "body", {}}};
  append("b", puts);
  const Position head = store_.log->durable();
  stop();
  const DirectoryImage before(directory_ / "data");
  {
    const std::unique_ptr<Reader> stopped = reader();
    EXPECT_EQ(stopped->durable(), head);
    EXPECT_EQ(text(*stopped), "ab");
    EXPECT_EQ(stopped->tail(), Lsn(1));
    EXPECT_EQ(stopped->read(Lsn(2))->events[0], "b");
    EXPECT_EQ(stopped->message(Lsn(2)).value(), "head body");
    EXPECT_EQ(stopped->message(Lsn(1)).error().code, ErrorCode::kNegative);
  }
  EXPECT_EQ(before.difference(DirectoryImage(directory_ / "data")), "");
}

TEST_F(Reading, BesideARunningRelayCatchesUpAndChangesNothing) {
  start();
  append("a");
  const std::unique_ptr<Reader> live = reader();
  EXPECT_EQ(text(*live), "a");
  const std::vector<MessagePut> puts = {{Lsn(2), "", "body", {}}};
  append("b", puts);
  EXPECT_EQ(live->durable(), store_.log->durable());
  EXPECT_EQ(text(*live), "ab");
  EXPECT_EQ(live->message(Lsn(2)).value(), "body");
  // Through flushes and compactions.
  ASSERT_TRUE(store_.log->scrub());
  append("c");
  EXPECT_EQ(text(*live), "abc");
  EXPECT_EQ(live->message(Lsn(2)).value(), "body");

  const DirectoryImage before(directory_ / "data");
  const std::unique_ptr<Reader> second = reader();
  EXPECT_EQ(text(*second), "abc");
  EXPECT_EQ(before.difference(DirectoryImage(directory_ / "data")), "");
}

TEST_F(Reading, ShowsNothingBeyondTheDurableMark) {
  start();
  append("a");
  append("b");
  const DirectoryImage at_two(directory_ / "data");
  append("c");
  // As if the third append were written but not synced: the mark still says two.
  at_two.restore_file(directory_ / "data", "high_water");
  const std::unique_ptr<Reader> live = reader();
  EXPECT_EQ(live->durable().lsn, Lsn(2));
  EXPECT_EQ(text(*live), "ab");
  EXPECT_EQ(live->read(Lsn(3)).error().code, ErrorCode::kNegative);
  EXPECT_EQ(live->message(Lsn(3)).error().code, ErrorCode::kNegative);
}

TEST_F(Reading, AReaderDoesNotKeepARelayFromStarting) {
  start();
  append("a");
  stop();
  const std::unique_ptr<Reader> stopped = reader();
  start();
  append("b");
  ASSERT_TRUE(store_.log->scrub());
  EXPECT_EQ(text(*stopped), "a") << "what there was when it was opened";
}

TEST_F(Reading, OfNoStoreFails) {
  const Result<std::unique_ptr<Reader>> opened =
      open_reader(directory_ / "none", directory_ / "scratch");
  ASSERT_FALSE(opened);
  struct stat status {};
  EXPECT_NE(::stat((directory_ / "none").c_str(), &status), 0);
}

TEST_F(Reading, ASecondWriterIsRefused) {
  start();
  OpenOptions options;
  options.directory = directory_ / "data";
  const Result<Store> second = open_store(options);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace mnm::log
