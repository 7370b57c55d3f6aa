// Events made by hand, appended to a real data directory as the relay would: the log, the message
// rows with their bodies, and the purges that the views ask for. For tests of the tools that read
// one.
//
// One thread. Time stands still unless moved.
#pragma once

#include <glog/logging.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "log/rocks_log.h"
#include "ops/message.h"
#include "state/views.h"

namespace mnm {

class EventLog {
 public:
  explicit EventLog(std::string directory) : directory_(std::move(directory)) { open(); }

  void open() {
    log::OpenOptions options;
    options.directory = directory_;
    options.high_water_sync_ms = 0;
    Result<log::Store> store = log::open_store(options);
    CHECK(store) << store.error().text;
    store_ = std::move(*store);
  }
  void close() {
    store_.log.reset();
    store_.bodies.reset();
  }

  // An event of the current time by this user and node, to be filled in. Belongs to the next
  // commit.
  event::Event& add(std::uint32_t user = 0, std::uint32_t node = 0) {
    event::Event& event = events_.emplace_back();
    event.set_schema(1);
    event.set_time_ns(time_ns_);
    if (user != 0) event.mutable_actor()->set_user(user);
    if (node != 0) event.mutable_actor()->set_node(node);
    return event;
  }
  void move_time(std::uint64_t seconds) { time_ns_ += seconds * 1'000'000'000; }
  [[nodiscard]] Lsn next_lsn() const { return next(head()) + events_.size(); }
  [[nodiscard]] Lsn head() const { return store_.log->durable().lsn; }

  void start() {
    event::Started& started = *add().mutable_started();
    started.set_boot_id(std::string(16, 'b'));
    started.set_version("0.1.0");
    started.set_config_digest(std::string(32, 'c'));
  }
  event::EpochStarted& begin_epoch(std::uint32_t epoch) {
    event::EpochStarted& begun = *add().mutable_epoch_started();
    begun.set_epoch(epoch);
    begun.set_previous_epoch(store_.log->durable().epoch.value());
    begun.set_previous_lsn(head().value());
    begun.set_previous_chain(std::string(as_bytes(store_.log->durable().chain)));
    begun.set_reason(epoch == 1 ? "a new log" : "restored");
    epoch_ = Epoch(epoch);
    return begun;
  }
  void register_user(std::uint32_t user, const std::string& uid, std::uint32_t node,
                     const std::string& alias = {}) {
    event::Registered& registered = *add().mutable_registered();
    registered.set_user(user);
    registered.set_uid(uid);
    registered.set_node(node);
    registered.set_node_name("phone");
    registered.set_verifier(std::string(32, 'v'));
    if (alias.empty()) return;
    event::AliasAdded& added = *add(user, node).mutable_alias_added();
    added.set_user(user);
    added.set_alias(alias);
  }
  void log_in(std::uint32_t user, std::uint32_t node, std::uint64_t session) {
    event::Event& event = add(user, node);
    event.mutable_actor()->set_session(session);
    event.mutable_actor()->set_transport(event::TCP);
    event.mutable_actor()->set_peer("192.0.2.7:4711");
    event.mutable_logged_in();
  }
  // Returns the message's id. Nodes ascend.
  Lsn post(std::uint32_t user, std::uint32_t node, const std::vector<NodeNo>& recipients,
           const std::string& body, std::vector<std::uint32_t> to_users = {}) {
    const Lsn id = next_lsn();
    Row row;
    row.id = id;
    row.header.set_kind(message::DELIVERY);
    row.header.set_posted_ns(time_ns_);
    row.header.set_data_bytes(body.size());
    row.header.set_salt(std::string(16, 's'));
    row.body = body;
    event::Stored& stored = *add(user, node).mutable_stored();
    stored.set_kind(message::DELIVERY);
    state::put_deltas(recipients, stored.mutable_recipients());
    for (const std::uint32_t to : to_users) stored.add_targets()->set_user(to);
    stored.set_data_bytes(body.size());
    const Hash sealed = ops::commitment({.digest = sha256(body), .salt = row.header.salt()});
    stored.set_commitment(sealed.data(), sealed.size());
    if (file_bodies_) put_in_file(row, stored);
    stored.set_row_bytes(static_cast<std::uint32_t>(ops::encode_row_head(row.header).size()));
    rows_.push_back(std::move(row));
    return id;
  }
  void ack(std::uint32_t user, std::uint32_t node, Lsn id) {
    add(user, node).mutable_acked()->add_ids(id.value());
  }
  // Bodies of the posts to come are files.
  void keep_bodies_in_files() { file_bodies_ = true; }

  // One record of all events added since the last one. `at`: where a new epoch begins.
  void commit(std::optional<Lsn> at = {}) {
    const Lsn first = at.value_or(next(head()));
    state::Changes changes;
    std::vector<std::string> encoded;
    Lsn lsn = first;
    for (const event::Event& event : events_) {
      encoded.push_back(event.SerializeAsString());
      views_.evolve(lsn, event, changes);
      lsn = next(lsn);
    }
    append(first, encoded, changes.purges);
  }
  void commit_if_any() {
    if (!committed()) commit();
  }
  // Whether the views are of all events.
  [[nodiscard]] bool committed() const { return events_.empty(); }
  // A record as somebody else might write it: not folded, with no regard to the views.
  void commit_unfolded(std::optional<Lsn> at = {}) {
    std::vector<std::string> encoded;
    for (const event::Event& event : events_) encoded.push_back(event.SerializeAsString());
    append(at.value_or(next(head())), encoded, {});
  }

  [[nodiscard]] log::Log& log() { return *store_.log; }
  [[nodiscard]] const state::Views& views() const { return views_; }
  [[nodiscard]] const std::string& directory() const { return directory_; }

 private:
  struct Row {
    Lsn id;
    message::Header header;
    std::string body;
    log::BodyFile file;
  };

  void put_in_file(Row& row, event::Stored& stored) {
    auto upload = store_.bodies->create();
    CHECK(upload && (*upload)->append(row.body) && (*upload)->sync());
    row.file = (*upload)->file();
    (*upload)->release();
    row.body.clear();
    row.header.set_file_boot(row.file.boot.value());
    row.header.set_file_serial(row.file.serial);
    stored.set_file_boot(row.file.boot.value());
    stored.set_file_serial(row.file.serial);
  }

  void append(Lsn first, const std::vector<std::string>& encoded,
              std::span<const log::MessagePurge> purges) {
    const std::vector<std::string_view> events(encoded.begin(), encoded.end());
    std::vector<std::string> heads;
    heads.reserve(rows_.size());
    std::vector<log::MessagePut> puts;
    for (const Row& row : rows_) {
      heads.push_back(ops::encode_row_head(row.header));
      puts.push_back({row.id, heads.back(), row.body, row.file});
    }
    const auto done = store_.log->append({epoch_, first, events, puts, purges});
    CHECK(done) << done.error().text;
    events_.clear();
    rows_.clear();
  }

  std::string directory_;
  log::Store store_;
  Epoch epoch_ = Epoch(1);
  std::uint64_t time_ns_ = 1'767'323'045'118'000'000;  // 2026-01-02T03:04:05.118Z
  std::vector<event::Event> events_;
  std::vector<Row> rows_;
  bool file_bodies_ = false;
  state::Views views_;
};

}  // namespace mnm
