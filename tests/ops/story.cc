#include "ops/story.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <type_traits>

#include "base/text.h"
#include "ops/lookalikes.h"
#include "ops/same_views.h"

namespace mnm::ops {

std::vector<std::string> Outcome::facts() const {
  std::vector<std::string> names;
  for (const event::Event& event : events) {
    const auto* fact = event::Event::descriptor()->FindOneofByName("fact");
    names.push_back(event.GetReflection()->GetOneofFieldDescriptor(event, fact)->name());
  }
  return names;
}

std::string Outcome::error() const {
  for (const Told& one : told) {
    if (one.session != asked_by) continue;
    if (const auto* answer = std::get_if<Acknowledged>(&one.effect)) return answer->error;
    if (const auto* answer = std::get_if<Updated>(&one.effect)) return answer->error;
    if (const auto* answer = std::get_if<Registered>(&one.effect)) return answer->error;
    if (const auto* answer = std::get_if<Dismissed>(&one.effect)) return answer->text;
    if (std::holds_alternative<LoggedIn>(one.effect)) return {};
  }
  return "none";
}

Lsn Outcome::shown() const {
  const auto answers = told_to<Acknowledged>(asked_by);
  return answers.empty() ? Lsn() : answers.front().message;
}

Body World::body(std::string_view text) {
  Body body;
  body.size = text.size();
  if (!text.empty()) body.bytes = std::make_shared<const std::string>(text);
  body.digest = sha256(text);
  body.salt = "0123456789abcdef";
  return body;
}

Hash World::verifier(const std::string& uid, const std::string& secret) {
  return sha256(uid + secret);
}

FreshSecret World::fresh_secret(const std::string& uid) {
  const std::string text = fmt::format("{:040}", ++serial_);
  return {text, verifier(uid, text)};
}

Client World::registers(Dialect dialect, const std::string& alias) {
  Client client;
  client.dialect = dialect;
  client.uid = fmt::format("U{:031}", ++serial_);
  client.session = last_session_ = next(last_session_);
  Register command{
      .node_name = "first", .alias = {}, .uid = client.uid, .secret = fresh_secret(client.uid)};
  if (!alias.empty()) command.alias = alias;
  client.secret = command.secret.text;
  const Outcome outcome = ask(client, command, {.nameless = true});
  client.node = outcome.attached;
  client.user = views_.node(client.node).user;
  return client;
}

Client World::logs_in(Client client) {
  client.session = last_session_ = next(last_session_);
  ask(client, Login{client.uid, verifier(client.uid, client.secret)}, {.nameless = true});
  return client;
}

Client World::adds_node(const Client& client) {
  UserEdit edit;
  edit.new_node = "another";
  edit.secret = fresh_secret(client.uid);
  if (client.dialect == Dialect::kMmtp) {
    edit.credentials = {client.uid, verifier(client.uid, client.secret)};
  }
  EXPECT_EQ(ask(client, edit).error(), "");
  Client added = client;
  added.node = views_.user(client.user).nodes.back();
  added.ordinal = views_.node(added.node).ordinal.value();
  added.secret = edit.secret.text;
  return logs_in(added);
}

Outcome World::ask(const Client& client, Command command, Manner manner) {
  Request request;
  request.session = client.session;
  request.dialect = client.dialect;
  if (!manner.nameless) {
    request.id = manner.id.empty() ? fmt::format("r{}", ++serial_) : manner.id;
  }
  request.retry = manner.retry;
  const auto* ohi = std::get_if<OhiEdit>(&command);
  const bool stores = ohi == nullptr || ohi->type != OhiType::kInit;
  request.command = std::move(command);
  if (stores && client.node) {
    const auto which = std::to_string(request.command.index());
    request.digest = sha256(which + request.id);
  }
  const auto account = accounts_.find(client.session);
  if (account == accounts_.end()) {
    const bool needs_none = std::holds_alternative<Register>(request.command) ||
                            std::holds_alternative<Login>(request.command) ||
                            std::holds_alternative<TurnedDown>(request.command) ||
                            std::holds_alternative<Lost>(request.command);
    // As in the engine: what a session that has ended asks means nothing.
    return needs_none ? decide_and_fold(request, UserNo(), NodeNo()) : Outcome{};
  }
  return decide_and_fold(request, views_.node(account->second).user, account->second);
}

Outcome World::decide_and_fold(const Request& request, UserNo user, NodeNo node) {
  google::protobuf::Arena arena;
  Decision decision(next_, arena);
  std::optional<Lookalikes> lookalikes;
  if (limits.distinct_aliases) lookalikes.emplace(views_);
  const Context context{.views = views_,
                        .limits = limits,
                        .request = request,
                        .now_ns = now_ns_ += 1'000'000,
                        .user = user,
                        .node = node,
                        .sessions = counts_,
                        .disk_low = disk_low,
                        .lookalikes = lookalikes ? &*lookalikes : nullptr};
  decide_request(context, decision);
  if (decision.refused && budget_spent) {
    std::erase_if(decision.events, [](const event::Event* event) { return event->has_refused(); });
  }

  Outcome outcome;
  outcome.asked_by = request.session;
  outcome.told = decision.told;
  outcome.attached = decision.attached;
  outcome.stray_acks = decision.stray_acks;
  for (NewRow& row : decision.rows) {
    EXPECT_EQ(row.head, encode_row_head(row.message->header()));
    EXPECT_TRUE(rows_.emplace(row.message->id(), row.message).second);
  }
  for (const event::Event* event : decision.events) {
    if (event->has_stored()) outcome.stored.push_back(next_);
    outcome.events.push_back(*event);
    fold(*event);
  }
  keep_book(request, decision);
  return outcome;
}

void World::fold(const event::Event& event) {
  history_.push_back(event.SerializeAsString());
  state::Changes changes;
  changes.track = true;
  views_.evolve(next_, event, changes);
  partial_.fold(next_, event);
  next_ = next(next_);
  for (const log::MessagePurge& purge : changes.purges) {
    EXPECT_EQ(rows_.erase(purge.id), 1U) << "purged, but has no row: " << message_id(purge.id);
    purged_.push_back(purge.id);
  }
  state::RowWriter(views_, testing::into(checkpoint_)).write_touched(changes);
}

// Which session is whose: what the engine keeps.
void World::keep_book(const Request& request, const Decision& decision) {
  if (decision.attached) accounts_[request.session] = decision.attached;
  if (std::holds_alternative<Lost>(request.command)) accounts_.erase(request.session);
  for (const Told& told : decision.told) {
    if (std::holds_alternative<Dismissed>(told.effect)) accounts_.erase(told.session);
  }
}

Outcome World::posts(const Client& from, std::vector<Target> to, std::string_view text) {
  Post post;
  post.to = std::move(to);
  post.body = body(text);
  return ask(from, std::move(post));
}

Outcome World::pings(const Client& from, const std::string& alias, const std::string& to) {
  return ask(from, Ping{alias, to, body("hi")});
}

Outcome World::invites(const Client& from, const std::string& gid, const std::string& alias,
                       const std::string& to) {
  return ask(from, GroupInvite{gid, alias, to, body("join us")});
}

Outcome World::edits_group(const Client& who, GroupAct act, const std::string& gid,
                           const std::string& alias) {
  GroupEdit edit{.act = act, .gid = gid, .new_alias = {}, .to = {}};
  (act == GroupAct::kDrop ? edit.to : edit.new_alias) = alias;
  return ask(who, edit);
}

void World::reads_all(const Client& who) {
  for (const Lsn id : waiting(who)) acks(who, id);
}

Outcome World::ticks(unsigned hours) {
  Outcome outcome;
  Request request;
  request.command = TickHour{};
  for (unsigned i = 0; i < hours; ++i) outcome = decide_and_fold(request, UserNo(), NodeNo());
  return outcome;
}

Outcome World::sets_receive_only(const std::string& uid, bool on) {
  return administers(SetReceiveOnly{uid, on});
}

Outcome World::administers(Command command) {
  Request request;
  request.origin = std::make_shared<const Origin>(
      Origin{.transport = event::ADMIN, .peer = "uid=0 pid=1", .network = {}});
  request.command = std::move(command);
  return decide_and_fold(request, UserNo(), NodeNo());
}

void World::restarts() {
  event::Event event;
  event.set_schema(1);
  event.mutable_started()->set_version("test");
  fold(event);
  accounts_.clear();
}

std::vector<Lsn> World::waiting(NodeNo node) const {
  std::vector<Lsn> ids;
  for (const state::Lane lane : state::kLanes) {
    for (const std::uint64_t id : views_.node(node).queue.lane(lane).entries()) {
      ids.emplace_back(id);
    }
  }
  return ids;
}

std::vector<std::string> World::queue(const Client& who) const {
  std::vector<std::string> kinds;
  for (const Lsn id : waiting(who)) {
    std::string name = message::Kind_Name(views_.message(id)->kind);
    std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::tolower(c); });
    kinds.push_back(name);
  }
  return kinds;
}

const message::Header& World::header(Lsn id) const { return rows_.at(id)->header(); }

message::Header World::last(const Client& who, message::Kind kind) const {
  message::Header found;
  for (const Lsn id : waiting(who)) {
    if (header(id).kind() == kind) found = header(id);
  }
  return found;
}

std::string World::why_copies_differ() const {
  std::map<Lsn, std::uint32_t> copies;
  for (NodeNo node(1); node < views_.next_node(); node = next(node)) {
    const state::Queue& queue = views_.node(node).queue;
    if (views_.node(node).dropped && !queue.empty()) return "a dropped node has a queue";
    const Lsn notice = views_.node(node).login_notice;
    if (notice && !queue.contains(notice)) return "a login notice is kept that doesn't wait";
    std::uint64_t cost = 0;
    for (const state::Lane lane : state::kLanes) {
      const auto ids = queue.lane(lane).entries();
      if (std::ranges::adjacent_find(ids, std::ranges::greater_equal{}) != ids.end()) {
        return fmt::format("the queue of node {} doesn't ascend", node.value());
      }
      for (const std::uint64_t id : ids) {
        if (!views_.message(Lsn(id))) return fmt::format("{} is no message", id);
        if (state::lane_of(views_.message(Lsn(id))->kind) != lane) return "in the wrong lane";
        ++copies[Lsn(id)];
        cost += views_.message(Lsn(id))->cost_bytes();
      }
    }
    if (cost != queue.cost_bytes()) {
      return fmt::format("node {} costs {}, not {}", node.value(), cost, queue.cost_bytes());
    }
  }
  if (copies.size() != views_.message_count()) return "a message waits for nobody";
  if (copies.size() != rows_.size()) return "rows are not those of the waiting messages";
  for (const auto& [id, count] : copies) {
    const state::Message message = views_.message(id).value();
    if (message.copies != count) {
      return fmt::format("{} has {} copies, not {}", id.value(), count, message.copies);
    }
    const auto row = rows_.find(id);
    if (row == rows_.end()) return fmt::format("{} waits, but has no row", id.value());
    const std::uint64_t head_bytes = encode_row_head(row->second->header()).size();
    if (message.cost_bytes() != head_bytes + row->second->header().data_bytes()) {
      return fmt::format("{} costs something else", id.value());
    }
  }
  return {};
}

std::string World::why_reloaded_differs(const testing::RowMap& rows) const {
  state::Views loaded;
  state::Views messages;
  state::RowReader reader(loaded);
  state::RowReader message_reader(messages);
  for (const auto& [key, value] : rows) {
    const bool is_message = key.front() == static_cast<char>(state::RowClass::kMessage);
    const auto added = (is_message ? message_reader : reader).add(key, value);
    if (!added) return added.error().text;
  }
  reader.take_messages(messages);
  if (const auto done = reader.finish(views_.applied()); !done) return done.error().text;
  if (loaded.digest() != views_.digest()) return "digest";
  return why_objects_differ(views_, loaded);
}

std::string World::verify() const {
  std::string why = why_copies_differ();
  if (!why.empty()) return why;
  state::Views rebuilt;
  state::Changes changes;
  Lsn lsn;
  for (const std::string& stored : history_) {
    event::Event event;
    EXPECT_TRUE(event.ParseFromString(stored));
    rebuilt.evolve(lsn = next(lsn), event, changes);
  }
  if (rebuilt.digest() != views_.digest()) return "rebuilt: digest";
  if (why = why_objects_differ(views_, rebuilt); !why.empty()) return "rebuilt: " + why;
  if (why = why_reloaded_differs(checkpoint_); !why.empty()) return "reloaded: " + why;
  if (why = why_reloaded_differs(partial_.rows()); !why.empty()) return "folded in part: " + why;
  return {};
}

}  // namespace mnm::ops
