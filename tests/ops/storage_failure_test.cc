// The disk under a running engine fails, at each of its calls in turn: the engine ends, whoever
// waits is told that the outcome is unknown, and what was answered is there after the next start.
#include <gtest/gtest.h>

#include "ops/engine.h"
#include "ops/replay.h"
#include "support/log_box.h"
#include "support/power_fs.h"

namespace mnm::ops {
namespace {

// Keeps what each session is told.
class Listener final : public Outlet {
 public:
  void post(std::vector<SessionEffects> batch) override {
    for (SessionEffects& effects : batch) {
      auto& told = told_[effects.session];
      for (Effect& effect : effects.effects) told.push_back(std::move(effect));
    }
  }
  void resume() override {}
  [[nodiscard]] const std::vector<Effect>& told(SessionId session) { return told_[session]; }

 private:
  std::map<SessionId, std::vector<Effect>> told_;
};

struct Fault {
  const char* name;
  rocksdb::IOStatus status;
  bool keeps_failing;
  bool applied;
};

class StorageFailure : public testing::TestWithParam<Fault> {
 protected:
  static constexpr int kPosts = 20;

  Request request(SessionId session, Command command, const std::string& id) {
    return {.session = session,
            .outlet = &listener_,
            .origin = origin_,
            .dialect = Dialect::kMmtp,
            .id = id,
            .digest = {},
            .retry = false,
            .command = std::move(command)};
  }
  static Request join(Request request, const std::string& uid) {
    request.command =
        Register{.node_name = "n", .alias = {}, .uid = uid, .secret = {"secret", sha256(uid)}};
    return request;
  }
  static Post letter(const std::string& uid, const std::string& text) {
    Post post;
    post.to.push_back({uid, TargetType::kUser});
    post.body = {.size = text.size(),
                 .bytes = std::make_shared<const std::string>(text),
                 .upload = nullptr,
                 .digest = sha256(text),
                 .salt = std::string(16, 's')};
    return post;
  }
  // Ann posts to Bob, each post offered when the one before was carried out, with the fault at the
  // `call`th change of a file. The ids that she was told.
  std::vector<Lsn> run(std::uint64_t call, bool& failed) {
    Engine engine(box_.log(), views(), Limits{},
                  {[] { return std::uint64_t{1}; }, [] { return std::uint64_t{1}; }});
    CHECK(engine.start({.boot_id = "boot", .version = "test"}));
    take(engine, join(request(kAnn, TickHour{}, "a"), "ann"));
    take(engine, join(request(kBob, TickHour{}, "b"), "bob"));
    PowerFs::Plan plan;
    plan.fail_at = call;
    plan.failure = GetParam().status;
    plan.keeps_failing = GetParam().keeps_failing;
    plan.applied = GetParam().applied;
    fs_->plan(plan);
    failed = false;
    for (int i = 0; i < kPosts && !failed; ++i) {
      failed = !take(engine, request(kAnn, letter("bob", std::to_string(i)), std::to_string(i)));
    }
    std::vector<Lsn> acked;
    for (const Effect& effect : listener_.told(kAnn)) {
      if (const auto* ack = std::get_if<Acknowledged>(&effect)) acked.push_back(ack->message);
    }
    return acked;
  }
  // Through run(), which is what ends the process.
  static bool take(Engine& engine, Request request) {
    Inbox inbox(1 << 20);
    (void)inbox.offer(std::move(request));
    inbox.close();
    return engine.run(inbox).has_value();
  }
  state::Views views() {
    state::Views views;
    state::Changes changes;
    CHECK(replay(box_.log(), Lsn(), views, changes));
    return views;
  }
  void expect_unknown(SessionId session) {
    ASSERT_FALSE(listener_.told(session).empty());
    const auto* last = std::get_if<Dismissed>(&listener_.told(session).back());
    ASSERT_NE(last, nullptr);
    EXPECT_NE(last->text.find("unknown"), std::string::npos) << last->text;
  }

  static constexpr SessionId kAnn{1};
  static constexpr SessionId kBob{2};
  TempDir trash_{TempDir::in_memory()};
  std::shared_ptr<PowerFs> fs_ = std::make_shared<PowerFs>(trash_.path());
  log::LogBox box_{fs_};
  Listener listener_;
  std::shared_ptr<const Origin> origin_ =
      std::make_shared<const Origin>(Origin{event::TCP, "127.0.0.1:9"});
};

TEST_P(StorageFailure, AtAnyCallEndsTheEngineAndLeavesNoFalseWord) {
  int failures = 0;
  for (std::uint64_t call = 1; call <= 2 * kPosts; call += 3) {
    fs_->plan({});
    box_.close();
    std::filesystem::remove_all(box_.directory());
    listener_ = Listener();
    box_.options().high_water_sync_ms = call % 2 == 0 ? 0 : 1000;
    box_.open();
    bool failed = false;
    const std::vector<Lsn> acked = run(call, failed);
    failures += failed ? 1 : 0;
    if (failed) {
      EXPECT_LT(acked.size(), kPosts);
      expect_unknown(kAnn);
      expect_unknown(kBob);
    }
    fs_->plan({});
    box_.close();
    box_.open();
    const state::Views restored = views();
    for (const Lsn id : acked) {
      EXPECT_TRUE(box_.log().message(id)) << "call " << call;
      EXPECT_TRUE(restored.message(id)) << "call " << call;
    }
    // Delivered is what was durable, no more.
    for (const Effect& effect : listener_.told(kBob)) {
      if (const auto* delivery = std::get_if<Delivery>(&effect)) {
        EXPECT_TRUE(restored.message(delivery->id)) << "call " << call;
      }
    }
  }
  EXPECT_GT(failures, 8) << "or the faults hit nothing";
}

INSTANTIATE_TEST_SUITE_P(
    Each, StorageFailure,
    testing::Values(Fault{"eio_once", rocksdb::IOStatus::IOError("EIO"), false, false},
                    Fault{"eio_for_ever", rocksdb::IOStatus::IOError("EIO"), true, false},
                    Fault{"eio_applied", rocksdb::IOStatus::IOError("EIO"), false, true},
                    Fault{"enospc_for_ever", rocksdb::IOStatus::NoSpace("ENOSPC"), true, false}),
    [](const auto& fault) { return std::string(fault.param.name); });

}  // namespace
}  // namespace mnm::ops
