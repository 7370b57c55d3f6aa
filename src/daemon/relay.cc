#include "daemon/relay.h"

#include <fmt/format.h>
#include <glog/logging.h>
#include <pthread.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <filesystem>
#include <optional>
#include <thread>

#include "daemon/admin_commands.h"
#include "daemon/admin_rekey.h"
#include "daemon/admin_storage.h"
#include "daemon/disk_watch.h"
#include "daemon/head_signer.h"
#include "daemon/heartbeat.h"
#include "daemon/housekeeping.h"
#include "daemon/https_fetch.h"
#include "daemon/log_server.h"
#include "daemon/metrics.h"
#include "daemon/retention.h"
#include "daemon/retention_timer.h"
#include "daemon/secrets.h"
#include "daemon/sign_in.h"
#include "daemon/snapshot_keeper.h"
#include "daemon/web_files.h"
#include "log/disk_space.h"
#include "log/rocks_log.h"
#include "ops/base.h"
#include "ops/checkpoint.h"
#include "ops/engine.h"
#include "ops/moment_keeper.h"
#include "ops/moments.h"
#include "ops/projector.h"
#include "ops/views_ask.h"

namespace mnm::daemon {
namespace {

constexpr std::size_t kBootIdBytes = 16;
constexpr std::chrono::seconds kDiskEvery{1};  // how often the room on the disk is looked at
constexpr std::chrono::minutes kUpkeepEvery{1};
constexpr std::chrono::seconds kCheckpointWithin{30};  // one that retention waits for

ops::EngineClock system_clock() {
  using std::chrono::duration_cast;
  return {[] {
            const auto now = std::chrono::system_clock::now().time_since_epoch();
            return static_cast<std::uint64_t>(duration_cast<std::chrono::nanoseconds>(now).count());
          },
          [] {
            // To a few milliseconds, which is enough for budgets: it is asked at every request.
            timespec now{};
            (void)::clock_gettime(CLOCK_MONOTONIC_COARSE, &now);  // can't fail
            return std::uint64_t{1000} * static_cast<std::uint64_t>(now.tv_sec) +
                   static_cast<std::uint64_t>(now.tv_nsec) / 1'000'000;
          }};
}

std::int64_t utc_seconds() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::seconds>(now).count();
}

// Where people look for the operator's page, which isn't ours: see doc/console.md.
void point_to_console(net::HttpPages& pages) {
  pages.exact["/console"] = [](std::string_view, const net::HttpRespond& respond) {
    respond(net::problem(404, "mnmctl console serves the operator's page, beside the relay"));
  };
}

// The checkpoint is derived: one that can't be opened is made anew.
Result<std::unique_ptr<ops::Checkpoint>> open_checkpoint(
    const std::string& directory, const std::shared_ptr<const log::Keyring>& keyring) {
  auto opened = ops::Checkpoint::open(directory, nullptr, keyring);
  if (opened) return opened;
  LOG(WARNING) << opened.error().text << "; it is derived from the log, and made anew";
  std::error_code error;
  std::filesystem::remove_all(directory, error);
  if (error) return fail(system_error("cannot remove " + directory, error.value()));
  return ops::Checkpoint::open(directory, nullptr, keyring);
}

// What --key names; none without it. A directory that isn't sealed yet is about to be made.
Result<std::optional<log::KeySecret>> load_key(const Config& config) {
  if (config.key_file.empty()) return std::nullopt;
  auto key = log::is_sealed(config.data)
                 ? log::load_key_secret(config.key_file, "Key of " + config.data)
                 : log::load_new_key_secret(config.key_file, "New key of " + config.data);
  if (!key) return fail(key.error());
  return std::optional(std::move(*key));
}

class WholeRelay final : public Relay {
 public:
  WholeRelay(const Config& config, std::string version, RelayEvents events)
      : config_(config),
        version_(std::move(version)),
        events_(std::move(events)),
        inbox_(config.inbox_bytes_max),
        disk_(
            config.data, config.disk, [this] { return log::free_bytes(config_.data); },
            [this](bool low) { (void)inbox_.offer({.command = ops::DiskLow{low}}); }),
        disk_thread_([this](Periodic::Clock::time_point now) {
          disk_.step();
          return now + kDiskEvery;
        }),
        upkeep_([this](Periodic::Clock::time_point now) { return keep_up(now); }),
        heartbeat_(inbox_, {.stall_max = config.engine_stall_max}, events_.alive, events_.stalled) {
  }

  ~WholeRelay() override {
    if (auto stopped = stop(); !stopped) LOG(ERROR) << stopped.error().text;
  }

  Result<> open() {
    const auto key = load_key(config_);
    if (!key) return fail(key.error());
    auto store = log::open_store({.directory = config_.data,
                                  .key = *key ? &**key : nullptr,
                                  .file_bytes = ops::file_bytes_of,
                                  .keep_free_bytes = config_.disk.low_bytes / 2,
                                  .flush_at_end = true,
                                  .accepted = [this] { disk_.make_room(); }});
    if (!store) return fail(store.error());
    store_ = std::move(*store);
    auto secrets = load_secrets(config_.secrets, !store_.log->durable().lsn);
    if (!secrets) return fail(secrets.error());
    secrets_ = std::move(*secrets);
    auto checkpoint = open_checkpoint(config_.data + "/views", store_.keyring);
    if (!checkpoint) return fail(checkpoint.error());
    checkpoint_ = std::move(*checkpoint);
    if (auto opened = open_heads(); !opened) return opened;
    if (auto recovered = recover(); !recovered) return recovered;
    if (auto opened = open_doors(); !opened) return opened;
    // Last, so that a start which is refused (an address in use, say) leaves no event.
    return engine_->start(
        {.boot_id = boot_id_, .version = version_, .config_digest = config_.digest()});
  }

  void start() override {
    disk_.step();  // before the first post is taken
    disk_thread_.start();
    engine_thread_ = std::thread([this] { run_engine(); });
    tell_rekeys();
    projector_->start();
    housekeeping_->start();
    upkeep_.start();
    heartbeat_.start();
    if (sign_in_) sign_in_->start();
    heads_->start();
    server_->start();
    admin_->start();
    running_ = true;
  }

  Result<> stop() override {
    if (!std::exchange(running_, false)) return {};
    server_->drain();
    disk_thread_.stop();
    housekeeping_->stop();
    retention_->stop();
    inbox_.close();
    engine_thread_.join();
    heartbeat_.stop();  // after the engine: an end that hangs is noticed as well
    heads_->stop();     // after the last event
    // After the engine: whoever asked it something has an answer now, and isn't waited for.
    admin_->stop();
    log_server_->stop();
    upkeep_.stop();
    server_->stop();
    if (sign_in_) sign_in_->stop();
    projector_->stop();
    if (failure_) return fail(*failure_);
    return {};
  }

  Result<> reload() override {
    auto certificate = server_->reload_certificate();
    if (!certificate) LOG(ERROR) << "the certificate in use stays: " << certificate.error().text;
    if (sign_in_) {
      if (auto providers = sign_in_->reload(); !providers) {
        LOG(ERROR) << "tokens are judged as before: " << providers.error().text;
        if (certificate) return providers;
      }
    }
    return certificate;
  }
  void adopt(net::Fd socket, const net::Peer& peer) override {
    server_->adopt(std::move(socket), peer);
  }
  std::vector<std::string> addresses() const override { return server_->addresses(); }

 private:
  Result<> recover() {
    auto restored = ops::restore_views(*store_.log, *checkpoint_, bases());
    if (!restored) return fail(restored.error());
    LOG(INFO) << "recovered through LSN " << restored->views.applied().value()
              << ", the checkpoint spared " << restored->checkpoint.value();
    moments_.emplace(*store_.log, ops::moments_in(config_.data, store_.keyring),
                     ops::MomentKeeper::Options{.has_room = [this] { return !disk_.low(); }});
    projector_.emplace(
        *store_.log, *checkpoint_, *restored,
        ops::Projector::Options{
            .interval = config_.checkpoint_interval,
            .seen = [this](Lsn lsn, const event::Event& event) { event_figures_.on(lsn, event); },
            .saved = [this](ops::WholeViews& saved,
                            const log::Position& at) { moments_->offer(saved, at); }});
    metered_.emplace(*store_.log);
    engine_.emplace(*metered_, std::move(restored->views), config_.limits, system_clock());
    return {};
  }

  Result<> open_heads() {
    auto heads = HeadSigner::open(*store_.log, secrets_.head_signing,
                                  {.heads_file = config_.heads_file,
                                   .range_file = config_.data + "/heads.range",
                                   .key_file = config_.data + "/heads.pub",
                                   .trimmed = [this] { return trimmed_range(); },
                                   .interval = config_.heads_interval,
                                   .now_ns = system_clock().utc_ns});
    if (!heads) return fail(heads.error());
    heads_ = std::move(*heads);
    return {};
  }

  [[nodiscard]] ops::Bases bases() const { return ops::Bases(config_.data, store_.keyring); }

  Result<RangeState> trimmed_range() const {
    auto base = bases().latest(*store_.log, store_.log->tail() - 1);
    if (!base) return fail(base.error());
    return RangeState{std::move(base->info.range), base->info.at};
  }

  void open_retention() {
    retention_.emplace(*store_.log, bases(), admin_engine_, [this](Lsn wanted) {
      if (projector_->saved() < wanted) (void)projector_->checkpoint_now(kCheckpointWithin);
      return projector_->saved();
    });
    retention_timer_.emplace(
        RetentionTimer::Options{.keep = config_.retain, .utc_ns = system_clock().utc_ns},
        [this](const Retention::Wish& wish) -> Result<> {
          const auto done = retention_->carry_out(wish);
          if (!done) return fail(done.error());
          return {};
        },
        Periodic::Clock::now());
  }

  Result<> open_doors() {
    if (config_.auth != "off") {
      prepare_jose();
      open_fetching();
      auto sign_in = SignIn::open(config_.auth_providers, fetch_https, utc_seconds);
      if (!sign_in) return fail(sign_in.error());
      sign_in_ = std::move(*sign_in);
    }
    housekeeping_.emplace(*store_.log, inbox_,
                          Housekeeping::Options{.purge_window = config_.purge_window});
    watch_pool_.emplace("mnm-watch", 1);
    const WatchPorts watch{.inbox = inbox_,
                           .pool = *watch_pool_,
                           .log = *metered_,
                           .events = event_figures_,
                           .links = [this] { return server_->links(); },
                           .disk_low = [this] { return disk_.low(); },
                           .data = config_.data,
                           .version = version_};
    net::ServerOptions options = config_.server;
    options.http.pages = watch_pages(watch, config_.metrics);
    if (!config_.no_web) net::add_web_pages(web_files(), options.http.pages);
    options.http.admin_pages = watch_pages(watch, true);
    point_to_console(options.http.admin_pages);
    auto server = net::Server::open({.inbox = inbox_,
                                     .messages = *store_.log,
                                     .bodies = *store_.bodies,
                                     .keys = secrets_.keys,
                                     .authority = sign_in_.get()},
                                    options);
    if (!server) return fail(server.error());
    server_ = std::move(*server);
    log_server_.emplace(*store_.log,
                        [this](std::string_view question) { return ask_views(question); });
    open_retention();
    snapshot_.emplace(config_.data, *store_.snapshots, admin_engine_);
    auto commands = admin_commands({.inbox = inbox_,
                                    .log = *store_.log,
                                    .scrub = [this] { return housekeeping_->scrub(); },
                                    .sign_head = [this] { return heads_->sign(); },
                                    .checkpoint =
                                        [this](std::chrono::milliseconds within) {
                                          return projector_->checkpoint_now(within);
                                        },
                                    .heads_key = log::key_line(heads_->key()),
                                    .links = [this] { return server_->links(); },
                                    .disk_low = [this] { return disk_.low(); },
                                    .version = version_,
                                    .boot_id = boot_id_,
                                    .addresses = server_->addresses()});
    commands.emplace("metrics", metrics_command(watch, admin_engine_));
    commands.merge(storage_commands({admin_engine_, *snapshot_, *retention_,
                                     std::filesystem::absolute(config_.secrets).lexically_normal(),
                                     store_.keyring.get()}));
    auto admin = Admin::open(config_.data + "/admin.sock", std::move(commands),
                             [this](net::Fd link) { log_server_->serve(std::move(link)); });
    if (!admin) return fail(admin.error());
    admin_ = std::move(*admin);
    return {};
  }

  // Of what is durable: the engine looks between two turns.
  Result<std::string> ask_views(std::string_view question) {
    auto answer = admin_engine_.look([asked = std::string(question)](const state::Views& views) {
      return ops::answer_views(views, asked);
    });
    if (!answer) return fail(answer.error());
    return std::move(*answer);
  }

  // Right after the start, so that it is the first thing which the log says of this run.
  void tell_rekeys() {
    if (!store_.keyring) return;
    if (auto told = tell_rekeys_found(*store_.keyring, admin_engine_); !told) {
      LOG(ERROR) << "the log wasn't told of a rekey: " << told.error().text
                 << "; the next start tries again";
    }
  }

  // What an administrator left, and what is older than it is to be kept.
  Periodic::Clock::time_point keep_up(Periodic::Clock::time_point now) {
    snapshot_->sweep(now);
    retention_timer_->step(now);
    return now + kUpkeepEvery;
  }

  void run_engine() {
    (void)pthread_setname_np(pthread_self(), "mnm-engine");  // only a name
    auto ran = engine_->run(inbox_);
    if (ran) ran = engine_->end_sessions();
    if (ran) return;
    LOG(ERROR) << ran.error().text;
    failure_ = std::move(ran.error());
    inbox_.close();
    // Nobody will answer these; who waits for an Inspect learns it from its end.
    while (!inbox_.take(std::chrono::milliseconds(0)).empty()) {
    }
    events_.failed();
  }

  const Config& config_;
  const std::string version_;
  const RelayEvents events_;
  log::Store store_;
  Secrets secrets_;
  std::unique_ptr<ops::Checkpoint> checkpoint_;
  ops::Inbox inbox_;
  AdminEngine admin_engine_{inbox_};
  DiskWatch disk_;
  Periodic disk_thread_;
  Periodic upkeep_;
  Heartbeat heartbeat_;
  EventFigures event_figures_;
  std::optional<MeteredLog> metered_;
  std::optional<ops::Engine> engine_;
  std::optional<ops::MomentKeeper> moments_;
  std::optional<ops::Projector> projector_;
  std::optional<Housekeeping> housekeeping_;
  std::unique_ptr<SignIn> sign_in_;  // null: nobody vouches for newcomers
  std::unique_ptr<HeadSigner> heads_;
  std::optional<Retention> retention_;
  std::optional<SnapshotKeeper> snapshot_;
  std::optional<RetentionTimer> retention_timer_;
  std::unique_ptr<net::Server> server_;
  std::optional<net::WorkerPool> watch_pool_;  // its jobs answer to the server
  std::optional<LogServer> log_server_;
  std::unique_ptr<Admin> admin_;
  const std::string boot_id_ = random_bytes(kBootIdBytes);
  std::thread engine_thread_;
  bool running_ = false;
  std::optional<Error> failure_;  // the engine's thread's, until that has ended
};

}  // namespace

Result<std::unique_ptr<Relay>> Relay::open(const Config& config, const std::string& version,
                                           RelayEvents events) {
  auto relay = std::make_unique<WholeRelay>(config, version, std::move(events));
  if (auto opened = relay->open(); !opened) return fail(opened.error());
  return relay;
}

}  // namespace mnm::daemon
