// An event as it is shown: what it is called, which op brought it about, a sentence about it, and
// its fields (schema.h).
//
// Any thread; no state.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "event.pb.h"
#include "log/log.h"
#include "mnmlog/names.h"

namespace mnm::mnmlog {

struct EventView {
  Epoch epoch;
  Lsn lsn;
  const event::Event& event;
  std::string_view bytes = {};  // as stored
};

// "stored", "acked", ...: the fact's name.
[[nodiscard]] std::string_view event_name(const event::Event& event);
// "post", "ack", ...: the request that brought it about; empty for the relay's own.
[[nodiscard]] std::string_view op_name(const event::Event& event);
// Whether --op may name it.
[[nodiscard]] bool is_op_or_event_name(std::string_view name);
[[nodiscard]] std::string_view kind_name(message::Kind kind);
[[nodiscard]] std::string_view status_name(event::MemberStatus status);

// "maria-lopez/2", "relay", or where a stranger came from. Escaped.
[[nodiscard]] std::string actor_text(const event::Event& event, const Names& names);
// What happened, without who and when. Escaped, one line.
[[nodiscard]] std::string sentence(const EventView& view, const Names& names);

// Takes an event's fields, in the order of doc/mnmlog.md.
class FieldSink {
 public:
  virtual ~FieldSink() = default;
  // Whether this one is of interest; what isn't need not be made, but may be given.
  [[nodiscard]] virtual bool wants(std::string_view name) const = 0;
  virtual void text(std::string_view name, std::string_view value) = 0;
  // A text of our own, of printable ASCII: a name of ours, a time, an id, hex.
  virtual void word(std::string_view name, std::string_view value) { text(name, value); }
  virtual void number(std::string_view name, std::uint64_t value) = 0;
  virtual void flag(std::string_view name, bool value) = 0;
  virtual void list(std::string_view name, std::span<const std::string> values) = 0;
};
// Where fields are made up; whoever visits many events keeps it, so that it has room by then.
struct FieldRoom {
  std::string text;
  std::vector<std::string> list;
};
void visit_fields(const EventView& view, const Names& names, FieldSink& sink, FieldRoom& room);
inline void visit_fields(const EventView& view, const Names& names, FieldSink& sink) {
  FieldRoom room;
  visit_fields(view, names, sink, room);
}

}  // namespace mnm::mnmlog
