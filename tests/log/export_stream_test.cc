// An export says when it isn't what was written.
#include "log/export_stream.h"

#include <glog/logging.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "log/record.h"

namespace mnm::log {
namespace {

class Exporting : public ::testing::Test {
 protected:
  // A base of two frames, two records, a message with a body file of two frames, one without.
  void SetUp() override {
    Position head = add_record(Position(), {"registered", "posted"});
    head = add_record(head, {"acked"});
    begin_ = {.identity = std::string(16, 'i'),
              .before = {},
              .last = head,
              .time_ns = 7,
              .with_messages = true,
              .live = true,
              .with_base = true};
    const BodyFile file{Lsn(1), 1};
    ExportWriter writer([this](std::string_view octets) -> Result<void> {
      stream_ += octets;
      frame_ends_.push_back(stream_.size());
      return {};
    });
    ASSERT_TRUE(writer.begin(begin_));
    ASSERT_TRUE(writer.add(ExportBase{"ba"}));
    ASSERT_TRUE(writer.add(ExportBase{"se"}));
    for (const Record& record : records_) ASSERT_TRUE(writer.add(record));
    ASSERT_TRUE(writer.add(ExportBody{file, "hel"}));
    ASSERT_TRUE(writer.add(ExportBody{file, "lo"}));
    ASSERT_TRUE(writer.add(ExportMessage{Lsn(2), file, "row"}));
    ASSERT_TRUE(writer.add(ExportMessage{Lsn(3), {}, ""}));
    ASSERT_TRUE(writer.end());
  }
  Position add_record(const Position& before, const std::vector<std::string_view>& events) {
    std::string stored;
    (void)encode_record({Epoch(1), next(before.lsn), before.chain, events, Salt{}}, stored);
    Result<Record> record = decode_record(std::move(stored));
    CHECK(record);
    records_.push_back(std::move(*record));
    return {Epoch(1), records_.back().last(), records_.back().chain};
  }
  // What reading `stream` to its end, `step` octets at a time, gives.
  static Result<std::vector<ExportItem>> read(const std::string& stream, std::size_t step = 4096) {
    std::size_t at = 0;
    ExportReader reader([&](char* buffer, std::size_t count) -> Result<std::size_t> {
      const std::size_t got = std::min({count, step, stream.size() - at});
      stream.copy(buffer, got, at);
      at += got;
      return got;
    });
    std::vector<ExportItem> items;
    while (items.empty() || !std::holds_alternative<ExportEnd>(items.back())) {
      Result<ExportItem> item = reader.next();
      if (!item) return fail(item.error());
      items.push_back(std::move(*item));
    }
    EXPECT_EQ(reader.offset(), stream.size());
    return items;
  }
  static ErrorCode code_of(const std::string& stream) {
    const auto items = read(stream);
    EXPECT_FALSE(items);
    return items ? ErrorCode::kUsage : items.error().code;
  }

  std::vector<Record> records_;
  ExportBegin begin_;
  std::string stream_;
  std::vector<std::size_t> frame_ends_;
};

TEST_F(Exporting, GivesBackWhatWasPutIn) {
  for (const std::size_t step : {1U, 7U, 4096U}) {
    const auto items = read(stream_, step);
    ASSERT_TRUE(items) << items.error().text;
    ASSERT_EQ(items->size(), 10U);
    const auto& begin = std::get<ExportBegin>((*items)[0]);
    EXPECT_EQ(begin.identity, begin_.identity);
    EXPECT_EQ(begin.before, begin_.before);
    EXPECT_EQ(begin.last, begin_.last);
    EXPECT_EQ(begin.time_ns, 7U);
    EXPECT_TRUE(begin.with_messages && begin.live && begin.with_base);
    EXPECT_EQ(std::get<ExportBase>((*items)[1]).octets, "ba");
    EXPECT_EQ(std::get<ExportBase>((*items)[2]).octets, "se");
    EXPECT_EQ(std::get<Record>((*items)[3]).storage, records_[0].storage);
    EXPECT_EQ(std::get<Record>((*items)[4]).chain, records_[1].chain);
    EXPECT_EQ(std::get<ExportBody>((*items)[6]).octets, "lo");
    EXPECT_EQ(std::get<ExportMessage>((*items)[7]).id, Lsn(2));
    EXPECT_EQ(std::get<ExportMessage>((*items)[7]).file, (BodyFile{Lsn(1), 1}));
    EXPECT_EQ(std::get<ExportMessage>((*items)[7]).row, "row");
    EXPECT_EQ(std::get<ExportEnd>((*items)[9]).body_bytes, 5U);
  }
}

TEST_F(Exporting, NoticesEveryFlippedBit) {
  for (std::size_t i = 0; i < stream_.size(); ++i) {
    std::string spoilt = stream_;
    spoilt[i] = static_cast<char>(spoilt[i] ^ 0x10);
    EXPECT_FALSE(read(spoilt)) << "at octet " << i;
  }
}

TEST_F(Exporting, NoticesEveryCut) {
  for (std::size_t i = 0; i < stream_.size(); ++i) {
    EXPECT_EQ(code_of(stream_.substr(0, i)), ErrorCode::kCorruption) << "after octet " << i;
  }
}

// Each frame is whole by itself: only the counts and the hash at the end can tell.
TEST_F(Exporting, NoticesAFrameThatIsMissingOrThereTwice) {
  constexpr std::size_t kWritesPerFrame = 3;  // of the writer, after the first eight octets
  for (std::size_t i = kWritesPerFrame; i + kWritesPerFrame < frame_ends_.size();
       i += kWritesPerFrame) {
    const std::size_t begin = frame_ends_[i];
    const std::size_t end = frame_ends_[i + kWritesPerFrame];
    std::string without = stream_;
    without.erase(begin, end - begin);
    EXPECT_FALSE(read(without)) << "without the frame at " << begin;
    std::string twice = stream_;
    twice.insert(end, stream_.substr(begin, end - begin));
    if (end < stream_.size()) {
      EXPECT_FALSE(read(twice)) << "twice the frame at " << begin;
    }
  }
}

// Each frame and the end are right; only their order isn't.
TEST_F(Exporting, HasItsBaseBeforeItsRecordsAndOnlyIfItSaysSo) {
  const auto written = [this](bool says, bool before, bool after) {
    std::string stream;
    ExportWriter writer([&stream](std::string_view octets) -> Result<void> {
      stream += octets;
      return {};
    });
    begin_.with_base = says;
    CHECK(writer.begin(begin_));
    if (before) CHECK(writer.add(ExportBase{"base"}));
    for (const Record& record : records_) CHECK(writer.add(record));
    if (after) CHECK(writer.add(ExportBase{"base"}));
    CHECK(writer.end());
    return stream;
  };
  EXPECT_TRUE(read(written(true, true, false)));
  EXPECT_TRUE(read(written(false, false, false)));
  EXPECT_EQ(code_of(written(true, false, false)), ErrorCode::kCorruption);
  EXPECT_EQ(code_of(written(true, false, true)), ErrorCode::kCorruption);
  EXPECT_EQ(code_of(written(false, true, false)), ErrorCode::kCorruption);
  EXPECT_EQ(code_of(written(true, true, true)), ErrorCode::kCorruption);
}

TEST_F(Exporting, NamesWhatItDoesNotKnow) {
  std::string newer = stream_;
  newer[7] = '2';
  EXPECT_EQ(code_of(newer), ErrorCode::kUnknownFormat);
  EXPECT_EQ(code_of("#!/bin/sh\necho this is something else entirely\n"), ErrorCode::kUsage);
}

TEST_F(Exporting, PassesOnAFailureOfEitherSide) {
  ExportWriter writer([](std::string_view) -> Result<void> {
    return fail(ErrorCode::kUnavailable, "the disk is full");
  });
  const Result<void> begun = writer.begin(begin_);
  ASSERT_FALSE(begun);
  EXPECT_EQ(begun.error().text, "the disk is full");
  ExportReader reader([](char*, std::size_t) -> Result<std::size_t> {
    return fail(ErrorCode::kDenied, "not yours");
  });
  const Result<ExportItem> item = reader.next();
  ASSERT_FALSE(item);
  EXPECT_EQ(item.error().code, ErrorCode::kDenied);
}

}  // namespace
}  // namespace mnm::log
