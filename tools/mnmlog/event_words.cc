// The names of events and ops.
#include <algorithm>
#include <array>

#include "mnmlog/event_view.h"
#include "mnmlog/schema.h"

namespace mnm::mnmlog {
namespace {

using event::Event;

constexpr std::size_t kFactMax = 63;  // the highest number that a fact may have

constexpr std::array<std::string_view, 20> kOpNames = {"",
                                                       "register",
                                                       "login",
                                                       "user_edit",
                                                       "ohi_edit",
                                                       "group_invite",
                                                       "group_edit",
                                                       "post",
                                                       "post_notify",
                                                       "ping",
                                                       "ack",
                                                       "pulse",
                                                       "quit",
                                                       "set_receive_only",
                                                       "withdraw",
                                                       "end_sessions",
                                                       "drop_node",
                                                       "note_backup",
                                                       "trim",
                                                       "note_rekey"};
static_assert(event::Op_ARRAYSIZE == static_cast<int>(kOpNames.size()));

constexpr std::array<std::string_view, 10> kKindNames = {"",        "delivery",   "notify", "ping",
                                                         "invite",  "member",     "user",   "login",
                                                         "ohiedit", "undelivered"};
static_assert(message::Kind_ARRAYSIZE == static_cast<int>(kKindNames.size()));

event::Op op_of(message::Kind kind) {
  switch (kind) {
    case message::DELIVERY:
      return event::POST;
    case message::NOTIFY:
      return event::POST_NOTIFY;
    case message::PING:
      return event::PING;
    case message::INVITE:
      return event::GROUP_INVITE;
    case message::MEMBER:
      return event::GROUP_EDIT;
    case message::USER:
      return event::USER_EDIT;
    case message::LOGIN:
      return event::LOGIN;
    case message::OHIEDIT:
      return event::OHI_EDIT;
    default:
      return event::OP_NONE;
  }
}

event::Op op_of(const Event& event) {
  switch (event.fact_case()) {
    case Event::kRegistered:
      return event::REGISTER;
    case Event::kLoggedIn:
      return event::LOGIN;
    case Event::kSessionEnded:
      return event.session_ended().reason() == "quit" ? event::QUIT : event::OP_NONE;
    case Event::kRefused:
      return event.refused().op();
    case Event::kNodeAdded:
    case Event::kNodeDropAnnounced:
    case Event::kNodeDropVetoed:
    case Event::kAliasAdded:
      return event::USER_EDIT;
    case Event::kNodeDropped:
    case Event::kAliasRetired:  // the relay's own when a time is up or a ping used it
      return event.actor().user() != 0 ? event::USER_EDIT : event::OP_NONE;
    case Event::kMemberSet:
      return event.member_set().act() == "invite" ? event::GROUP_INVITE : event::GROUP_EDIT;
    case Event::kOhiEdited:
      return event::OHI_EDIT;
    case Event::kStored:
      return op_of(event.stored().kind());
    case Event::kAcked:
      return event::ACK;
    default:
      return event::OP_NONE;
  }
}

}  // namespace

std::string_view event_name(const Event& event) {
  static const auto by_fact = [] {
    std::array<std::string_view, kFactMax + 1> names;
    names.fill("unknown");
    const auto* facts = Event::descriptor()->FindOneofByName("fact");
    for (int i = 0; i < facts->field_count(); ++i) {
      names.at(static_cast<std::size_t>(facts->field(i)->number())) = facts->field(i)->name();
    }
    return names;
  }();
  return by_fact.at(static_cast<std::size_t>(event.fact_case()));
}

std::string_view op_name(const Event& event) {
  const auto op = static_cast<std::size_t>(op_of(event));
  return op < kOpNames.size() ? kOpNames.at(op) : "unknown";
}

bool is_op_or_event_name(std::string_view name) {
  return !name.empty() &&
         (find_event(name) != nullptr || std::ranges::find(kOpNames, name) != kOpNames.end());
}

std::string_view kind_name(message::Kind kind) {
  const auto index = static_cast<std::size_t>(kind);
  return index < kKindNames.size() ? kKindNames.at(index) : "unknown";
}

std::string_view status_name(event::MemberStatus status) {
  switch (status) {
    case event::JOINED:
      return "joined";
    case event::INVITED:
      return "invited";
    case event::BARRED:
      return "barred";
    default:
      return "none";
  }
}

}  // namespace mnm::mnmlog
