// The reader's channel: what it answers is what the log holds, and what comes over the wire is not
// trusted.
#include "log/log_channel.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/memory_log.h"

namespace mnm::log {
namespace {

class LogChannel : public ::testing::Test {
 protected:
  void append(const std::vector<std::string_view>& events,
              const std::vector<MessagePut>& puts = {}) {
    const Position head = log_.durable();
    ASSERT_TRUE(log_.append({.epoch = Epoch(1),
                             .first = next(head.lsn),
                             .events = events,
                             .puts = puts,
                             .purges = {}}));
  }
  // The content; the head is checked.
  std::string ask(ChannelAsk what, Lsn lsn = {}) {
    const auto request = decode_channel_request(encode(ChannelRequest{what, lsn}));
    CHECK(request);
    const std::string octets = answer(log_, *request);
    const auto head = decode_channel_head(octets.substr(0, kChannelHeadBytes));
    CHECK(head && head->size == octets.size() - kChannelHeadBytes);
    error_ = head->error;
    return octets.substr(kChannelHeadBytes);
  }

  std::shared_ptr<MemoryDisk> disk_ = std::make_shared<MemoryDisk>();
  MemoryLog log_{disk_};
  std::optional<ErrorCode> error_;
};

TEST_F(LogChannel, TellsTheStateTheRecordsAndTheRows) {
  append({"one", "two"}, {{.id = Lsn(2), .head = "head", .body = "body", .file = {}}});
  append({"three"});
  const std::string state_octets = ask(ChannelAsk::kState);
  const auto state = decode_channel_state(state_octets);
  ASSERT_TRUE(state);
  EXPECT_EQ(state->durable, log_.durable());
  EXPECT_EQ(state->tail, Lsn(1));
  EXPECT_EQ(state->identity, log_.identity());
  EXPECT_EQ(state->format, "memory");
  // One that doesn't say its format, as relays before lots.
  const std::size_t format_octets = 1 + state->format.size();
  const auto older = decode_channel_state(
      std::string_view(state_octets).substr(0, state_octets.size() - format_octets));
  ASSERT_TRUE(older);
  EXPECT_EQ(older->identity, log_.identity());
  EXPECT_EQ(older->format, "");

  const auto record = decode_record(ask(ChannelAsk::kRecord, Lsn(2)));
  ASSERT_TRUE(record);
  EXPECT_EQ(record->first, Lsn(1));
  EXPECT_THAT(record->events, ::testing::ElementsAre("one", "two"));
  EXPECT_EQ(ask(ChannelAsk::kMessage, Lsn(2)), "headbody");

  const std::string scan = ask(ChannelAsk::kScan, Lsn(1));
  std::string_view left = scan;
  std::vector<Lsn> firsts;
  while (const auto octets = take_record(left)) {
    const auto each = decode_record(std::string(*octets));
    ASSERT_TRUE(each);
    firsts.push_back(each->first);
  }
  EXPECT_TRUE(left.empty());
  EXPECT_THAT(firsts, ::testing::ElementsAre(Lsn(1), Lsn(3)));
}

TEST_F(LogChannel, TellsWhatIsNotThere) {
  append({"one"});
  EXPECT_NE(ask(ChannelAsk::kRecord, Lsn(9)), "");
  EXPECT_EQ(error_, ErrorCode::kNegative);
  EXPECT_NE(ask(ChannelAsk::kMessage, Lsn(1)), "");
  EXPECT_EQ(error_, ErrorCode::kNegative);
  EXPECT_EQ(ask(ChannelAsk::kScan, Lsn(2)), "");
  EXPECT_FALSE(error_);
}

TEST_F(LogChannel, AnswersAScanInBoundedStretches) {
  const std::string large(kChannelScanBytes / 2 + 1, 'x');
  for (int i = 0; i < 4; ++i) append({large});
  EXPECT_LT(ask(ChannelAsk::kScan, Lsn(1)).size(), 2 * kChannelScanBytes);
}

TEST_F(LogChannel, RefusesRequestsThatAreNone) {
  EXPECT_FALSE(decode_channel_request(""));
  EXPECT_FALSE(decode_channel_request(std::string(kChannelRequestBytes, '\0')));
  EXPECT_FALSE(decode_channel_request("\x09" + std::string(8, '\0')));
  EXPECT_FALSE(decode_channel_request("\x01" + std::string(7, '\0')));
}

TEST_F(LogChannel, RefusesAnswersThatAreNone) {
  EXPECT_FALSE(decode_channel_head(""));
  EXPECT_FALSE(decode_channel_head("\xff" + std::string(4, '\0')));
  EXPECT_FALSE(decode_channel_head(std::string("\0\xff\xff\xff\xff", 5))) << "beyond any answer";
  EXPECT_FALSE(decode_channel_state("short"));
  std::string_view octets("\0\0\0\x09x", 5);
  EXPECT_FALSE(take_record(octets)) << "longer than what is left";
}

// What follows is read by who serves the channel, and as much of it as there may be.
TEST_F(LogChannel, QuestionsAboutViewsAreNotTheLogs) {
  (void)ask(ChannelAsk::kViews, Lsn(kChannelQuestionBytesMax));
  EXPECT_EQ(error_, ErrorCode::kUsage);
  const ChannelRequest too_long{ChannelAsk::kViews, Lsn(kChannelQuestionBytesMax + 1)};
  EXPECT_FALSE(decode_channel_request(encode(too_long)));
}

}  // namespace
}  // namespace mnm::log
