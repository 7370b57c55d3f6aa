// The fields of each kind of event, as schema.cc has them.
#include <array>

#include "base/text.h"
#include "common/duration.h"
#include "common/terminal.h"
#include "mnmlog/event_view.h"

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

// One event's fact into a sink: on() for each kind.
class FactFields {
 public:
  FactFields(Lsn lsn, const Names& names, FieldSink& sink)
      : lsn_(lsn), names_(names), sink_(sink) {}

  void on(const event::Started& fact) {
    sink_.text("boot_id", hex_encode(fact.boot_id()));
    sink_.text("version", fact.version());
    sink_.text("config_digest", hex_encode(fact.config_digest()));
  }
  void on(const event::EpochStarted& fact) {
    sink_.number("new_epoch", fact.epoch());
    sink_.number("previous_epoch", fact.previous_epoch());
    sink_.number("previous_lsn", fact.previous_lsn());
    sink_.text("previous_chain", hex_encode(fact.previous_chain()));
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
    sink_.text("group", names_.gid(GroupNo(fact.group())));
    sink_.flag("creates_group", !fact.gid().empty());
    user("user", fact.user());
    sink_.text("alias", fact.alias());
    sink_.text("status", status_name(fact.status()));
    sink_.text("act", fact.act());
  }
  void on(const event::OhiEdited& fact) {
    sink_.text("list_edit", fact.type());
    std::vector<std::string> targets;
    for (const std::uint32_t target : fact.targets()) targets.push_back(names_.uid(UserNo(target)));
    sink_.list("targets", targets);
  }
  void on(const event::Stored& fact);
  void on(const event::Acked& fact) {
    if (!sink_.wants("msgids")) return;
    std::vector<std::string> ids;
    for (const std::uint64_t id : fact.ids()) ids.push_back(message_id(Lsn(id)));
    sink_.list("msgids", ids);
  }
  void on(const event::Expired& fact) {
    sink_.text("msgid", message_id(Lsn(fact.id())));
    nodes("nodes", fact.nodes());
    sink_.text("reason", fact.reason());
  }
  void on(const event::Withdrawn& fact) {
    sink_.text("msgid", message_id(Lsn(fact.id())));
    nodes("nodes", fact.nodes());
    sink_.text("reason", fact.reason());
    sink_.flag("recalled", fact.recalled());
  }
  void on(const event::BackedUp& fact) {
    sink_.number("through_lsn", fact.lsn());
    sink_.number("through_epoch", fact.epoch());
    sink_.text("through_chain", hex_encode(fact.chain()));
    sink_.text("directory", fact.directory());
    sink_.number("octets", fact.octets());
    sink_.flag("with_secrets", fact.with_secrets());
  }
  void on(const event::Trimmed& fact) {
    sink_.number("through_lsn", fact.lsn());
    sink_.number("through_epoch", fact.epoch());
    sink_.text("through_chain", hex_encode(fact.chain()));
    sink_.text("views_digest", hex_encode(fact.digest()));
    sink_.text("base_hash", hex_encode(fact.base_hash()));
    sink_.text("range", hex_encode(fact.range()));
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

 private:
  void user(std::string_view name, std::uint32_t number) {
    if (sink_.wants(name)) sink_.text(name, names_.uid(UserNo(number)));
  }
  void node(std::string_view name, std::uint32_t number) {
    if (sink_.wants(name)) sink_.text(name, names_.node_id(NodeNo(number)));
  }
  template <class Deltas>
  void nodes(std::string_view name, const Deltas& deltas) {
    if (!sink_.wants(name)) return;
    std::vector<std::string> list;
    state::for_each_delta<NodeNo>(deltas,
                                  [&](NodeNo number) { list.push_back(names_.node_id(number)); });
    sink_.list(name, list);
  }

  Lsn lsn_;
  const Names& names_;
  FieldSink& sink_;
};

void FactFields::on(const event::Stored& fact) {
  sink_.text("msgid", message_id(lsn_));
  sink_.text("kind", kind_name(fact.kind()));
  sink_.number("data_bytes", fact.data_bytes());
  sink_.number("row_bytes", fact.row_bytes());
  sink_.number("recipient_count", static_cast<std::uint64_t>(fact.recipients_size()));
  nodes("recipients", fact.recipients());
  if (fact.over_quota_size() > 0) nodes("over_quota", fact.over_quota());
  if (fact.targets_size() > 0 && sink_.wants("targets")) {
    std::vector<std::string> targets;
    for (const event::Target& target : fact.targets()) {
      targets.push_back(target.group() != 0 ? "group:" + names_.gid(GroupNo(target.group()))
                                            : names_.uid(UserNo(target.user())));
    }
    sink_.list("targets", targets);
  }
  for (const event::Target& target : fact.targets()) {
    if (target.exclude_self()) {
      sink_.flag("excludes_self", true);
      break;
    }
  }
  if (fact.post_id() != 0) sink_.text("post_msgid", message_id(Lsn(fact.post_id())));
  sink_.flag("body_file", fact.file_serial() != 0);
  sink_.flag("counts_as_ping", fact.counts_as_ping());
  if (!fact.commitment().empty() && sink_.wants("commitment")) {
    sink_.text("commitment", hex_encode(fact.commitment()));
  }
}

void visit_fact(const EventView& view, FactFields fields) {
  const Event& event = view.event;
  switch (event.fact_case()) {
    case Event::kStarted:
      return fields.on(event.started());
    case Event::kEpochStarted:
      return fields.on(event.epoch_started());
    case Event::kTick:
      return fields.on(event.tick());
    case Event::kRegistered:
      return fields.on(event.registered());
    case Event::kLoggedIn:
      return fields.on(event.logged_in());
    case Event::kSessionEnded:
      return fields.on(event.session_ended());
    case Event::kRefused:
      return fields.on(event.refused());
    case Event::kNodeAdded:
      return fields.on(event.node_added());
    case Event::kNodeDropAnnounced:
      return fields.on(event.node_drop_announced());
    case Event::kNodeDropVetoed:
      return fields.on(event.node_drop_vetoed());
    case Event::kNodeDropped:
      return fields.on(event.node_dropped());
    case Event::kAliasAdded:
      return fields.on(event.alias_added());
    case Event::kAliasRetired:
      return fields.on(event.alias_retired());
    case Event::kMemberSet:
      return fields.on(event.member_set());
    case Event::kOhiEdited:
      return fields.on(event.ohi_edited());
    case Event::kStored:
      return fields.on(event.stored());
    case Event::kAcked:
      return fields.on(event.acked());
    case Event::kExpired:
      return fields.on(event.expired());
    case Event::kWithdrawn:
      return fields.on(event.withdrawn());
    case Event::kBackedUp:
      return fields.on(event.backed_up());
    case Event::kTrimmed:
      return fields.on(event.trimmed());
    case Event::kReceiveOnlySet:
      return fields.on(event.receive_only_set());
    case Event::kSuppressed:
      return fields.on(event.suppressed());
    case Event::FACT_NOT_SET:
      return;
  }
}

void visit_actor(const event::Actor& actor, const Names& names, FieldSink& sink) {
  if (actor.user() != 0 && sink.wants("actor")) sink.text("actor", names.uid(UserNo(actor.user())));
  if (actor.node() != 0 && sink.wants("actor_node")) {
    sink.text("actor_node", names.node_id(NodeNo(actor.node())));
  }
  if (actor.session() != 0) sink.number("session", actor.session());
  if (actor.transport() != event::TRANSPORT_NONE) {
    sink.text("transport", transport_name(actor.transport()));
  }
  if (!actor.peer().empty()) sink.text("peer", actor.peer());
}

}  // namespace

void visit_fields(const EventView& view, const Names& names, FieldSink& sink) {
  const Event& event = view.event;
  sink.number("lsn", view.lsn.value());
  sink.number("epoch", view.epoch.value());
  if (sink.wants("time")) {
    std::string time;
    tools::append_time_exact(time, event.time_ns());
    sink.text("time", time);
  }
  sink.text("event", event_name(event));
  if (const std::string_view op = op_name(event); !op.empty()) sink.text("op", op);
  visit_actor(event.actor(), names, sink);
  if (!event.cause().empty()) {
    if (tools::is_utf8(event.cause())) {
      sink.text("cause", event.cause());
    } else {
      sink.text("cause_hex", hex_encode(event.cause()));
    }
  }
  visit_fact(view, FactFields(view.lsn, names, sink));
  if (sink.wants("what")) sink.text("what", sentence(view, names));
}

}  // namespace mnm::mnmlog
