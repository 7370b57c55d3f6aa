#include "mnmlog/message_life_json.h"

#include "common/duration.h"
#include "common/json.h"
#include "mnmlog/event_view.h"

namespace mnm::mnmlog {
namespace {

class LifeJson {
 public:
  LifeJson(const MessageLife& life, const Names& names) : life_(life), names_(names) {}

  std::string make() {
    json_.begin_object();
    head();
    json_.key("copies").begin_array();
    for (const CopyLife& copy : life_.copies) add(copy);
    json_.end_array();
    tail();
    json_.end_object();
    return out_ + "\n";
  }

 private:
  void time(std::string_view name, std::uint64_t time_ns) {
    std::string text;
    tools::append_time_exact(text, time_ns);
    json_.text(name, text);
  }
  void instant(const std::string& name, const Instant& instant) {
    if (!instant.lsn) return;
    json_.number(name + "_lsn", instant.lsn.value());
    time(name + "_time", instant.time_ns);
  }

  void head() {
    const event::Actor& actor = life_.posted.actor();
    const event::Stored& fact = life_.posted.stored();
    json_.text("msgid", message_id(life_.id));
    if (life_.epoch) json_.number("epoch", life_.epoch.value());
    time("posted_time", life_.posted.time_ns());
    json_.text("kind", kind_name(fact.kind()));
    if (actor.user() != 0) json_.text("actor", names_.uid(UserNo(actor.user())));
    if (actor.node() != 0) json_.text("actor_node", names_.node_id(NodeNo(actor.node())));
    if (actor.session() != 0) json_.number("session", actor.session());
    if (!actor.peer().empty()) json_.text("peer", actor.peer());
    json_.number("data_bytes", fact.data_bytes());
    json_.key("targets").begin_array();
    for (const event::Target& target : fact.targets()) {
      json_.text(target.group() != 0 ? "group:" + names_.gid(GroupNo(target.group()))
                                     : names_.uid(UserNo(target.user())));
    }
    json_.end_array();
  }

  void add(const CopyLife& copy) {
    constexpr std::array<std::string_view, 3> kSent = {"no", "perhaps", "yes"};
    json_.begin_object()
        .text("node", names_.node_id(copy.node))
        .text("state", copy_state_name(copy.state));
    instant("queued", copy.queued);
    json_.text("sent", kSent.at(static_cast<std::size_t>(was_sent(copy))));
    instant("ended", copy.ended);
    const std::uint64_t posted_ns = life_.posted.time_ns();
    if (copy.ended.lsn && copy.ended.time_ns >= posted_ns) {
      json_.number("took_ns", copy.ended.time_ns - posted_ns);
    }
    if (!copy.reason.empty()) json_.text("reason", copy.reason);
    json_.number("session_count", copy.session_count);
    json_.key("sessions").begin_array();
    for (const SessionSpan& span : copy.sessions) {
      json_.begin_object().number("session", span.id.value());
      instant("begun", span.begun);
      instant("ended", span.ended);
      if (span.ended.lsn) json_.text("reason", span.reason);
      if (span.counts) json_.number("sent", span.counts->sent).number("acked", span.counts->acked);
      json_.end_object();
    }
    json_.end_array().end_object();
  }

  void tail() {
    const bool waits = life_.waiting() > 0;
    std::string_view body = waits ? "missing" : "none";
    if (life_.stored) {
      body = !life_.missing_file.empty() ? "missing" : waits ? "kept" : "left_over";
    } else if (life_.last_end.lsn) {
      body = "purged";
    }
    json_.text("body", body);
    if (life_.stored) json_.number("stored_bytes", life_.row_bytes);
    instant("purged", life_.stored ? Instant{} : life_.last_end);
    json_.number("waiting", life_.waiting());
    json_.key("notices").begin_array();
    for (const Notice& notice : life_.notices) {
      json_.begin_object()
          .text("msgid", message_id(notice.id))
          .text("kind", kind_name(notice.kind))
          .end_object();
    }
    json_.end_array().key("gaps").begin_array();
    for (const std::string& gap : life_.gaps) json_.text(gap);
    json_.end_array();
    if (life_.damage) json_.text("damage", life_.damage->text);
  }

  const MessageLife& life_;
  const Names& names_;
  std::string out_;
  tools::JsonWriter json_{out_};
};

}  // namespace

std::string life_as_json(const MessageLife& life, const Names& names) {
  return LifeJson(life, names).make();
}

}  // namespace mnm::mnmlog
