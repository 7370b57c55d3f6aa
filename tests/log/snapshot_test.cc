// A snapshot is a whole data directory of its own, as of one moment.
#include "log/snapshot.h"

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "support/log_box.h"

namespace mnm::log {
namespace {

namespace fs = std::filesystem;

class Snapshot : public testing::Test {
 protected:
  Snapshot() { box_.open(); }
  // All three steps, with `meanwhile` done before the last one.
  Position take(const std::function<void()>& meanwhile = {}) {
    Snapshots& snapshots = *box_.store().snapshots;
    CHECK(snapshots.begin());
    CHECK(fs::create_directory(directory_));
    const Result<Position> at = snapshots.take(directory_);
    CHECK(at) << at.error().text;
    if (meanwhile) meanwhile();
    const Result<void> finished = snapshots.finish(directory_, *at);
    CHECK(finished) << finished.error().text;
    return *at;
  }
  std::unique_ptr<Reader> reader() {
    auto reader = open_reader(directory_, scratch_ / "secondary");
    CHECK(reader) << reader.error().text;
    return std::move(*reader);
  }

  LogBox box_;
  TempDir scratch_;
  const std::string directory_ = box_.directory() + "/snapshot";
};

TEST_F(Snapshot, IsTheLogAsOfItsMoment) {
  box_.append("one");
  const Lsn id = box_.post("letter");
  const Position at = take([&] {
    box_.append("later");
    box_.purge(id);
  });
  EXPECT_EQ(LogBox::events_of(*reader()), "one post");
  EXPECT_EQ(reader()->durable(), at);
  EXPECT_EQ(*reader()->message(id), "letter");
  EXPECT_FALSE(box_.log().message(id));
}

TEST_F(Snapshot, PassesTheJudgementOfAStartAndCanBeGoneOnWith) {
  for (int i = 0; i < 200; ++i) box_.post(std::string(5000, 'x'));
  take();
  const Result<std::string> judged = judge_store(directory_);
  ASSERT_TRUE(judged) << judged.error().text;
  EXPECT_EQ(*judged, "") << "not even a torn tail: nothing was being written";
  OpenOptions options;
  options.directory = directory_;
  const Result<Store> store = open_store(options);
  ASSERT_TRUE(store) << store.error().text;
  EXPECT_EQ(store->log->durable(), box_.log().durable());
}

// A scrub gives the messages that lie with purged ones rows of their own.
TEST_F(Snapshot, IsWholeWhileAScrubRewritesRows) {
  std::atomic<bool> over = false;
  std::thread scrubber([&] {
    while (!over) EXPECT_TRUE(box_.log().scrub());
  });
  const std::string value(1500, 'v');
  const std::vector<std::string_view> events(50, "post");
  for (int round = 0; round < 20; ++round) {
    for (int lot = 0; lot < 10; ++lot) {
      const Lsn first = next(box_.log().durable().lsn);
      std::vector<MessagePut> puts;
      for (std::uint64_t i = 0; i < events.size(); ++i) puts.push_back({first + i, value, "", {}});
      ASSERT_TRUE(box_.log().append({Epoch(1), first, events, puts, {}}));
      box_.purge(first + 7);
    }
    take();
    const Result<std::string> judged = judge_store(directory_);
    ASSERT_TRUE(judged) << judged.error().text;
    EXPECT_EQ(*judged, "") << "nothing was being written";
    fs::remove_all(directory_);
  }
  over = true;
  scrubber.join();
}

TEST_F(Snapshot, HoldsBodiesThatArePurgedMeanwhile) {
  const BodyFile file = box_.upload("a large body");
  const Lsn id = box_.post("header", file);
  take([&] { box_.purge(id, file); });
  EXPECT_TRUE(judge_store(directory_));
  EXPECT_EQ(std::distance(fs::directory_iterator(directory_ + "/body"), {}), 1);
  ASSERT_TRUE(box_.log().scrub()) << "after it bodies go again";
  EXPECT_EQ(std::distance(fs::directory_iterator(box_.directory() + "/body"), {}), 0);
}

TEST_F(Snapshot, ThatFailsLetsBodiesGoAgain) {
  const BodyFile file = box_.upload("a large body");
  const Lsn id = box_.post("header", file);
  Snapshots& snapshots = *box_.store().snapshots;
  ASSERT_TRUE(snapshots.begin());
  EXPECT_FALSE(snapshots.take("/nowhere/at/all"));
  ASSERT_TRUE(snapshots.finish("", {}));
  box_.purge(id, file);
  ASSERT_TRUE(box_.log().scrub());
  EXPECT_EQ(std::distance(fs::directory_iterator(box_.directory() + "/body"), {}), 0);
}

}  // namespace
}  // namespace mnm::log
