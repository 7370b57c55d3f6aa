// What was promised before a log was taken back in time stays unique after it.
#include "ops/new_epoch.h"

#include <gtest/gtest.h>

#include "support/engine_house.h"

namespace mnm::ops {
namespace {

using Device = House::Device;

constexpr std::uint64_t kNsPerMs = 1'000'000;

class NewEpochOfALog : public ::testing::Test {
 protected:
  // As a restore does: nobody else has the log open.
  NewEpoch begins() {
    views_ = house.replayed();
    auto begun = begin_new_epoch(*house.log, views_, house.now_ns, "restored");
    EXPECT_TRUE(begun) << begun.error().text;
    return *begun;
  }
  log::Record record_at(Lsn lsn) {
    auto record = house.log->read(lsn);
    EXPECT_TRUE(record) << record.error().text;
    return std::move(*record);
  }
  void lose_row(Lsn id) { house.disk->messages.erase(id); }

  House house;
  state::Views views_;
};

TEST_F(NewEpochOfALog, BeginsBeyondAllThatTheOtherFutureCouldHaveGiven) {
  EXPECT_EQ(first_of_new_epoch(Lsn(7), 1'800'000'000'000 * kNsPerMs),
            Lsn(std::uint64_t{1'800'000'000'000} << 20));
  EXPECT_EQ(first_of_new_epoch(Lsn(7), 0), Lsn(8)) << "a clock that is behind";
  const Lsn ahead(std::uint64_t{1} << 62);
  EXPECT_EQ(first_of_new_epoch(ahead, 1'800'000'000'000 * kNsPerMs), next(ahead));
}

TEST_F(NewEpochOfALog, NamesWhatItFollows) {
  house.join();
  const log::Position before = house.log->durable();
  const NewEpoch begun = begins();
  EXPECT_EQ(begun.previous, before);
  EXPECT_EQ(begun.first, first_of_new_epoch(before.lsn, house.now_ns));
  EXPECT_EQ(begun.head, house.log->durable());
  EXPECT_EQ(begun.head.epoch, next(before.epoch));
  const log::Record record = record_at(begun.first);
  event::Event event;
  ASSERT_TRUE(parse_event(begun.first, record.events[0], event));
  EXPECT_EQ(event.epoch_started().previous_lsn(), before.lsn.value());
  EXPECT_EQ(event.epoch_started().previous_epoch(), before.epoch.value());
  EXPECT_EQ(event.epoch_started().previous_chain(), std::string(as_bytes(before.chain)));
  EXPECT_EQ(event.epoch_started().reason(), "restored");
  EXPECT_EQ(views_.epoch(), begun.head.epoch);
  EXPECT_EQ(views_.digest(), house.replayed().digest());
}

TEST_F(NewEpochOfALog, TwoRestoresOfOneCopyGiveNoIdTwice) {
  house.join();
  const NewEpoch first = begins();
  house.now_ns += kNsPerMs;
  EXPECT_GT(first_of_new_epoch(first.previous.lsn, house.now_ns), first.first);
}

TEST_F(NewEpochOfALog, EndsTheCopiesOfMessagesWhoseRowsAreGone) {
  Device ann = house.join();
  Device bob = house.join();
  Device eve = house.join();
  for (Device* away : {&bob, &eve}) house.lose(*away);
  const Lsn gone = house.post(ann, bob.uid, "gone");
  const Lsn kept = house.post(ann, bob.uid, "kept");
  const Lsn also_gone = house.post(ann, eve.uid, "gone, too");
  lose_row(gone);
  lose_row(also_gone);

  const NewEpoch begun = begins();

  EXPECT_EQ(begun.lost, (std::vector{gone, also_gone}));
  EXPECT_FALSE(views_.message(gone));
  EXPECT_FALSE(views_.message(also_gone));
  EXPECT_TRUE(views_.message(kept));
  EXPECT_EQ(views_.digest(), house.replayed().digest());
}

TEST_F(NewEpochOfALog, LetsARelayGoOnAboveIt) {
  Device ann = house.join();
  Device bob = house.join();
  house.lose(bob);
  const Lsn gone = house.post(ann, bob.uid, "gone");
  const Lsn kept = house.post(ann, bob.uid, "kept");
  lose_row(gone);
  const NewEpoch begun = begins();

  house.restart();
  house.login(ann);
  house.login(bob);

  EXPECT_EQ(house.delivered(bob), std::vector{kept});
  EXPECT_GT(house.post(ann, bob.uid, "new"), begun.head.lsn);
  house.ack(bob, kept);
  EXPECT_EQ(house.log->durable().epoch, begun.head.epoch);
}

TEST_F(NewEpochOfALog, SpreadsVeryManyLostCopiesOverRecords) {
  Device ann = house.join();
  std::vector<Device> crowd;
  Post post = House::letter(ann.uid, "to all");
  for (int i = 0; i < 120; ++i) {
    crowd.push_back(house.join());
    house.lose(crowd.back());
    post.to.push_back({crowd.back().uid, TargetType::kUser});
  }
  constexpr std::size_t kPosts = 900;  // 108,000 copies: more than one record's
  for (std::size_t i = 0; i < kPosts; ++i) {
    Post again = post;
    house.run(ann, std::move(again));
  }
  house.disk->messages.clear();
  const NewEpoch begun = begins();
  EXPECT_GE(begun.lost.size(), kPosts);
  EXPECT_LT(record_at(begun.first).last(), begun.head.lsn);
  EXPECT_EQ(views_.message_count(), 0u);
  EXPECT_EQ(views_.digest(), house.replayed().digest());
}

}  // namespace
}  // namespace mnm::ops
