// mnmlog queue [NODE]: what waits, and for whom.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "common/json.h"
#include "common/program.h"
#include "common/table.h"
#include "common/terminal.h"
#include "mnmlog/command_line.h"
#include "mnmlog/event_view.h"
#include "mnmlog/source.h"
#include "ops/message.h"
#include "ops/views_ask.h"

namespace mnm::mnmlog {
namespace {

// What is told of a message that waits. Its time is in its row, which may be gone by now.
struct Waiting {
  Lsn id;
  state::Lane lane = state::Lane::kNormal;
  std::string_view kind;
  UserNo from;
  std::uint64_t bytes = 0;
  std::uint64_t posted_ns = 0;  // 0 when unknown
};

class QueueView {
 public:
  QueueView(Source& source, const Names& names)
      : source_(source),
        views_(source.views()),
        names_(names),
        sessions_(source.live_sessions()),
        now_ns_(tools::now_ns()) {}

  [[nodiscard]] Result<Waiting> look(Lsn id, state::Lane lane) const {
    Waiting waiting{.id = id, .lane = lane};
    if (const std::optional<state::Message> message = views_.message(id)) {
      waiting.kind = kind_name(message->kind);
      waiting.from = message->sender;
      waiting.bytes = message->data_bytes;
    }
    const Result<std::string> row = source_.reader().message(id);
    if (!row) {
      if (row.error().code == ErrorCode::kNegative) return waiting;
      return fail(row.error());
    }
    const Result<ops::MessageHandle> message = ops::decode_row(id, *row);
    if (!message) return fail(message.error());
    waiting.posted_ns = (*message)->header().posted_ns();
    return waiting;
  }

  [[nodiscard]] std::string age(std::uint64_t posted_ns) const {
    if (posted_ns == 0) return "-";
    return tools::format_duration(now_ns_ > posted_ns ? now_ns_ - posted_ns : 0);
  }
  // Null when it isn't known.
  [[nodiscard]] const LiveSessions* sessions() const { return sessions_; }
  [[nodiscard]] bool online(NodeNo number) const {
    if (sessions_ != nullptr) return sessions_->contains(number);
    // The log of a relay that was killed, and one replayed to a moment, end with sessions open.
    return source_.live() && views_.node(number).session;
  }
  // Sent to it and not acked, now.
  [[nodiscard]] LiveSession session(NodeNo number) const {
    const auto found = sessions_->find(number);
    return found != sessions_->end() ? found->second : LiveSession{};
  }
  [[nodiscard]] std::uint64_t now_ns() const { return now_ns_; }
  [[nodiscard]] const state::Views& views() const { return views_; }
  [[nodiscard]] const Names& names() const { return names_; }

 private:
  Source& source_;
  const state::Views& views_;
  const Names& names_;
  const LiveSessions* sessions_;
  std::uint64_t now_ns_;
};

std::string_view lane_name(state::Lane lane) {
  return lane == state::Lane::kUrgent ? "urgent" : "normal";
}

Result<> list_node(const QueueView& view, NodeNo number, bool json, tools::Output& out) {
  tools::Table table({{"CLASS"}, {"ID"}, {"KIND"}, {"FROM"}, {"SIZE", true}, {"AGE", true}});
  const state::Queue& queue = view.views().node(number).queue;
  for (const state::Lane lane : state::kLanes) {
    for (const std::uint64_t value : queue.lane(lane).entries()) {
      const Result<Waiting> waiting = view.look(Lsn(value), lane);
      if (!waiting) return fail(waiting.error());
      if (!json) {
        table.add({std::string(lane_name(lane)), message_id(waiting->id),
                   std::string(waiting->kind),
                   waiting->from ? view.names().user(waiting->from) : "relay",
                   tools::format_bytes(waiting->bytes), view.age(waiting->posted_ns)});
        continue;
      }
      std::string text;
      tools::JsonWriter writer(text);
      writer.begin_object()
          .text("node", view.names().node_id(number))
          .text("class", lane_name(lane))
          .text("msgid", message_id(waiting->id))
          .text("kind", waiting->kind);
      if (waiting->from) writer.text("from", view.names().uid(waiting->from));
      writer.number("data_bytes", waiting->bytes);
      if (waiting->posted_ns != 0) {
        std::string time;
        tools::append_time_exact(time, waiting->posted_ns);
        writer.text("posted", time);
      }
      writer.end_object();
      out.write(text + "\n");
    }
  }
  if (!json && !table.empty()) out.write(table.render(out.terminal()));
  return {};
}

Result<> summarise(const QueueView& view, bool json, tools::Output& out) {
  std::vector<NodeNo> nodes;
  const state::Views& views = view.views();
  for (NodeNo number(1); number < views.next_node(); number = next(number)) {
    if (!views.node(number).queue.empty()) nodes.push_back(number);
  }
  // The one to look at stands next to the prompt.
  std::ranges::stable_sort(nodes, {}, [&](NodeNo n) { return views.node(n).queue.size(); });
  std::vector<tools::Table::Column> columns = {{"NODE"},          {"NAME"},       {"STATE"},
                                               {"WAITING", true}, {"SIZE", true}, {"OLDEST", true}};
  if (view.sessions() != nullptr) columns.push_back({"IN FLIGHT", true});
  tools::Table table(std::move(columns));
  for (const NodeNo number : nodes) {
    const state::Node& node = views.node(number);
    const Lsn oldest = ops::waiting_sum(node.queue).oldest;
    const Result<Waiting> waiting = view.look(oldest, state::Lane::kNormal);
    if (!waiting) return fail(waiting.error());
    if (!json) {
      std::vector<std::string> row = {view.names().node(number),
                                      tools::escaped(*node.name),
                                      view.online(number) ? "online" : "offline",
                                      std::to_string(node.queue.size()),
                                      tools::format_bytes(node.queue.cost_bytes()),
                                      view.age(waiting->posted_ns)};
      if (view.sessions() != nullptr) row.push_back(std::to_string(view.session(number).in_flight));
      table.add(std::move(row));
      continue;
    }
    std::string text;
    tools::JsonWriter json_row(text);
    json_row.begin_object()
        .text("node", view.names().node_id(number))
        .text("name", *node.name)
        .flag("online", view.online(number))
        .number("waiting", node.queue.size())
        .number("cost_bytes", node.queue.cost_bytes())
        .text("oldest_msgid", message_id(oldest));
    if (view.sessions() != nullptr) {
      const LiveSession session = view.session(number);
      json_row.number("in_flight", session.in_flight)
          .number("in_flight_bytes", session.in_flight_bytes);
    }
    json_row.end_object();
    out.write(text + "\n");
  }
  if (!json && !table.empty()) out.write(table.render(out.terminal()));
  return {};
}

Result<int> queue(const CommandLine& line, const std::string& who) {
  const auto source = Source::open(line.place());
  if (!source) return fail(source.error());
  if (!line.quiet()) fmt::print(stderr, "{}\n", (*source)->describe());
  const Names names((*source)->views());
  if ((*source)->views_error()) return fail(*(*source)->views_error());
  const QueueView view(**source, names);
  tools::Output out;
  if (who.empty()) {
    if (Result<> done = summarise(view, line.json(), out); !done) return fail(done.error());
  } else {
    const NodeNo node = names.find_node(who);
    std::vector<NodeNo> nodes = names.nodes_of(names.find_user(who));
    if (node && node < (*source)->views().next_node()) nodes = {node};
    if (nodes.empty()) {
      return fail(ErrorCode::kNegative, fmt::format("{}: no such node or user", who));
    }
    for (const NodeNo each : nodes) {
      if (!line.json() && nodes.size() > 1) {
        out.write(fmt::format("{}: {} waiting\n", names.node(each),
                              (*source)->views().node(each).queue.size()));
      }
      if (Result<> done = list_node(view, each, line.json(), out); !done) {
        return fail(done.error());
      }
    }
  }
  if (const Result<> written = out.finish(); !written) return fail(written.error());
  return 0;
}

}  // namespace

Result<int> run_queue(const Command& command, const Arguments& arguments) {
  CommandLine line(command);
  std::string who;
  line.app().add_option("NODE", who, "USER/ORDINAL, #NUMBER, or a user for all its nodes");
  line.add_json();
  if (const auto code = line.parse(arguments)) return *code;
  return queue(line, who);
}

}  // namespace mnm::mnmlog
