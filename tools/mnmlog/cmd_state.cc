// mnmlog state: an object of the views, or all of them, as of any moment.
#include <fmt/format.h>

#include <cstdio>

#include "base/text.h"
#include "common/program.h"
#include "common/table.h"
#include "mnmlog/chosen_object.h"
#include "mnmlog/command_line.h"
#include "mnmlog/object.h"
#include "mnmlog/range.h"
#include "mnmlog/source.h"

namespace mnm::mnmlog {
namespace {

struct StateOptions {
  std::string kind;
  std::string id;
  std::string at;
  bool all = false;
  bool hash = false;
};

class StatePrinter {
 public:
  StatePrinter(const CommandLine& line, tools::Output& out, Lsn at)
      : json_(line.json()), zone_(line.zone()), out_(out), at_(at) {}

  // With what the relay says of the session that it has now, if it says so.
  void print(const Object& object, const LiveSession* live = nullptr) {
    if (!json_) {
      out_.write(to_text(object, zone_));
      if (live != nullptr) {
        out_.write(fmt::format("now connected: session {}, {} sent, {} acked, {} in flight ({})\n",
                               live->session.value(), live->sent, live->acked, live->in_flight,
                               tools::format_bytes(live->in_flight_bytes)));
      }
      return;
    }
    std::string text;
    tools::JsonWriter json(text);
    json.begin_object().number("at_lsn", at_.value());
    append_json(object, json);
    if (live != nullptr) {
      json.key("live")
          .begin_object()
          .number("session", live->session.value())
          .number("sent", live->sent)
          .number("acked", live->acked)
          .number("in_flight", live->in_flight)
          .number("in_flight_bytes", live->in_flight_bytes)
          .end_object();
    }
    json.end_object();
    out_.write(text + "\n");
  }

  void print_hash(const state::Views& views) {
    const std::string digest = hex_encode(as_bytes(views.digest()));
    std::string text;
    if (json_) {
      tools::JsonWriter(text)
          .begin_object()
          .number("at_lsn", at_.value())
          .number("epoch", views.epoch().value())
          .text("digest", digest)
          .end_object();
    } else {
      text = digest;
    }
    out_.write(text + "\n");
  }

 private:
  bool json_;
  tools::Zone zone_;
  tools::Output& out_;
  Lsn at_;
};

void print_chosen(const ChosenObject& chosen, ObjectMaker& maker, StatePrinter& printer,
                  const LiveSessions* sessions) {
  if (chosen.user) printer.print(maker.user(chosen.user));
  if (chosen.group) printer.print(maker.group(chosen.group));
  if (chosen.node) {
    const bool connected = sessions != nullptr && sessions->contains(chosen.node);
    printer.print(maker.node(chosen.node), connected ? &sessions->at(chosen.node) : nullptr);
  }
  if (chosen.queue) printer.print(maker.queue(chosen.queue));
}

void print_all(ObjectMaker& maker, StatePrinter& printer, const tools::Output& out) {
  const state::Views& views = maker.views();
  printer.print(maker.log());
  for (UserNo user(1); user < views.next_user() && !out.closed(); user = next(user)) {
    printer.print(maker.user(user));
  }
  for (NodeNo node(1); node < views.next_node() && !out.closed(); node = next(node)) {
    printer.print(maker.node(node));
    if (!views.node(node).queue.empty()) printer.print(maker.queue(node));
  }
  for (GroupNo group(1); group < views.next_group() && !out.closed(); group = next(group)) {
    printer.print(maker.group(group));
  }
}

Result<int> print_state(const CommandLine& line, const StateOptions& options,
                        const state::Views& views, const LiveSessions* sessions) {
  const Names names(views);
  tools::Output out;
  line.page(out);
  ObjectMaker maker(views, names, line.json() ? Reader::kProgram : Reader::kPerson);
  StatePrinter printer(line, out, views.applied());
  if (options.hash) {
    printer.print_hash(views);
  } else if (options.all) {
    print_all(maker, printer, out);
  } else {
    const Result<ChosenObject> chosen = choose_object(options.kind, options.id, names);
    if (!chosen && chosen.error().code == ErrorCode::kNegative) {
      return fail(ErrorCode::kNegative,
                  fmt::format("{} at LSN {}", chosen.error().text, views.applied().value()));
    }
    if (!chosen) return fail(chosen.error());
    print_chosen(*chosen, maker, printer, sessions);
  }
  if (const Result<> written = out.finish(); !written) return fail(written.error());
  return 0;
}

Result<int> state_command(const CommandLine& line, const StateOptions& options) {
  const bool whole = options.all || options.hash;
  if (whole != options.kind.empty() || options.kind.empty() != options.id.empty()) {
    return fail(
        ErrorCode::kUsage,
        "state takes user, group, node or queue and an ID, or else --all; --hash is of all");
  }
  const auto source = Source::open(line.place());
  if (!source) return fail(source.error());
  const Result<Lsn> at =
      resolve_moment(options.at, (*source)->reader(), (*source)->durable(), line.zone());
  if (!at) return fail(at.error());
  if (!line.quiet()) {
    fmt::print(stderr, "{}; state at LSN {}\n", (*source)->describe(), at->value());
  }
  const Result<state::Views> views = (*source)->views_at(*at);
  if (!views) return fail(views.error());
  // Of now, so not beside the state of a moment.
  const bool asks = options.kind == "node" && options.at.empty();
  return print_state(line, options, *views, asks ? (*source)->live_sessions() : nullptr);
}

}  // namespace

Result<int> run_state(const Command& command, const Arguments& arguments) {
  CommandLine line(command);
  StateOptions options;
  line.app().add_option("KIND", options.kind, "user, group, node or queue");
  line.app().add_option("ID", options.id, "As in filters; a queue is named by its node");
  line.app().add_option("--at", options.at,
                        "When: an LSN, @TIME, end-100, cursor:FILE; the end when missing");
  line.app().add_flag("--all", options.all, "All objects");
  line.app().add_flag("--hash", options.hash, "The digest of all, instead");
  line.add_json();
  line.add_pager();
  if (const auto code = line.parse(arguments)) return *code;
  return state_command(line, options);
}

}  // namespace mnm::mnmlog
