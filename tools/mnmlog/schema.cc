#include "mnmlog/schema.h"

#include <array>

namespace mnm::mnmlog {
namespace {

using enum FieldType;

constexpr std::string_view kCommonFields =
    "lsn epoch time event op actor actor_node session transport peer cause cause_hex what";

constexpr std::array kFields = {
    FieldInfo{"lsn", kNumber, "the event's number in the log"},
    FieldInfo{"epoch", kNumber, "the life of the log: a restore begins a new one"},
    FieldInfo{"time", kTime, "when it was decided, by the relay's clock"},
    FieldInfo{"event", kText, "the kind of event"},
    FieldInfo{"op", kText, "the request that brought it about; absent: the relay's own doing"},
    FieldInfo{"actor", kText, "who: a uid"},
    FieldInfo{"actor_node", kText, "with which node: UID/ORDINAL"},
    FieldInfo{"session", kNumber, "in which session, from 1 at each start of the relay"},
    FieldInfo{"transport", kText, "over what: tcp, tls, unix, embedded, admin"},
    FieldInfo{"peer", kText, "from where: ADDRESS:PORT, or uid=N pid=N on a Unix socket"},
    FieldInfo{"cause", kText, "the client's request id"},
    FieldInfo{"cause_hex", kHash, "the same in hex, when it isn't UTF-8"},
    FieldInfo{"boot_id", kHash, "names one run of the relay"},
    FieldInfo{"version", kText, "of the relay's program"},
    FieldInfo{"config_digest", kHash, "SHA-256 of its settings"},
    FieldInfo{"new_epoch", kNumber, "the epoch that begins"},
    FieldInfo{"previous_epoch", kNumber, "the one before it; 0: a new log"},
    FieldInfo{"previous_lsn", kNumber, "the last LSN before it"},
    FieldInfo{"previous_chain", kHash, "the chain hash there"},
    FieldInfo{"reason", kText, "why, in words"},
    FieldInfo{"uptime_hours", kHours, "hours that the relay was up, over all starts"},
    FieldInfo{"user", kText, "the user whom it is about: a uid"},
    FieldInfo{"node", kText, "the node that it is about: UID/ORDINAL"},
    FieldInfo{"ordinal", kNumber, "the node's number among its user's"},
    FieldInfo{"node_name", kText, "as its user calls it"},
    FieldInfo{"receive_only", kFlag, "may not post, ping or invite"},
    FieldInfo{"issuer", kText, "the third party that vouched for the user"},
    FieldInfo{"takeover", kFlag, "the node's earlier session was ended for it"},
    FieldInfo{"sent", kNumber, "messages handed to the link"},
    FieldInfo{"acked", kNumber, "messages that the node acked"},
    FieldInfo{"left", kNumber, "messages that waited for the node when the session ended"},
    FieldInfo{"pulses", kNumber, "pulses, and what else changed nothing"},
    FieldInfo{"stray_acks", kNumber, "acks of what didn't wait for the node"},
    FieldInfo{"no_change", kNumber, "requests that made no event: repeated, or so already"},
    FieldInfo{"error", kText, "the text of the answer"},
    FieldInfo{"claimed_uid", kText, "the uid as a failed login gave it, at most 64 octets"},
    FieldInfo{"passing", kFlag, "may succeed later: a rate, the disk"},
    FieldInfo{"detail", kText, "what the answer doesn't say: why a token was not taken"},
    FieldInfo{"copy_of", kText, "the node whose queue the new one's began as a copy of"},
    FieldInfo{"due_uptime_hours", kHours, "when the drop happens, unless vetoed"},
    FieldInfo{"alias", kText, "a name that the user is known by"},
    FieldInfo{"once", kFlag, "good for one ping or invite"},
    FieldInfo{"used", kFlag, "retired by its use; else dropped by its user"},
    FieldInfo{"group", kText, "a group's id"},
    FieldInfo{"creates_group", kFlag, "the group exists from here on"},
    FieldInfo{"status", kText, "joined, invited, barred, none"},
    FieldInfo{"act", kText, "invite, join, alias, drop"},
    FieldInfo{"list_edit", kText, "add, drop, init"},
    FieldInfo{"targets", kList, "users named, and group:GID"},
    FieldInfo{"msgid", kText, "a message's id: its LSN as 16 hex digits"},
    FieldInfo{"kind", kText, "delivery notify ping invite member user login ohiedit undelivered"},
    FieldInfo{"data_bytes", kOctets, "size of the body"},
    FieldInfo{"row_bytes", kOctets, "what a copy costs against quotas, on top of data_bytes"},
    FieldInfo{"recipient_count", kNumber, "nodes that got a copy"},
    FieldInfo{"recipients", kList, "which"},
    FieldInfo{"over_quota", kList, "nodes that should have got a copy and were full"},
    FieldInfo{"post_msgid", kText, "the message that this one is about"},
    FieldInfo{"body_file", kFlag, "the body is a file of its own"},
    FieldInfo{"counts_as_ping", kFlag, "against the sender's limits of pings"},
    FieldInfo{"commitment", kHash, "SHA-256(salt, SHA-256(body)); the salt goes with the body"},
    FieldInfo{"msgids", kList, "messages that the actor's node has now"},
    FieldInfo{"nodes", kList, "nodes whose copies end"},
    FieldInfo{"on", kFlag, "whether it is so from now on"},
    FieldInfo{"count", kNumber, "events that were not logged"},
    FieldInfo{"who", kText, "the address, session or user that spent its budget"},
    FieldInfo{"what", kText, "the sentence of the table; in JSON only when asked for"},
    FieldInfo{"excludes_self", kFlag, "a group was named without the sender"},
    FieldInfo{"through_lsn", kNumber, "the last event of those that it is about"},
    FieldInfo{"through_epoch", kNumber, "its epoch"},
    FieldInfo{"through_chain", kHash, "the chain hash of its record"},
    FieldInfo{"directory", kText, "where the backup is, as the administrator named it"},
    FieldInfo{"octets", kOctets, "size of all its files"},
    FieldInfo{"with_secrets", kFlag, "the relay's keys are in it"},
    FieldInfo{"views_digest", kHash, "digest of the views there"},
    FieldInfo{"base_hash", kHash, "SHA-256 of the base's file"},
    FieldInfo{"range", kHash,
              "the range of all records through there: their number, and its peaks"},
    FieldInfo{"first_lsn", kNumber, "the oldest event kept until then"},
    FieldInfo{"event_count", kNumber, "events that were given up"},
    FieldInfo{"key_id", kHash, "names the operator's key, and says nothing about it"},
    FieldInfo{"data_key", kNumber, "the key in the keyring that seals what is new from then on"},
    FieldInfo{"keyring", kNumber, "how often the keyring was written"},
    FieldInfo{"rekeyed_time", kTime, "when it was sealed, by that machine's clock"},
    FieldInfo{"at_start", kFlag, "found by a start: done while no relay could tell of it"},
    FieldInfo{"rekeys", kNumber, "how many it tells of; the last one is named"},
    FieldInfo{"recalled", kFlag, "for its sender, who is told; else purged, and nobody is"},
};

constexpr std::array kEvents = {
    EventInfo{"started", "the relay began to serve; ends all sessions",
              "boot_id version config_digest"},
    EventInfo{"epoch_started", "a new log, or one restored from a backup",
              "new_epoch previous_epoch previous_lsn previous_chain reason"},
    EventInfo{"tick", "one more hour of uptime", "uptime_hours"},
    EventInfo{"registered", "a new user with its first node",
              "user node node_name receive_only issuer"},
    EventInfo{"logged_in", "the actor's node is connected", "takeover"},
    EventInfo{"session_ended", "the actor's node is no longer connected",
              "reason sent acked left pulses stray_acks no_change"},
    EventInfo{"refused", "a request was answered with an error, or a login failed",
              "error claimed_uid passing counts_as_ping detail"},
    EventInfo{"node_added", "a user has one node more", "user node ordinal node_name copy_of"},
    EventInfo{"node_drop_announced",
              "a node is to be dropped, unless one of its user's nodes vetoes it",
              "node due_uptime_hours"},
    EventInfo{"node_drop_vetoed", "it stays", "node"},
    EventInfo{"node_dropped", "its queue is gone, its password refused", "node"},
    EventInfo{"alias_added", "a user has one alias more", "user alias once"},
    EventInfo{"alias_retired", "it reaches nobody any more", "user alias used"},
    EventInfo{"member_set", "a member's state in a group after an edit",
              "group creates_group user alias status act"},
    EventInfo{"ohi_edited", "whom the actor's presence is told to", "list_edit targets"},
    EventInfo{"stored", "a message exists, and waits for its recipients",
              "msgid kind data_bytes row_bytes recipient_count recipients over_quota targets "
              "excludes_self post_msgid body_file counts_as_ping commitment"},
    EventInfo{"acked", "the actor's node has these messages", "msgids"},
    EventInfo{"expired", "copies that end without an ack", "msgid nodes reason"},
    EventInfo{"receive_only_set", "whether a user may post, ping and invite", "user on"},
    EventInfo{"suppressed", "events of the kind were counted, not logged", "count who"},
    EventInfo{"withdrawn", "an administrator purged or recalled a message that waited",
              "msgid nodes reason recalled"},
    EventInfo{"backed_up", "a backup was written, and found whole",
              "through_lsn through_epoch through_chain directory octets with_secrets"},
    EventInfo{"trimmed", "old events were given up; a base is in their place",
              "through_lsn through_epoch through_chain views_digest base_hash range first_lsn "
              "event_count reason"},
    EventInfo{"rekeyed", "the data directory was sealed with another key",
              "key_id data_key keyring rekeyed_time at_start rekeys"},
};

template <class Table>
const auto* find_in(const Table& table, std::string_view name) {
  for (const auto& each : table) {
    if (each.name == name) return &each;
  }
  return static_cast<decltype(&table[0])>(nullptr);
}

}  // namespace

std::string_view type_name(FieldType type) {
  constexpr std::array<std::string_view, 8> kNames = {"text", "number", "octets", "hours",
                                                      "time", "hex",    "flag",   "list"};
  return kNames.at(static_cast<std::size_t>(type));
}

std::span<const FieldInfo> fields() { return kFields; }
const FieldInfo* find_field(std::string_view name) { return find_in(kFields, name); }
std::span<const EventInfo> events() { return kEvents; }
const EventInfo* find_event(std::string_view name) { return find_in(kEvents, name); }
std::string_view common_fields() { return kCommonFields; }

}  // namespace mnm::mnmlog
