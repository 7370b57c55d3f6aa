#include "mnmbench/engine_alone.h"

#include <fmt/format.h>

#include <ctime>
#include <memory>
#include <vector>

#include "base/crypto.h"
#include "base/text.h"
#include "log/record.h"
#include "log/rocks_log.h"
#include "ops/engine.h"
#include "ops/limits.h"
#include "ops/replay.h"

namespace mnm::bench {
namespace {

std::uint64_t cpu_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 +
         static_cast<std::uint64_t>(now.tv_nsec);
}

// Encodes each record as a real log does, and forgets it.
class ForgetfulLog final : public log::Log {
 public:
  explicit ForgetfulLog(Lsn head) : head_{.epoch = Epoch(head ? 1 : 0), .lsn = head} {}
  [[nodiscard]] log::Position durable() const override { return head_; }
  [[nodiscard]] Lsn tail() const override { return {}; }
  [[nodiscard]] std::unique_ptr<log::Scanner> scan(Lsn) const override { return nullptr; }
  [[nodiscard]] Result<log::Record> read(Lsn) const override { return gone(); }
  [[nodiscard]] Result<std::string> message(Lsn) const override { return gone(); }
  Result<void> trim(Lsn) override { return {}; }
  Result<void> scrub() override { return {}; }

  Result<log::Position> append(const log::AppendRequest& request) override {
    const std::uint64_t begin = cpu_ns();
    const Hash chain = log::encode_record(
        {request.epoch, request.first, head_.chain, request.events, log::Salt{}}, record_);
    head_ = {request.epoch, request.first + (request.events.size() - 1), chain};
    bytes += record_.size();
    ns += cpu_ns() - begin;
    return head_;
  }

  std::uint64_t ns = 0;
  std::uint64_t bytes = 0;

 private:
  static tl::unexpected<Error> gone() { return fail(ErrorCode::kNegative, "nothing is kept"); }
  log::Position head_;
  std::string record_;
};

constexpr const char* kGid = "everybody";

std::string uid_of(const std::string& crowd, std::size_t user) {
  return fmt::format("{}{:016}", crowd, user);
}

// Users who are the members of a group. By the engine each that joins would be told to all before.
state::Views make_club(const std::string& crowd, std::size_t users) {
  state::Views views;
  state::Changes changes;
  Lsn lsn;
  for (std::size_t i = 0; i < users; ++i) {
    const auto number = static_cast<std::uint32_t>(i + 1);
    event::Event event;
    event::Registered& user = *event.mutable_registered();
    user.set_user(number);
    user.set_node(number);
    user.set_uid(uid_of(crowd, i));
    user.set_verifier(std::string(sizeof(Hash), '\0'));
    views.evolve(lsn = next(lsn), event, changes);
    event::MemberSet& member = *event.mutable_member_set();
    member.set_group(1);
    member.set_gid(kGid);
    member.set_user(number);
    member.set_alias(uid_of(crowd, i));
    member.set_status(event::JOINED);
    views.evolve(lsn = next(lsn), event, changes);
  }
  return views;
}

class Crowd final : public ops::Outlet {
 public:
  Crowd(const EngineLoad& load, std::string name, log::Log& log, state::Views views)
      : load_(load),
        engine_(log, std::move(views), {},
                {[this] { return ++now_; }, [this] { return now_ / 1'000'000; }}),
        body_{.size = load.body_bytes,
              .bytes = std::make_shared<const std::string>(load.body_bytes, 'x'),
              .digest = sha256(std::string(load.body_bytes, 'x')),
              .salt = std::string(16, 's')},
        first_session_(log.durable().lsn.value()),
        crowd_(std::move(name)) {}

  void post(std::vector<ops::SessionEffects> effects) override {
    for (ops::SessionEffects& each : effects) effects_.push_back(std::move(each));
  }
  void resume() override {}

  // Registers the users, or logs them in.
  Result<> join() {
    if (auto started = engine_.start({.boot_id = "boot", .version = "bench"}); !started) {
      return started;
    }
    for (std::size_t i = 0; i < load_.users; ++i) {
      load_.group ? add_login(i) : add_registration(i);
      if (requests_.size() < ops::kTurnRequestsMax && i + 1 < load_.users) continue;
      if (auto turned = turn(); !turned) return turned;
      effects_.clear();
    }
    return {};
  }
  // All the turns but their last acks.
  Result<> go() {
    commands_ = engine_ns_ = 0;
    for (std::size_t i = 0; i < load_.turns; ++i) {
      add_acks();
      for (std::size_t p = 0; p < load_.posts_per_turn; ++p) add_post();
      if (auto turned = turn(); !turned) return turned;
    }
    return {};
  }
  [[nodiscard]] double commands() const { return static_cast<double>(commands_); }
  [[nodiscard]] double engine_ns() const { return static_cast<double>(engine_ns_); }
  [[nodiscard]] Lsn head() const { return engine_.durable().lsn; }

 private:
  ops::Request& add(std::size_t user, ops::Command command) {
    static const auto origin =
        std::make_shared<const ops::Origin>(ops::Origin{event::TCP, "127.0.0.1:40404"});
    ops::Request& request = requests_.emplace_back();
    request.session = SessionId(first_session_ + user + 1);
    request.outlet = this;
    request.origin = origin;
    request.id = fmt::format("{:016x}", ++requested_);
    request.command = std::move(command);
    return request;
  }
  void add_registration(std::size_t user) {
    add(user, ops::Register{.node_name = "bench", .uid = uid(user), .secret = {"secret", Hash{}}});
  }
  void add_login(std::size_t user) { add(user, ops::Login{.uid = uid(user), .verifier = {}}); }
  void add_post() {
    const std::size_t from = posted_++;
    ops::Post post;
    if (load_.group) post.to = {{kGid, ops::TargetType::kGroupWithoutSelf}};
    for (std::size_t i = 0; i < load_.fanout && !load_.group; ++i) {
      post.to.push_back({uid((from + i + 1) % load_.users), ops::TargetType::kUser});
    }
    post.body = body_;
    add(from % load_.users, std::move(post)).digest = sha256(fmt::format("{}", from));
  }
  void add_acks() {
    for (const ops::SessionEffects& session : effects_) {
      for (const ops::Effect& effect : session.effects) {
        const auto* delivery = std::get_if<ops::Delivery>(&effect);
        if (delivery == nullptr) continue;
        if (load_.no_acks) continue;
        add(session.session.value() - first_session_ - 1, ops::Ack{delivery->id});
      }
    }
    effects_.clear();
  }
  // Unlike those of earlier crowds in the same log.
  std::string uid(std::size_t user) const { return uid_of(crowd_, user); }

  Result<> turn() {
    const std::uint64_t begin = cpu_ns();
    std::span<ops::Request> left(requests_);
    while (!left.empty()) {
      const auto done = engine_.turn(left);
      if (!done) return fail(done.error());
      left = left.subspan(*done);
    }
    engine_ns_ += cpu_ns() - begin;
    commands_ += requests_.size();
    requests_.clear();
    return {};
  }

  const EngineLoad load_;
  std::uint64_t now_ = 1'800'000'000'000'000'000;
  ops::Engine engine_;
  const ops::Body body_;  // of every post
  const std::uint64_t first_session_;
  const std::string crowd_;
  std::vector<ops::Request> requests_;
  std::vector<ops::SessionEffects> effects_;
  std::uint64_t requested_ = 0;
  std::size_t posted_ = 0;
  std::uint64_t commands_ = 0;
  std::uint64_t engine_ns_ = 0;
};

std::string crowd_name() { return base32_encode(random_bytes(10)); }

}  // namespace

Result<EngineFigures> run_engine_alone(const EngineLoad& load) {
  const std::string name = crowd_name();
  state::Views views = load.group ? make_club(name, load.users) : state::Views();
  ForgetfulLog log(views.applied());
  Crowd crowd(load, name, log, std::move(views));
  if (auto joined = crowd.join(); !joined) return fail(joined.error());
  log.ns = log.bytes = 0;
  if (auto gone = crowd.go(); !gone) return fail(gone.error());
  const auto posts = static_cast<double>(load.turns * load.posts_per_turn);
  const auto record_ns = static_cast<double>(log.ns);
  const double engine_ns = crowd.engine_ns() - record_ns;
  return EngineFigures{engine_ns / crowd.commands(), record_ns / crowd.commands(),
                       engine_ns / posts, static_cast<double>(log.bytes) / posts};
}

Result<std::uint64_t> fill(const EngineLoad& load, const std::string& directory) {
  auto store = log::open_store({.directory = directory, .create = false});
  if (!store) return fail(store.error());
  state::Views views;
  state::Changes changes;
  const auto replayed = ops::replay(*store->log, Lsn(), views, changes);
  if (!replayed) return fail(replayed.error());
  const std::uint64_t before = replayed->lsn.value();
  Crowd crowd(load, crowd_name(), *store->log, std::move(views));
  if (auto joined = crowd.join(); !joined) return fail(joined.error());
  if (auto gone = crowd.go(); !gone) return fail(gone.error());
  return crowd.head().value() - before;
}

std::string as_text(const EngineLoad& load, const EngineFigures& figures) {
  return fmt::format(
      "turns of {} posts of {} octets to {} of {} users, and their acks\n"
      "engine  {:.0f} ns a command, {:.0f} ns a post with its acks\n"
      "record  {:.0f} ns a command, {:.0f} octets a post with its acks\n",
      load.posts_per_turn, load.body_bytes, load.fanout, load.users, figures.engine_ns_per_command,
      figures.engine_ns_per_post, figures.record_ns_per_command, figures.event_bytes_per_post);
}

}  // namespace mnm::bench
