// A crowd of fifty on a relay to which everything is done, two or three things at a time: it is
// killed, stopped, paused, short of files, its network loses, resets and slows, its disk fills, its
// clock jumps, its nodes are taken over. What the crowd saw must be what a relay that keeps its
// promises could have shown it, and after each episode it must be answered again.
//
// MNM_SEED repeats a run's choices, MNM_EPISODES says how many there are: 2000 take an hour or
// more.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <future>

#include "nemesis/city.h"
#include "nemesis/faults.h"
#include "nemesis/private_world.h"
#include "support/number_from.h"
#include "support/soundness.h"

namespace mnm::testing {
namespace {

using ::testing::Each;
using ::testing::IsEmpty;
using ::testing::Lt;

// The log is kept, so the longer it goes on the more it takes: some 600 KiB an episode.
std::size_t disk_bytes(std::uint64_t episodes) { return (128 + 2 * episodes) << 20; }

constexpr const char* kFakeTime = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1";

// What moves the clock of all that this program starts: the file that it is told by.
std::string movable_clock(const std::string& directory) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return {};  // their run-time libraries must be loaded first
#endif
  if (!std::filesystem::exists(kFakeTime)) return {};
  const std::string file = directory + "/clock";
  std::ofstream(file) << "+0\n";
  ::setenv("LD_PRELOAD", kFakeTime, 1);
  ::setenv("FAKETIME_TIMESTAMP_FILE", file.c_str(), 1);
  ::setenv("FAKETIME_CACHE_DURATION", "1", 1);
  ::setenv("FAKETIME_DONT_FAKE_MONOTONIC", "1", 1);
  return file;
}

class Nemesis {
 public:
  Nemesis(Scene& scene, Crowd& crowd) : scene_(scene), crowd_(crowd), faults_(all_faults(scene)) {}

  // Some faults at once, for a while; then the relay must be of use again.
  void episode() {
    std::shuffle(faults_.begin(), faults_.end(), scene_.random);
    const std::size_t count = 1 + scene_.any(3);
    std::string names;
    for (std::size_t i = 0; i < count; ++i) names += (i > 0 ? ", " : "") + faults_[i]->name();
    fmt::print("{}: ", names);
    std::fflush(stdout);
    for (std::size_t i = 0; i < count; ++i) {
      faults_[i]->begin();
      crowd_.await_answers(crowd_.answers() + scene_.any(300), any_time(700));
    }
    crowd_.await_answers(crowd_.answers() + scene_.any(1000), any_time(2500));
    for (std::size_t i = 0; i < count; ++i) faults_[i]->end();
    EXPECT_TRUE(recovers()) << "not of use after: " << names;
    fmt::print("{} answers\n", crowd_.answers());
  }

 private:
  // A write that failed in the background may end the relay a little later.
  bool recovers() {
    const auto limit = std::chrono::steady_clock::now() + MnmdProcess::kPatience;
    const std::uint64_t before = crowd_.answers();
    do {
      scene_.victim.revive();
      crowd_.await_answers(before + kOfUse, std::chrono::milliseconds(100));
      if (crowd_.answers() >= before + kOfUse) return true;
    } while (std::chrono::steady_clock::now() < limit);
    return false;
  }

  static constexpr std::uint64_t kOfUse = 100;
  std::chrono::milliseconds any_time(std::uint64_t below_ms) {
    return std::chrono::milliseconds(scene_.any(below_ms));
  }

  Scene& scene_;
  Crowd& crowd_;
  std::vector<std::unique_ptr<Fault>> faults_;
};

TEST(Nemesis, CombinedFaultsLoseRepeatLeakAndReorderNothing) {
  const std::uint64_t seed = number_from("MNM_SEED", std::random_device{}());
  const std::uint64_t episodes = number_from("MNM_EPISODES", 10);
  const TempDir disk;
  if (const std::string lack = enter_private_world(disk.path(), disk_bytes(episodes));
      !lack.empty()) {
    GTEST_SKIP() << "no network and disk of its own: " << lack;
  }
  ::setenv("PATH", fmt::format("{}:/usr/sbin:/sbin", std::getenv("PATH")).c_str(), 1);
  if (std::system("nft list tables") != 0) GTEST_SKIP() << "nft is missing, or may not be used";
  fmt::print("MNM_SEED={} MNM_EPISODES={}\n", seed, episodes);
  const TempDir directory;
  const std::string clock = movable_clock(directory.path());
  ::setenv("TMPDIR", disk.path().c_str(), 1);
  RelayBox relay({"--checkpoint-interval", "500ms", "--purge-window", "1s", "--disk-low", "8MiB"});
  const City city(relay, 40, 6);
  Signpost signpost(true);
  Victim victim(relay, signpost);
  Scene scene{victim, signpost, city.members(), disk.path(), clock, std::mt19937_64(seed)};
  signpost.here(relay.tcp(), relay.local());
  Crowd crowd(city.members(), city.audiences(), seed, signpost);
  Nemesis nemesis(scene, crowd);
  for (std::uint64_t i = 0; i < episodes; ++i) nemesis.episode();
  auto rest = std::async(std::launch::async, [&] { crowd.quiet(); });
  while (rest.wait_for(std::chrono::milliseconds(100)) != std::future_status::ready) {
    victim.revive();
  }
  EXPECT_THAT(crowd.troubles(), IsEmpty());
  EXPECT_THAT(crowd.history.faults(), IsEmpty());
  EXPECT_THAT(victim.ends(), Each(Lt(128))) << relay.last_words();  // by itself, never by a signal
  const auto counts = crowd.history.counts();
  fmt::print("{} posts, {} acked, {} delivered, {} repeated, {} acks confirmed\n", counts.posted,
             counts.acked, counts.delivered, counts.repeated, counts.confirmed);
  fmt::print("the relay ended by itself {} times\n", victim.ends().size());
  EXPECT_EQ(counts.acked, counts.posted);
  EXPECT_GT(counts.confirmed, 0U);
  expect_sound(relay);
}

}  // namespace
}  // namespace mnm::testing
