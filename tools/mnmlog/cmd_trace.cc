// mnmlog trace MSGID: the life of a message, a line a node.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "common/json.h"
#include "common/program.h"
#include "common/table.h"
#include "common/terminal.h"
#include "mnmlog/command_line.h"
#include "mnmlog/message_life.h"
#include "mnmlog/message_life_json.h"

namespace mnm::mnmlog {
namespace {

// Nodes that have it are summed up when there are more; --all names them.
constexpr std::size_t kAckedShownMax = 10;

class TraceText {
 public:
  TraceText(const MessageLife& life, const Names& names, tools::Zone zone, bool all)
      : life_(life), names_(names), zone_(zone), all_(all), now_ns_(tools::now_ns()) {}

  std::string make(bool aligned) {
    head();
    table(aligned);
    if (acked_hidden_ > 0) out_ += fmt::format("and {} more that acked it\n", acked_hidden_);
    line("body", body());
    for (const Notice& notice : life_.notices) {
      line("notice", fmt::format("{}, {}", message_id(notice.id), kind_name(notice.kind)));
    }
    for (const std::string& gap : life_.gaps) line("unknown", gap);
    return std::move(out_);
  }

 private:
  void line(const std::string& name, const std::string& value) {
    tools::append_padded(out_, name, 9, false);
    out_ += value + '\n';
  }
  [[nodiscard]] std::string time(std::uint64_t time_ns) const {
    return tools::format_time(time_ns, zone_);
  }
  [[nodiscard]] std::string after_post(const Instant& instant) const {
    const std::uint64_t posted_ns = life_.posted.time_ns();
    const bool later = instant.time_ns > posted_ns;
    return "+" + tools::format_duration(later ? instant.time_ns - posted_ns : 0);
  }

  void head() {
    const EventView view{life_.epoch, life_.id, life_.posted};
    line("message", fmt::format("{}, {}, LSN {} {}", message_id(life_.id),
                                kind_name(life_.posted.stored().kind()), life_.id.value(),
                                life_.trimmed ? std::string("(given up: before the log begins)")
                                              : fmt::format("of epoch {}", life_.epoch.value())));
    const event::Actor& actor = life_.posted.actor();
    std::string by = actor_text(life_.posted, names_);
    if (!actor.peer().empty()) by += " from " + tools::escaped(actor.peer());
    if (actor.session() != 0) by += fmt::format(", session {}", actor.session());
    line("by", by);
    line("at", time(life_.posted.time_ns()));
    line("what", life_.trimmed ? what_waits() : sentence(view, names_));
  }
  // All that is known of a message whose event is gone.
  [[nodiscard]] std::string what_waits() const {
    const std::size_t waiting = life_.waiting();
    return fmt::format("{}, for {} still; to whom else it went isn't known",
                       tools::format_bytes(life_.posted.stored().data_bytes()),
                       waiting == 1 ? "1 node" : fmt::format("{} nodes", waiting));
  }

  void table(bool aligned) {
    tools::Table table({{"NODE"}, {"QUEUED"}, {"SENT"}, {"ENDED"}, {"TOOK", true}, {"STATE"}});
    const bool few = all_ || life_.copies.size() <= kAckedShownMax;
    std::size_t acked = 0;
    for (const CopyLife& copy : life_.copies) {
      const bool hide = copy.state == CopyState::kAcked && !few && acked++ >= kAckedShownMax;
      if (hide) {
        ++acked_hidden_;
        continue;
      }
      table.add({names_.node(copy.node),
                 copy.queued.lsn ? std::to_string(copy.queued.lsn.value()) : "?", sent(copy),
                 copy.ended.lsn ? std::to_string(copy.ended.lsn.value()) : "-", took(copy),
                 state(copy)});
    }
    if (!table.empty()) out_ += table.render(aligned);
  }

  [[nodiscard]] static std::string sent(const CopyLife& copy) {
    if (copy.state == CopyState::kAcked && copy.acked_in) {
      return fmt::format("session {}", copy.acked_in.value());
    }
    if (copy.sessions.empty()) {
      if (copy.state == CopyState::kAcked) return "yes";
      return copy.begins_before_log ? "perhaps" : "no session";
    }
    const SessionSpan& last = copy.sessions.back();
    if (!last.ended.lsn && !last.counts) {
      return fmt::format("session {} is open", last.id.value());
    }
    std::string counts;
    if (last.counts) {
      counts = fmt::format(", session {} sent {} and got {} acks", last.id.value(),
                           last.counts->sent, last.counts->acked);
    }
    return (was_sent(copy) == Sent::kNo ? "no" : "perhaps") + counts;
  }
  [[nodiscard]] std::string took(const CopyLife& copy) const {
    if (copy.ended.lsn) return after_post(copy.ended);
    if (copy.state != CopyState::kWaiting) return "-";
    const std::uint64_t since_ns = life_.posted.time_ns();
    return tools::format_duration(now_ns_ > since_ns ? now_ns_ - since_ns : 0);
  }
  [[nodiscard]] std::string state(const CopyLife& copy) const {
    std::string out(copy_state_name(copy.state));
    if (!copy.reason.empty()) return out + ": " + tools::escaped(copy.reason);
    if (copy.state != CopyState::kWaiting) return out;
    if (copy.sessions.empty()) {
      return out + (copy.begins_before_log ? ": no session since the log begins"
                                           : ": no session since the post");
    }
    const SessionSpan& last = copy.sessions.back();
    if (!last.ended.lsn) return out + ": connected, no ack";
    return fmt::format("{}: offline since {} ({})", out, time(last.ended.time_ns),
                       tools::escaped(last.reason));
  }

  [[nodiscard]] std::string body() const {
    const std::size_t waiting = life_.waiting();
    const std::string size = tools::format_bytes(life_.posted.stored().data_bytes());
    if (!life_.missing_file.empty()) {
      return fmt::format("{}, MISSING: its file {} is gone; run mnmlog verify", size,
                         life_.missing_file);
    }
    if (waiting > 0 && life_.stored) {
      return fmt::format("{}, kept: {} of {} copies wait", size, waiting, life_.copies.size());
    }
    if (waiting > 0) return size + ", MISSING, though copies wait: run mnmlog verify";
    if (life_.stored) return size + ", still stored, though nobody waits: mnmlog verify --purged";
    if (!life_.last_end.lsn) return size + ", never stored: no node got a copy";
    return fmt::format("{}, purged by LSN {} at {}, {} after the post: the last copy ended", size,
                       life_.last_end.lsn.value(), time(life_.last_end.time_ns),
                       after_post(life_.last_end).substr(1));
  }

  const MessageLife& life_;
  const Names& names_;
  tools::Zone zone_;
  bool all_;
  std::uint64_t now_ns_;
  std::string out_;
  std::size_t acked_hidden_ = 0;
};

// It waits for a node whose session is open, and nobody says what that has sent.
bool is_open_untold(const CopyLife& copy) {
  if (copy.state != CopyState::kWaiting || copy.sessions.empty()) return false;
  const SessionSpan& last = copy.sessions.back();
  return !last.ended.lsn && !last.counts;
}

Result<int> trace(const CommandLine& line, const std::string& text, bool all) {
  const Lsn id = parse_message_id(text);
  if (!id) return fail(ErrorCode::kUsage, text + ": a message's id has 16 hex digits");
  const auto source = Source::open(line.place());
  if (!source) return fail(source.error());
  if (!line.quiet()) fmt::print(stderr, "{}\n", (*source)->describe());
  Result<MessageLife> life = life_of(**source, id);
  if (!life) return fail(life.error());
  if ((*source)->live() && std::ranges::any_of(life->copies, is_open_untold)) {
    life->gaps.emplace_back("what open sessions have sent is known to the relay alone");
  }
  const Names names(line.numbers() ? nullptr : &(*source)->names());
  tools::Output out;
  line.page(out);
  out.write(line.json() ? life_as_json(*life, names)
                        : TraceText(*life, names, line.zone(), all).make(out.terminal()));
  if (const Result<> written = out.finish(); !written) return fail(written.error());
  if (life->damage) return fail(*life->damage);
  return 0;
}

}  // namespace

Result<int> run_trace(const Command& command, const Arguments& arguments) {
  CommandLine line(command);
  std::string id;
  bool all = false;
  line.app().add_option("MSGID", id, "The message's id")->required();
  line.app().add_flag("-a,--all", all, "Every node, also if many have acked it");
  line.add_json();
  line.add_numbers();
  line.add_pager();
  if (const auto code = line.parse(arguments)) return *code;
  return trace(line, id, all);
}

}  // namespace mnm::mnmlog
