// A sentence for each kind of event.
#include <fmt/format.h>

#include "base/text.h"
#include "common/duration.h"
#include "common/terminal.h"
#include "mnmlog/event_view.h"

namespace mnm::mnmlog {
namespace {

using event::Event;
using tools::escaped;
using tools::plural;

// A post may name 10,000 recipients; a line names a few.
constexpr int kNamedMax = 4;

std::string quoted(std::string_view text) { return "\"" + escaped(text) + "\""; }
std::string hex_start(std::string_view bytes) { return hex_encode(bytes.substr(0, 4)); }
template <class List, class Name>
std::string some_of(const List& list, Name name) {
  std::string out;
  int count = 0;
  for (const auto& each : list) {
    if (count == kNamedMax) {
      return out += fmt::format(" and {} more", list.size() - kNamedMax);
    }
    if (count++ > 0) out += ", ";
    out += name(each);
  }
  return out;
}

std::string targets_text(const event::Stored& fact, const Names& names) {
  return some_of(fact.targets(), [&names](const event::Target& target) {
    if (target.group() == 0) return names.user(UserNo(target.user()));
    return fmt::format("group {}{}", names.group(GroupNo(target.group())),
                       target.exclude_self() ? " without the sender" : "");
  });
}

std::string stored_text(Lsn lsn, const event::Stored& fact, const Names& names) {
  std::string out;
  if (fact.kind() == message::DELIVERY) {
    out = "posted ";
  } else if (fact.kind() == message::UNDELIVERED) {
    out = "returned as undelivered ";
  } else {
    out = fmt::format("sent {} ", kind_name(fact.kind()));
  }
  out += message_id(lsn);
  if (fact.post_id() != 0) out += " about " + message_id(Lsn(fact.post_id()));
  if (fact.targets_size() > 0) out += " to " + targets_text(fact, names);
  out += " (";
  if (fact.data_bytes() > 0) out += tools::format_bytes(fact.data_bytes()) + ", ";
  out += plural(static_cast<std::uint64_t>(fact.recipients_size()), "node");
  if (fact.over_quota_size() > 0) out += fmt::format(", {} over quota", fact.over_quota_size());
  return out += ")";
}

std::string member_text(const event::MemberSet& fact, const Names& names) {
  const std::string user = names.user(UserNo(fact.user()));
  const std::string group = names.group(GroupNo(fact.group()));
  std::string out = fmt::format("group {}: {} ", group, user);
  switch (fact.status()) {
    case event::JOINED:
      out += fact.act() == "alias" ? "is called " + quoted(fact.alias())
                                   : "joined as " + quoted(fact.alias());
      break;
    case event::INVITED:
      out += "is invited as " + quoted(fact.alias());
      break;
    case event::BARRED:
      out += "is barred";
      break;
    default:
      out += "is no member any more";
  }
  if (!fact.gid().empty()) out += ", which creates the group";
  return out;
}

std::string ended_text(std::uint64_t session, const event::SessionEnded& fact) {
  std::string out = fmt::format("session {} ended: {}; sent {}, acked {}, {} left", session,
                                escaped(fact.reason()), fact.sent(), fact.acked(), fact.left());
  if (fact.stray_acks() > 0) out += fmt::format(", {} stray acks", fact.stray_acks());
  if (fact.no_change() > 0) out += fmt::format(", {} without a change", fact.no_change());
  return out;
}

std::string refused_text(const Event& event) {
  const event::Refused& fact = event.refused();
  const std::string_view op = op_name(event);  // an administrator's command has none
  std::string out =
      fmt::format("refused{}{}: {}", op.empty() ? "" : " ", op, escaped(fact.error()));
  if (!fact.detail().empty()) out += fmt::format(" ({})", escaped(fact.detail()));
  if (!fact.uid().empty()) out += fmt::format(" (uid {})", quoted(fact.uid()));
  if (fact.passing()) out += " (for now)";
  return out;
}

std::string registered_text(const event::Registered& fact) {
  std::string out =
      fmt::format("registered {} with node 1 {}{}", escaped(fact.uid()), quoted(fact.node_name()),
                  fact.receive_only() ? ", receive-only" : "");
  if (!fact.issuer().empty()) out += ", vouched for by " + escaped(fact.issuer());
  return out;
}

std::string node_added_text(const event::NodeAdded& fact, const Names& names) {
  std::string out = fmt::format("added node {} {}", fact.ordinal(), quoted(fact.node_name()));
  if (fact.copy_of() != 0) out += ", its queue a copy of " + names.node(NodeNo(fact.copy_of()));
  return out;
}

std::string epoch_text(const event::EpochStarted& fact) {
  std::string out = fmt::format("epoch {} begins", fact.epoch());
  if (!fact.reason().empty()) out += ": " + escaped(fact.reason());
  if (fact.previous_lsn() == 0) return out;
  return out += fmt::format("; after epoch {} LSN {}", fact.previous_epoch(), fact.previous_lsn());
}

std::string expired_text(const event::Expired& fact, const Names& names) {
  std::vector<NodeNo> nodes;
  state::for_each_delta<NodeNo>(fact.nodes(), [&nodes](NodeNo node) { nodes.push_back(node); });
  return fmt::format("{} ended unacked for {}: {}", message_id(Lsn(fact.id())),
                     some_of(nodes, [&names](NodeNo node) { return names.node(node); }),
                     escaped(fact.reason()));
}

std::string withdrawn_text(const event::Withdrawn& fact, const Names& names) {
  std::vector<NodeNo> nodes;
  state::for_each_delta<NodeNo>(fact.nodes(), [&nodes](NodeNo node) { nodes.push_back(node); });
  return fmt::format(
      "{} {} {}, unacked by {}: {}", fact.recalled() ? "recalled" : "purged",
      message_id(Lsn(fact.id())), fact.recalled() ? "for its sender" : "as administrator",
      some_of(nodes, [&names](NodeNo node) { return names.node(node); }), escaped(fact.reason()));
}

std::string backed_up_text(const event::BackedUp& fact) {
  return fmt::format("backed up through LSN {} into {}, {}{}", fact.lsn(), quoted(fact.directory()),
                     tools::format_bytes(fact.octets()),
                     fact.with_secrets() ? ", with the secrets" : "");
}

std::string started_text(const event::Started& fact) {
  return fmt::format("the relay started, version {}, boot {}", escaped(fact.version()),
                     hex_start(fact.boot_id()));
}

std::string rekeyed_text(const event::Rekeyed& fact) {
  std::string out = fmt::format("sealed with another key, {}; data key {} begins",
                                hex_encode(fact.key_id()), fact.data_key());
  if (fact.at_start()) {
    out += fmt::format("; found at a start, done at {}",
                       tools::format_time(fact.utc_s() * tools::kSecondNs, tools::Zone::kUtc));
  }
  if (fact.rekeys() > 1) out += fmt::format("; the last of {}", plural(fact.rekeys(), "rekey"));
  return out;
}

std::string trimmed_text(const event::Trimmed& fact) {
  return fmt::format("gave up LSN {} to {}, {}: {}; the log begins with the base there",
                     fact.first_lsn(), fact.lsn(), plural(fact.events(), "event"),
                     escaped(fact.reason()));
}

std::string receive_only_text(const event::ReceiveOnlySet& fact, const Names& names) {
  return fmt::format("{} is {}receive-only", names.user(UserNo(fact.user())),
                     fact.on() ? "" : "no longer ");
}

std::string suppressed_text(const event::Suppressed& fact) {
  return fmt::format("{} like it of {} not logged", plural(fact.count(), "event"),
                     quoted(fact.who()));
}

std::string announced_text(const event::NodeDropAnnounced& fact, const Names& names) {
  return fmt::format("{} is to be dropped at {} hours of uptime", names.node(NodeNo(fact.node())),
                     fact.due_uptime_hours());
}

std::string ohi_text(const event::OhiEdited& fact, const Names& names) {
  return fmt::format(
      "presence list, {}: {}", escaped(fact.type()),
      some_of(fact.targets(), [&names](std::uint32_t user) { return names.user(UserNo(user)); }));
}

std::string alias_retired_text(const event::AliasRetired& fact) {
  return fmt::format("alias {} {}", quoted(fact.alias()), fact.used() ? "is used up" : "dropped");
}

}  // namespace

std::string actor_text(const Event& event, const Names& names) {
  const event::Actor& actor = event.actor();
  if (actor.node() != 0) return names.node(NodeNo(actor.node()));
  if (actor.user() != 0) return names.user(UserNo(actor.user()));
  if (event.has_registered()) return names.user(UserNo(event.registered().user()));
  if (!actor.peer().empty()) return escaped(actor.peer());
  return actor.transport() == event::ADMIN ? "admin" : "relay";
}

std::string sentence(const EventView& view, const Names& names) {
  const Event& event = view.event;
  const auto node = [&names](std::uint32_t number) { return names.node(NodeNo(number)); };
  switch (event.fact_case()) {
    case Event::kStarted:
      return started_text(event.started());
    case Event::kEpochStarted:
      return epoch_text(event.epoch_started());
    case Event::kTick:
      return plural(event.tick().uptime_hours(), "hour") + " of uptime";
    case Event::kRegistered:
      return registered_text(event.registered());
    case Event::kLoggedIn:
      return fmt::format("logged in, session {}{}", event.actor().session(),
                         event.logged_in().takeover() ? ", taking over from the one before" : "");
    case Event::kSessionEnded:
      return ended_text(event.actor().session(), event.session_ended());
    case Event::kRefused:
      return refused_text(event);
    case Event::kNodeAdded:
      return node_added_text(event.node_added(), names);
    case Event::kNodeDropAnnounced:
      return announced_text(event.node_drop_announced(), names);
    case Event::kNodeDropVetoed:
      return node(event.node_drop_vetoed().node()) + " stays: the drop is vetoed";
    case Event::kNodeDropped:
      return node(event.node_dropped().node()) + " is dropped";
    case Event::kAliasAdded:
      return fmt::format("added alias {}{}", quoted(event.alias_added().alias()),
                         event.alias_added().once() ? ", good for once" : "");
    case Event::kAliasRetired:
      return alias_retired_text(event.alias_retired());
    case Event::kMemberSet:
      return member_text(event.member_set(), names);
    case Event::kOhiEdited:
      return ohi_text(event.ohi_edited(), names);
    case Event::kStored:
      return stored_text(view.lsn, event.stored(), names);
    case Event::kAcked:
      return "acked " +
             some_of(event.acked().ids(), [](std::uint64_t id) { return message_id(Lsn(id)); });
    case Event::kExpired:
      return expired_text(event.expired(), names);
    case Event::kWithdrawn:
      return withdrawn_text(event.withdrawn(), names);
    case Event::kBackedUp:
      return backed_up_text(event.backed_up());
    case Event::kRekeyed:
      return rekeyed_text(event.rekeyed());
    case Event::kTrimmed:
      return trimmed_text(event.trimmed());
    case Event::kReceiveOnlySet:
      return receive_only_text(event.receive_only_set(), names);
    case Event::kSuppressed:
      return suppressed_text(event.suppressed());
    case Event::FACT_NOT_SET:
      break;
  }
  return "unknown";
}

}  // namespace mnm::mnmlog
