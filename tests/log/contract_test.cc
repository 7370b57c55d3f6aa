// What every Log and BodyStore promises, whatever it is made of. A new backend joins by one more
// maker at the end.
#include <gtest/gtest.h>

#include <optional>
#include <thread>

#include "log/rocks_log.h"
#include "support/memory_log.h"
#include "support/sealed.h"
#include "support/temp_dir.h"

namespace mnm::log {
namespace {

// A place where a log lives on while it is closed.
class Home {
 public:
  virtual ~Home() = default;
  // The earlier log is gone.
  virtual void open(std::unique_ptr<BodyStore>& bodies, std::unique_ptr<Log>& log) = 0;
};

using MakeHome = std::unique_ptr<Home> (*)();

class Contract : public ::testing::TestWithParam<MakeHome> {
 protected:
  void SetUp() override {
    home_ = GetParam()();
    home_->open(bodies_, log_);
  }
  void restart() {
    log_.reset();
    bodies_.reset();
    home_->open(bodies_, log_);
  }

  Position append(std::vector<std::string> events, std::vector<MessagePut> puts = {},
                  std::vector<MessagePurge> purges = {}) {
    return append_at(Epoch(1), next(log_->durable().lsn), std::move(events), std::move(puts),
                     std::move(purges));
  }
  Position append_at(Epoch epoch, Lsn first, std::vector<std::string> events,
                     std::vector<MessagePut> puts = {}, std::vector<MessagePurge> purges = {}) {
    const std::vector<std::string_view> views(events.begin(), events.end());
    const Result<Position> position = log_->append({epoch, first, views, puts, purges});
    CHECK(position) << position.error().text;
    return *position;
  }
  [[nodiscard]] std::vector<std::string> events_from(std::uint64_t lsn) const {
    std::vector<std::string> events;
    const std::unique_ptr<Scanner> scanner = log_->scan(Lsn(lsn));
    while (true) {
      const Result<std::optional<Record>> record = scanner->next();
      CHECK(record) << record.error().text;
      if (!record->has_value()) return events;
      events.insert(events.end(), (*record)->events.begin(), (*record)->events.end());
    }
  }
  [[nodiscard]] std::string message(std::uint64_t id) const {
    const Result<std::string> value = log_->message(Lsn(id));
    if (value) return *value;
    return value.error().code == ErrorCode::kNegative ? "(none)" : value.error().text;
  }
  BodyFile upload(std::string_view body) {
    Result<std::unique_ptr<Upload>> upload = bodies_->create();
    CHECK(upload && (*upload)->append(body) && (*upload)->sync());
    (*upload)->release();
    return (*upload)->file();
  }
  [[nodiscard]] std::string body(BodyFile file) const {
    const Result<std::unique_ptr<Download>> download = bodies_->open(file);
    if (!download)
      return download.error().code == ErrorCode::kNegative ? "(none)" : download.error().text;
    return (*download)->read(0, (*download)->size()).value();
  }

  std::unique_ptr<Home> home_;
  std::unique_ptr<BodyStore> bodies_;
  std::unique_ptr<Log> log_;
};

// A put whose value is split somewhere, as the engine splits head and body.
MessagePut put(std::uint64_t id, std::string_view value, BodyFile file = {}) {
  return {Lsn(id), value.substr(0, value.size() / 2), value.substr(value.size() / 2), file};
}

using Events = std::vector<std::string>;

TEST_P(Contract, AnEmptyLogIsAtTheBeginning) {
  EXPECT_EQ(log_->durable(), Position());
  EXPECT_EQ(log_->tail(), Lsn());
  EXPECT_EQ(events_from(0), Events());
  EXPECT_EQ(log_->read(Lsn(1)).error().code, ErrorCode::kNegative);
  EXPECT_EQ(message(1), "(none)");
  restart();
  EXPECT_EQ(log_->durable(), Position());
}

TEST_P(Contract, WhatIsAppendedIsDurableAndReadInOrder) {
  EXPECT_EQ(append({"a", "b"}).lsn, Lsn(2));
  const Position head = append({"c"});
  EXPECT_EQ(head.lsn, Lsn(3));
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(log_->durable(), head);
    EXPECT_EQ(log_->tail(), Lsn(1));
    EXPECT_EQ(events_from(1), (Events{"a", "b", "c"}));
    restart();
  }
  append({"d"});
  EXPECT_EQ(events_from(1), (Events{"a", "b", "c", "d"}));
}

TEST_P(Contract, AScanBeginsWithTheRecordThatHoldsTheLsn) {
  append({"a", "b"});
  append({"c", "d"});
  EXPECT_EQ(events_from(0), (Events{"a", "b", "c", "d"}));
  EXPECT_EQ(events_from(2), (Events{"a", "b", "c", "d"}));
  EXPECT_EQ(events_from(3), (Events{"c", "d"}));
  EXPECT_EQ(events_from(4), (Events{"c", "d"}));
  EXPECT_EQ(events_from(5), Events());
}

TEST_P(Contract, AScannerSeesWhatWasDurableWhenItWasMade) {
  append({"a"});
  const std::unique_ptr<Scanner> scanner = log_->scan(Lsn(1));
  append({"b"});
  EXPECT_TRUE(scanner->next().value().has_value());
  EXPECT_FALSE(scanner->next().value().has_value());
  EXPECT_FALSE(scanner->next().value().has_value()) << "the end stays the end";
}

TEST_P(Contract, ReadFindsTheRecordOfEachLsnAndNoOther) {
  append({"a", "b"});
  append({"c"});
  EXPECT_EQ(log_->read(Lsn(1))->first, Lsn(1));
  EXPECT_EQ(log_->read(Lsn(2))->first, Lsn(1));
  EXPECT_EQ(log_->read(Lsn(3))->events[0], "c");
  EXPECT_EQ(log_->read(Lsn(4)).error().code, ErrorCode::kNegative);
  EXPECT_EQ(log_->read(Lsn(0)).error().code, ErrorCode::kNegative);
}

TEST_P(Contract, RecordsAreChained) {
  const Position first = append({"a"});
  const Position second = append({"b"});
  EXPECT_EQ(log_->read(Lsn(1))->previous, Hash());
  EXPECT_EQ(log_->read(Lsn(2))->previous, first.chain);
  EXPECT_EQ(log_->read(Lsn(2))->chain, second.chain);
}

TEST_P(Contract, ANewEpochMayLeaveAGap) {
  append({"a"});
  append_at(Epoch(2), Lsn(100), {"b", "c"});
  EXPECT_EQ(append_at(Epoch(2), Lsn(102), {"d"}).epoch, Epoch(2));
  EXPECT_EQ(events_from(1), (Events{"a", "b", "c", "d"}));
  EXPECT_EQ(events_from(50), (Events{"b", "c", "d"}));
  EXPECT_EQ(log_->read(Lsn(50)).error().code, ErrorCode::kNegative);
  restart();
  EXPECT_EQ(log_->durable().lsn, Lsn(102));
  EXPECT_EQ(log_->durable().epoch, Epoch(2));
}

TEST_P(Contract, AMessageIsThereUntilItIsPurged) {
  append({"post", "post", "other"}, {put(1, "one"), put(2, "")});
  restart();
  EXPECT_EQ(message(1), "one");
  EXPECT_EQ(message(2), "") << "an empty value is a message too";
  EXPECT_EQ(message(3), "(none)");
  append({"ack"}, {}, {{Lsn(1), {}}});
  EXPECT_EQ(message(1), "(none)");
  restart();
  EXPECT_EQ(message(1), "(none)");
  EXPECT_EQ(message(2), "");
}

TEST_P(Contract, MessagesOfOneAppendComeAndGoEachByItself) {
  const auto said = [this] {
    std::string all;
    for (std::uint64_t id = 1; id <= 12; ++id) all += message(id) + " ";
    return all;
  };
  append(Events(6, "p"),
         {put(1, "1"), put(2, "2"), put(3, "3"), put(4, "4"), put(5, "5"), put(6, "6")});
  EXPECT_EQ(said(), "1 2 3 4 5 6 (none) (none) (none) (none) (none) (none) ");
  append({"a"}, {}, {{Lsn(4), {}}, {Lsn(2), {}}});
  append(Events(4, "p"), {put(8, "8"), put(9, ""), put(10, "10"), put(11, "11")}, {{Lsn(6), {}}});
  const std::string after = "1 (none) 3 (none) 5 (none) (none) 8  10 11 (none) ";
  EXPECT_EQ(said(), after);
  ASSERT_TRUE(log_->scrub());
  EXPECT_EQ(said(), after);
  restart();
  EXPECT_EQ(said(), after);
  append({"a"}, {}, {{Lsn(1), {}}, {Lsn(8), {}}, {Lsn(10), {}}});
  ASSERT_TRUE(log_->scrub());
  append({"a"}, {}, {{Lsn(11), {}}});
  EXPECT_EQ(said(), "(none) (none) 3 (none) 5 (none) (none) (none)  (none) (none) (none) ");
}

TEST_P(Contract, PurgesComeInAnyOrder) {
  append({"p", "p", "p"}, {put(1, "1"), put(2, "2"), put(3, "3")});
  append({"a"}, {put(4, "4")}, {{Lsn(3), {}}, {Lsn(1), {}}});
  EXPECT_EQ(message(1) + message(2) + message(3) + message(4), "(none)2(none)4");
}

TEST_P(Contract, ABodyFileGoesWithItsMessage) {
  const BodyFile kept = upload("kept");
  const BodyFile gone = upload("gone");
  append({"p", "p"}, {put(1, "1", kept), put(2, "2", gone)});
  restart();
  EXPECT_EQ(body(kept), "kept");
  EXPECT_EQ(body(gone), "gone");
  append({"a"}, {}, {{Lsn(2), gone}});
  ASSERT_TRUE(log_->scrub());
  EXPECT_EQ(body(gone), "(none)");
  EXPECT_EQ(body(kept), "kept");
  restart();
  EXPECT_EQ(body(kept), "kept");
}

TEST_P(Contract, ABodyFileThatNoMessageNamesIsSweptAtStart) {
  append({"started"});
  const BodyFile orphan = upload("orphan");
  EXPECT_EQ(body(orphan), "orphan");
  restart();
  EXPECT_EQ(body(orphan), "(none)");
}

TEST_P(Contract, AnUploadNotReleasedLeavesNothing) {
  BodyFile file;
  {
    const std::unique_ptr<Upload> upload = bodies_->create().value();
    ASSERT_TRUE(upload->append("half a bo"));
    file = upload->file();
  }
  EXPECT_EQ(body(file), "(none)");
  EXPECT_TRUE(bodies_->remove(file)) << "a file already gone is no error";
}

TEST_P(Contract, NoBodyFileNameIsUsedTwice) {
  const BodyFile first = upload("1");
  EXPECT_TRUE(first);
  EXPECT_NE(upload("2"), first);
  append({"p"}, {put(1, "1", first)});
  restart();
  EXPECT_NE(upload("3"), first);
  EXPECT_EQ(body(first), "1");
}

TEST_P(Contract, ADownloadReadsAnywhereAndOutlivesThePurge) {
  const BodyFile file = upload("0123456789");
  append({"p"}, {put(1, "1", file)});
  const std::unique_ptr<Download> download = bodies_->open(file).value();
  append({"a"}, {}, {{Lsn(1), file}});
  ASSERT_TRUE(log_->scrub());
  EXPECT_EQ(download->size(), 10u);
  EXPECT_EQ(download->read(3, 4).value(), "3456");
  EXPECT_EQ(download->read(8, 4).value(), "89");
  EXPECT_EQ(download->read(10, 4).value(), "");
  EXPECT_EQ(download->read(99, 4).value(), "");
}

TEST_P(Contract, TrimForgetsRecordsWhollyBelowAndKeepsWaitingMessages) {
  append({"a", "b"}, {put(1, "waiting")});
  append({"c", "d"});
  append({"e"});
  ASSERT_TRUE(log_->trim(Lsn(4)));
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(log_->tail(), Lsn(3));
    EXPECT_EQ(events_from(1), (Events{"c", "d", "e"}));
    EXPECT_EQ(log_->read(Lsn(2)).error().code, ErrorCode::kNegative);
    EXPECT_EQ(message(1), "waiting");
    restart();
  }
}

TEST_P(Contract, TrimAlwaysKeepsTheLastRecord) {
  append({"a"});
  const Position head = append({"b", "c"});
  ASSERT_TRUE(log_->trim(Lsn(1000)));
  EXPECT_EQ(log_->tail(), Lsn(2));
  restart();
  EXPECT_EQ(log_->durable(), head);
  append({"d"});
  EXPECT_EQ(events_from(1), (Events{"b", "c", "d"}));
}

TEST_P(Contract, AScrubKeepsAllThatIsNotPurged) {
  for (std::uint64_t i = 1; i <= 100; ++i) {
    const std::string value = "value " + std::to_string(i);
    append({"post"}, {put(i, value)});
  }
  std::vector<MessagePurge> purges;
  for (std::uint64_t i = 1; i <= 100; i += 2) purges.push_back({Lsn(i), {}});
  append({"ack"}, {}, purges);
  ASSERT_TRUE(log_->scrub());
  ASSERT_TRUE(log_->scrub());
  restart();
  EXPECT_EQ(events_from(1).size(), 101u);
  for (std::uint64_t i = 1; i <= 100; ++i) {
    EXPECT_EQ(message(i), i % 2 == 1 ? "(none)" : "value " + std::to_string(i));
  }
}

TEST_P(Contract, ReadersOnOtherThreadsSeeOnlyWholeRecordsInOrder) {
  std::atomic<bool> done = false;
  std::thread scrubber([&] {
    while (!done) CHECK(log_->scrub());
  });
  std::thread reader([&] {
    while (!done) {
      const Lsn durable = log_->durable().lsn;
      CHECK_GE(events_from(1).size(), durable.value());
    }
  });
  for (std::uint64_t i = 1; i <= 300; i += 3) {
    append({"x", "y", "z"}, {put(i, "value")},
           i > 3 ? std::vector<MessagePurge>{{Lsn(i - 3), {}}} : std::vector<MessagePurge>{});
  }
  done = true;
  scrubber.join();
  reader.join();
  EXPECT_EQ(events_from(1).size(), 300u);
}

class MemoryHome final : public Home {
 public:
  void open(std::unique_ptr<BodyStore>& bodies, std::unique_ptr<Log>& log) override {
    bodies = std::make_unique<MemoryBodyStore>(disk_, disk_->head.lsn);
    log = std::make_unique<MemoryLog>(disk_);
  }

 private:
  std::shared_ptr<MemoryDisk> disk_ = std::make_shared<MemoryDisk>();
};

INSTANTIATE_TEST_SUITE_P(Memory, Contract, ::testing::Values(+[]() -> std::unique_ptr<Home> {
                           return std::make_unique<MemoryHome>();
                         }));

class RocksHome final : public Home {
 public:
  explicit RocksHome(bool sealed = false) {
    if (sealed) key_ = testing::secret_of(testing::kKeyText);
  }
  void open(std::unique_ptr<BodyStore>& bodies, std::unique_ptr<Log>& log) override {
    OpenOptions options;
    options.directory = directory_ / "data";
    options.key = key_ ? &*key_ : nullptr;
    Result<Store> store = open_store(options);
    CHECK(store) << store.error().text;
    bodies = std::move(store->bodies);
    log = std::move(store->log);
  }

 private:
  TempDir directory_;
  std::optional<KeySecret> key_;
};

INSTANTIATE_TEST_SUITE_P(SealedRocks, Contract, ::testing::Values(+[]() -> std::unique_ptr<Home> {
                           return std::make_unique<RocksHome>(true);
                         }));
INSTANTIATE_TEST_SUITE_P(Rocks, Contract, ::testing::Values(+[]() -> std::unique_ptr<Home> {
                           return std::make_unique<RocksHome>();
                         }));

}  // namespace
}  // namespace mnm::log
