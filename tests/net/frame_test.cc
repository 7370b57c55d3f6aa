#include "net/frame.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <vector>

namespace mnm::net {
namespace {

using State = HeaderReader::State;

const std::string kHeader = R"({"op":8})";

std::string framed(std::string_view digits, std::string_view rest) {
  return std::string(digits) + std::string(rest);
}

State feed_all(HeaderReader& reader, std::string_view octets) {
  while (!octets.empty() && reader.state() == State::kIncomplete) reader.feed(octets);
  return reader.state();
}

TEST(Frame, PutsFourLowercaseDigitsBeforeTheHeader) {
  EXPECT_EQ(frame(kHeader), "0008" + kHeader);
  EXPECT_EQ(frame(std::string(0xabcd, 'x')).substr(0, 4), "abcd");
  EXPECT_EQ(frame(std::string(kHeaderBytesMax, 'x')).substr(0, 4), "ffff");
}

TEST(HeaderReader, ReadsAHeaderCutAtAnyOctet) {
  const std::string octets = frame(R"({"op":7,"id":"x"})");
  for (std::size_t cut = 0; cut <= octets.size(); ++cut) {
    HeaderReader reader;
    std::string_view head = std::string_view(octets).substr(0, cut);
    std::string_view tail = std::string_view(octets).substr(cut);
    reader.feed(head);
    EXPECT_TRUE(head.empty());
    EXPECT_EQ(reader.in_frame(), cut != 0);
    EXPECT_EQ(reader.feed(tail), State::kReady);
    EXPECT_EQ(reader.header(), R"({"op":7,"id":"x"})");
  }
}

TEST(HeaderReader, ReadsAHeaderThatComesOctetByOctet) {
  const std::string octets = frame(kHeader);
  HeaderReader reader;
  for (std::size_t i = 0; i < octets.size(); ++i) {
    EXPECT_EQ(reader.state(), State::kIncomplete);
    std::string_view octet = std::string_view(octets).substr(i, 1);
    reader.feed(octet);
  }
  EXPECT_EQ(reader.header(), kHeader);
}

TEST(HeaderReader, LeavesWhatFollowsTheHeader) {
  const std::string octets = frame(kHeader) + "data and more";
  std::string_view in = octets;
  HeaderReader reader;
  EXPECT_EQ(reader.feed(in), State::kReady);
  EXPECT_EQ(in, "data and more");
  EXPECT_EQ(reader.feed(in), State::kReady) << "it waits until the header is taken";
  EXPECT_EQ(in, "data and more");
}

TEST(HeaderReader, ReadsManyFramesFromOnePiece) {
  std::string octets;
  std::vector<std::string> sent;
  for (int i = 0; i < 100; ++i) {
    sent.push_back(fmt::format(R"({{"op":5,"id":"{}"}})", std::string(i * 7, 'i')));
    octets += frame(sent.back());
  }
  HeaderReader reader;
  std::string_view in = octets;
  std::vector<std::string> read;
  while (reader.feed(in) == State::kReady) {
    read.emplace_back(reader.header());
    reader.next();
    EXPECT_FALSE(reader.in_frame());
  }
  EXPECT_EQ(read, sent);
  EXPECT_TRUE(in.empty());
}

TEST(HeaderReader, TakesDigitsOfEitherCase) {
  for (const auto* digits : {"00ab", "00AB", "00aB", "00Ab"}) {
    HeaderReader reader;
    EXPECT_EQ(feed_all(reader, framed(digits, std::string(0xab, ' '))), State::kReady);
    EXPECT_EQ(reader.header().size(), 0xabu);
  }
}

TEST(HeaderReader, RefusesWhatIsNotFourHexDigits) {
  for (const auto* digits : {"00z1", "x008", " 008", "+008", "-008", "0x08", "008 ", "00/8", "00:8",
                             "00@8", "00G8", "00`8", "00g8", "{\"op"}) {
    HeaderReader reader;
    EXPECT_EQ(feed_all(reader, framed(digits, kHeader)), State::kBadLength) << digits;
  }
}

TEST(HeaderReader, RefusesABadDigitBeforeTheOthersCome) {
  HeaderReader reader;
  EXPECT_EQ(feed_all(reader, "0g"), State::kBadLength);
}

TEST(HeaderReader, StaysRefused) {
  HeaderReader reader;
  ASSERT_EQ(feed_all(reader, "zzzz"), State::kBadLength);
  const std::string good = frame(kHeader);
  std::string_view in = good;
  EXPECT_EQ(reader.feed(in), State::kBadLength);
  EXPECT_EQ(in, good);
}

struct SizeCase {
  const char* digits;
  std::size_t size;
  State state;
};

TEST(HeaderReader, TakesSizesFrom8To65535) {
  for (const SizeCase& c : {SizeCase{"0000", 0, State::kBadLength},
                            {"0007", 7, State::kBadLength},
                            {"0008", 8, State::kReady},
                            {"0009", 9, State::kReady},
                            {"fffe", 65534, State::kReady},
                            {"FFFF", 65535, State::kReady}}) {
    HeaderReader reader;
    EXPECT_EQ(feed_all(reader, framed(c.digits, std::string(c.size, 'x'))), c.state) << c.digits;
    if (c.state == State::kReady) {
      EXPECT_EQ(reader.header().size(), c.size);
    }
  }
}

}  // namespace
}  // namespace mnm::net
