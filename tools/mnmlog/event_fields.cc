// The fields of each kind of event, as schema.cc has them.
#include <array>
#include <utility>

#include "base/append.h"
#include "common/duration.h"
#include "common/terminal.h"
#include "mnmlog/event_view.h"
#include "mnmlog/json_fields.h"

namespace mnm::mnmlog {
namespace {

using event::Event;

std::string_view transport_name(event::Transport transport) {
  switch (transport) {
    case event::TCP:
      return "tcp";
    case event::TLS:
      return "tls";
    case event::UNIX:
      return "unix";
    case event::EMBEDDED:
      return "embedded";
    case event::ADMIN:
      return "admin";
    default:
      break;
  }
  // Without names in event.proto yet: net/server_address.h, which a tool doesn't include.
  constexpr std::array<std::string_view, 4> kWeb = {"http", "ws", "https", "wss"};
  const auto web = static_cast<std::size_t>(transport) - 6;
  return web < kWeb.size() ? kWeb.at(web) : "none";
}

// One event's fields into a sink. A template, so that one sink can do without virtual calls.
template <class Sink>
class FieldVisitor {
 public:
  FieldVisitor(const Names& names, Sink& sink, FieldRoom& room)
      : names_(names), sink_(sink), room_(room) {}

  void visit(const EventView& view);

 private:
  void actor(const event::Actor& actor);
  void fact_of(const Event& event);

  void on(const event::Started& fact) {
    hex("boot_id", fact.boot_id());
    sink_.text("version", fact.version());
    hex("config_digest", fact.config_digest());
  }
  void on(const event::EpochStarted& fact) {
    sink_.number("new_epoch", fact.epoch());
    sink_.number("previous_epoch", fact.previous_epoch());
    sink_.number("previous_lsn", fact.previous_lsn());
    hex("previous_chain", fact.previous_chain());
    sink_.text("reason", fact.reason());
  }
  void on(const event::Tick& fact) { sink_.number("uptime_hours", fact.uptime_hours()); }
  void on(const event::Registered& fact) {
    sink_.text("user", fact.uid());
    node("node", fact.node());
    sink_.text("node_name", fact.node_name());
    sink_.flag("receive_only", fact.receive_only());
    if (!fact.issuer().empty()) sink_.text("issuer", fact.issuer());
  }
  void on(const event::LoggedIn& fact) { sink_.flag("takeover", fact.takeover()); }
  void on(const event::SessionEnded& fact) {
    sink_.text("reason", fact.reason());
    sink_.number("sent", fact.sent());
    sink_.number("acked", fact.acked());
    sink_.number("left", fact.left());
    sink_.number("pulses", fact.pulses());
    sink_.number("stray_acks", fact.stray_acks());
    sink_.number("no_change", fact.no_change());
  }
  void on(const event::Refused& fact) {
    sink_.text("error", fact.error());
    if (!fact.uid().empty()) sink_.text("claimed_uid", fact.uid());
    sink_.flag("passing", fact.passing());
    sink_.flag("counts_as_ping", fact.counts_as_ping());
    if (!fact.detail().empty()) sink_.text("detail", fact.detail());
  }
  void on(const event::NodeAdded& fact) {
    user("user", fact.user());
    node("node", fact.node());
    sink_.number("ordinal", fact.ordinal());
    sink_.text("node_name", fact.node_name());
    if (fact.copy_of() != 0) node("copy_of", fact.copy_of());
  }
  void on(const event::NodeDropAnnounced& fact) {
    node("node", fact.node());
    sink_.number("due_uptime_hours", fact.due_uptime_hours());
  }
  void on(const event::NodeDropVetoed& fact) { node("node", fact.node()); }
  void on(const event::NodeDropped& fact) { node("node", fact.node()); }
  void on(const event::AliasAdded& fact) {
    user("user", fact.user());
    sink_.text("alias", fact.alias());
    sink_.flag("once", fact.once());
  }
  void on(const event::AliasRetired& fact) {
    user("user", fact.user());
    sink_.text("alias", fact.alias());
    sink_.flag("used", fact.used());
  }
  void on(const event::MemberSet& fact) {
    group("group", fact.group());
    sink_.flag("creates_group", !fact.gid().empty());
    user("user", fact.user());
    sink_.text("alias", fact.alias());
    sink_.word("status", status_name(fact.status()));
    sink_.text("act", fact.act());
  }
  void on(const event::OhiEdited& fact) {
    sink_.text("list_edit", fact.type());
    if (!sink_.wants("targets")) return;
    for (const std::uint32_t target : fact.targets()) names_.append_uid(item(), UserNo(target));
    end_list("targets");
  }
  void on(const event::Stored& fact);
  void on(const event::Acked& fact) {
    if (!sink_.wants("msgids")) return;
    for (const std::uint64_t id : fact.ids()) append_message_id(item(), Lsn(id));
    end_list("msgids");
  }
  void on(const event::Expired& fact) {
    id("msgid", Lsn(fact.id()));
    nodes("nodes", fact.nodes());
    sink_.text("reason", fact.reason());
  }
  void on(const event::Withdrawn& fact) {
    id("msgid", Lsn(fact.id()));
    nodes("nodes", fact.nodes());
    sink_.text("reason", fact.reason());
    sink_.flag("recalled", fact.recalled());
  }
  void on(const event::BackedUp& fact) {
    sink_.number("through_lsn", fact.lsn());
    sink_.number("through_epoch", fact.epoch());
    hex("through_chain", fact.chain());
    sink_.text("directory", fact.directory());
    sink_.number("octets", fact.octets());
    sink_.flag("with_secrets", fact.with_secrets());
  }
  void on(const event::Rekeyed& fact) {
    hex("key_id", fact.key_id());
    sink_.number("data_key", fact.data_key());
    sink_.number("keyring", fact.generation());
    made_word("rekeyed_time", [&fact](std::string& out) {
      tools::append_time_exact(out, fact.utc_s() * tools::kSecondNs);
    });
    sink_.flag("at_start", fact.at_start());
    sink_.number("rekeys", fact.rekeys());
  }
  void on(const event::Trimmed& fact) {
    sink_.number("through_lsn", fact.lsn());
    sink_.number("through_epoch", fact.epoch());
    hex("through_chain", fact.chain());
    hex("views_digest", fact.digest());
    hex("base_hash", fact.base_hash());
    hex("range", fact.range());
    sink_.number("first_lsn", fact.first_lsn());
    sink_.number("event_count", fact.events());
    sink_.text("reason", fact.reason());
  }
  void on(const event::ReceiveOnlySet& fact) {
    user("user", fact.user());
    sink_.flag("on", fact.on());
  }
  void on(const event::Suppressed& fact) {
    sink_.number("count", fact.count());
    sink_.text("who", fact.who());
  }

  void hex(std::string_view name, std::string_view bytes) {
    made_word(name, [bytes](std::string& out) { append_hex(out, bytes); });
  }
  void id(std::string_view name, Lsn lsn) {
    made_word(name, [lsn](std::string& out) { append_message_id(out, lsn); });
  }
  void user(std::string_view name, std::uint32_t number) {
    made(name, [&](std::string& out) { names_.append_uid(out, UserNo(number)); });
  }
  void node(std::string_view name, std::uint32_t number) {
    made(name, [&](std::string& out) { names_.append_node_id(out, NodeNo(number)); });
  }
  void group(std::string_view name, std::uint32_t number) {
    made(name, [&](std::string& out) { names_.append_gid(out, GroupNo(number)); });
  }
  template <class Deltas>
  void nodes(std::string_view name, const Deltas& deltas) {
    if (!sink_.wants(name)) return;
    state::for_each_delta<NodeNo>(deltas,
                                  [&](NodeNo number) { names_.append_node_id(item(), number); });
    end_list(name);
  }

  // What `append` appends.
  template <class Append>
  void made(std::string_view name, Append append) {
    if (!sink_.wants(name)) return;
    room_.text.clear();
    append(room_.text);
    sink_.text(name, room_.text);
  }
  template <class Append>
  void made_word(std::string_view name, Append append) {
    if (!sink_.wants(name)) return;
    room_.text.clear();
    append(room_.text);
    sink_.word(name, room_.text);
  }

  // The next one of a list, empty.
  std::string& item() {
    if (items_ == room_.list.size()) room_.list.emplace_back();
    room_.list[items_].clear();
    return room_.list[items_++];
  }
  void end_list(std::string_view name) {
    sink_.list(name, std::span(room_.list).first(std::exchange(items_, 0)));
  }

  const Names& names_;
  Sink& sink_;
  FieldRoom& room_;
  std::size_t items_ = 0;
  Lsn lsn_;
};

template <class Sink>
void FieldVisitor<Sink>::on(const event::Stored& fact) {
  id("msgid", lsn_);
  sink_.word("kind", kind_name(fact.kind()));
  sink_.number("data_bytes", fact.data_bytes());
  sink_.number("row_bytes", fact.row_bytes());
  sink_.number("recipient_count", static_cast<std::uint64_t>(fact.recipients_size()));
  nodes("recipients", fact.recipients());
  if (fact.over_quota_size() > 0) nodes("over_quota", fact.over_quota());
  if (fact.targets_size() > 0 && sink_.wants("targets")) {
    for (const event::Target& target : fact.targets()) {
      if (target.group() == 0) {
        names_.append_uid(item(), UserNo(target.user()));
      } else {
        names_.append_gid(item() += "group:", GroupNo(target.group()));
      }
    }
    end_list("targets");
  }
  for (const event::Target& target : fact.targets()) {
    if (target.exclude_self()) {
      sink_.flag("excludes_self", true);
      break;
    }
  }
  if (fact.post_id() != 0) id("post_msgid", Lsn(fact.post_id()));
  sink_.flag("body_file", fact.file_serial() != 0);
  sink_.flag("counts_as_ping", fact.counts_as_ping());
  if (!fact.commitment().empty()) hex("commitment", fact.commitment());
}

template <class Sink>
void FieldVisitor<Sink>::fact_of(const Event& event) {
  switch (event.fact_case()) {
    case Event::kStarted:
      return on(event.started());
    case Event::kEpochStarted:
      return on(event.epoch_started());
    case Event::kTick:
      return on(event.tick());
    case Event::kRegistered:
      return on(event.registered());
    case Event::kLoggedIn:
      return on(event.logged_in());
    case Event::kSessionEnded:
      return on(event.session_ended());
    case Event::kRefused:
      return on(event.refused());
    case Event::kNodeAdded:
      return on(event.node_added());
    case Event::kNodeDropAnnounced:
      return on(event.node_drop_announced());
    case Event::kNodeDropVetoed:
      return on(event.node_drop_vetoed());
    case Event::kNodeDropped:
      return on(event.node_dropped());
    case Event::kAliasAdded:
      return on(event.alias_added());
    case Event::kAliasRetired:
      return on(event.alias_retired());
    case Event::kMemberSet:
      return on(event.member_set());
    case Event::kOhiEdited:
      return on(event.ohi_edited());
    case Event::kStored:
      return on(event.stored());
    case Event::kAcked:
      return on(event.acked());
    case Event::kExpired:
      return on(event.expired());
    case Event::kWithdrawn:
      return on(event.withdrawn());
    case Event::kBackedUp:
      return on(event.backed_up());
    case Event::kRekeyed:
      return on(event.rekeyed());
    case Event::kTrimmed:
      return on(event.trimmed());
    case Event::kReceiveOnlySet:
      return on(event.receive_only_set());
    case Event::kSuppressed:
      return on(event.suppressed());
    case Event::FACT_NOT_SET:
      return;
  }
}

template <class Sink>
void FieldVisitor<Sink>::actor(const event::Actor& actor) {
  if (actor.user() != 0) user("actor", actor.user());
  if (actor.node() != 0) node("actor_node", actor.node());
  if (actor.session() != 0) sink_.number("session", actor.session());
  if (actor.transport() != event::TRANSPORT_NONE) {
    sink_.word("transport", transport_name(actor.transport()));
  }
  if (!actor.peer().empty()) sink_.text("peer", actor.peer());
}

template <class Sink>
void FieldVisitor<Sink>::visit(const EventView& view) {
  const Event& event = view.event;
  lsn_ = view.lsn;
  sink_.number("lsn", view.lsn.value());
  sink_.number("epoch", view.epoch.value());
  made_word("time", [&](std::string& out) { tools::append_time_exact(out, event.time_ns()); });
  sink_.word("event", event_name(event));
  if (const std::string_view op = op_name(event); !op.empty()) sink_.word("op", op);
  actor(event.actor());
  if (!event.cause().empty()) {
    if (tools::is_utf8(event.cause())) {
      sink_.text("cause", event.cause());
    } else {
      hex("cause_hex", event.cause());
    }
  }
  fact_of(event);
  if (sink_.wants("what")) sink_.text("what", sentence(view, names_));
}

}  // namespace

void visit_fields(const EventView& view, const Names& names, FieldSink& sink, FieldRoom& room) {
  FieldVisitor<FieldSink>(names, sink, room).visit(view);
}

void visit_fields(const EventView& view, const Names& names, JsonFields& sink, FieldRoom& room) {
  FieldVisitor<JsonFields>(names, sink, room).visit(view);
}

}  // namespace mnm::mnmlog
