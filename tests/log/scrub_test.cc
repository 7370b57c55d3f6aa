// Purge means gone: after a scrub no file of the data directory holds an octet of a purged message,
// wherever RocksDB had put it meanwhile. The values are incompressible markers, so a search finds
// them wherever they are.
#include <gtest/gtest.h>

#include <thread>

#include "support/directory_image.h"
#include "support/log_box.h"

namespace mnm::log {
namespace {

constexpr std::string_view kMarker = "purge-marker-7e1c3a90";
constexpr std::string_view kKept = "kept-marker-51fd02b7";

class Scrub : public ::testing::Test {
 protected:
  void SetUp() override { box_.open(); }
  [[nodiscard]] std::string holders_of(std::string_view marker) const {
    return DirectoryImage(box_.directory()).holders_of(marker);
  }
  // Flushes all, and compacts what was flushed before and has removals.
  void settle() {
    const Result<void> scrubbed = box_.log().scrub();
    ASSERT_TRUE(scrubbed) << scrubbed.error().text;
  }
  static std::string marked(std::string_view marker) {
    return std::string(500, 'x') + std::string(marker) + std::string(500, 'y');
  }

  LogBox box_;
};

TEST_F(Scrub, OfAMessagePutAndPurgedInOneMemtable) {
  const Lsn id = box_.post(marked(kMarker));
  EXPECT_NE(holders_of(kMarker), "") << "or the search can't find anything";
  box_.purge(id);
  settle();
  EXPECT_EQ(holders_of(kMarker), "");
}

TEST_F(Scrub, OfAMessageFlushedThenPurged) {
  const Lsn id = box_.post(marked(kMarker));
  const Lsn kept = box_.post(marked(kKept));
  settle();
  EXPECT_NE(holders_of(kMarker).find(".sst"), std::string::npos);
  box_.purge(id);
  settle();
  EXPECT_EQ(holders_of(kMarker), "");
  EXPECT_NE(holders_of(kKept), "");
  EXPECT_EQ(box_.log().message(kept).value(), marked(kKept));
}

TEST_F(Scrub, OfAMessageCompactedToTheBottomThenPurged) {
  const Lsn id = box_.post(marked(kMarker));
  settle();
  for (int round = 0; round < 3; ++round) {  // removals near it drive it down
    const Lsn other = box_.post(marked("other"));
    settle();
    box_.purge(other);
    settle();
  }
  EXPECT_NE(holders_of(kMarker), "");
  box_.purge(id);
  settle();
  EXPECT_EQ(holders_of(kMarker), "");
}

TEST_F(Scrub, OfAMessagePurgedJustBeforeARestart) {
  const Lsn id = box_.post(marked(kMarker));
  settle();
  box_.purge(id);
  box_.close();
  box_.open();
  settle();
  EXPECT_EQ(holders_of(kMarker), "");
}

TEST_F(Scrub, OfABodyFile) {
  const BodyFile file = box_.upload(marked(kMarker));
  const Lsn id = box_.post("head", file);
  EXPECT_NE(holders_of(kMarker), "");
  box_.purge(id, file);
  settle();
  EXPECT_EQ(holders_of(kMarker), "");
}

TEST_F(Scrub, WhileAScannerIsOpen) {
  const Lsn id = box_.post(marked(kMarker));
  settle();
  const std::unique_ptr<Scanner> scanner = box_.log().scan(Lsn(1));
  ASSERT_TRUE(scanner->next());
  box_.purge(id);
  settle();
  EXPECT_EQ(holders_of(kMarker), "");
}

TEST_F(Scrub, OfManyMessagesUnderLoadLeavesTheOthers) {
  std::vector<Lsn> gone;
  std::vector<Lsn> kept;
  for (int i = 0; i < 200; ++i) {
    (i % 2 == 0 ? gone : kept).push_back(box_.post(marked(i % 2 == 0 ? kMarker : kKept)));
    if (i % 50 == 49) settle();
  }
  for (const Lsn id : gone) box_.purge(id);
  std::thread scrubber([&] { CHECK(box_.log().scrub()); });
  for (int i = 0; i < 200; ++i) box_.purge(box_.post(marked("load")));
  scrubber.join();
  EXPECT_EQ(holders_of(kMarker), "");
  for (const Lsn id : kept) EXPECT_EQ(box_.log().message(id).value(), marked(kKept));
}

TEST_F(Scrub, OfNothingIsFine) {
  settle();
  box_.append("a");
  settle();
  settle();
  EXPECT_EQ(LogBox::events_of(box_.log()), "a");
}

}  // namespace
}  // namespace mnm::log
