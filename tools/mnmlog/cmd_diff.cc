// mnmlog diff X Y [user|group|node ID]: what changed between two moments, and by which events.
#include <fmt/format.h>

#include <cstdio>

#include "common/program.h"
#include "common/table.h"
#include "common/terminal.h"
#include "mnmlog/chosen_object.h"
#include "mnmlog/command_line.h"
#include "mnmlog/fold.h"
#include "mnmlog/object_difference.h"
#include "mnmlog/range.h"
#include "mnmlog/source.h"

namespace mnm::mnmlog {
namespace {

// Changes of one field that people are told; programs are told all.
constexpr std::size_t kShownMax = 20;
constexpr std::size_t kFieldColumns = 23;

struct DiffOptions {
  std::string from;
  std::string to;
  std::string kind;
  std::string id;
};

// The views at both moments, and what may differ.
struct Both {
  state::Views before;
  state::Views after;
  state::Changes touched{.track = true};
};

Result<> fold_both(const Source& source, const Moments& moments, Both& both) {
  Result<state::Views> before = source.views_at(moments.from);
  if (!before) return fail(before.error());
  both.before = std::move(*before);
  both.after = both.before;
  if (moments.to <= both.before.applied()) return {};
  const auto visit = [&both](Lsn, const event::Event& event) {
    both.touched.messages.clear();  // they change with the queues they are in
    if (event.has_member_set()) both.touched.touch(UserNo(event.member_set().user()));
    return true;
  };
  const auto folded = fold(source.reader(), moments.to, both.after, visit, &both.touched);
  if (!folded) return fail(folded.error());
  return {};
}

class Differ {
 public:
  Differ(const Both& both, ObjectMaker& before, ObjectMaker& after)
      : both_(both), before_(before), after_(after) {
    for (const NodeNo number : both.touched.nodes.sorted()) nodes_.insert(number);
    for (const auto& segment : both.touched.queues.sorted()) nodes_.insert(segment.node);
  }

  std::vector<Change> all() {
    const Object was = before_.log();
    append_difference(&was, after_.log(), changes_);
    for (const UserNo number : both_.touched.users.sorted()) user(number);
    for (const NodeNo number : nodes_) node(number);
    for (const GroupNo number : both_.touched.groups.sorted()) group(number);
    return std::move(changes_);
  }

  // A user's nodes belong to it, and their queues to them.
  std::vector<Change> of(const ChosenObject& chosen) {
    if (chosen.user) user(chosen.user);
    if (chosen.user) {
      for (const NodeNo number : both_.after.user(chosen.user).nodes) node(number);
    }
    if (chosen.node) node(chosen.node);
    if (chosen.queue) queue(chosen.queue);
    if (chosen.group) group(chosen.group);
    return std::move(changes_);
  }

 private:
  void user(UserNo number) {
    if (number >= both_.before.next_user()) {
      return append_difference(nullptr, after_.user(number), changes_);
    }
    const Object was = before_.user(number);
    append_difference(&was, after_.user(number), changes_);
  }
  void node(NodeNo number) {
    if (number >= both_.before.next_node()) {
      append_difference(nullptr, after_.node(number), changes_);
    } else {
      const Object was = before_.node(number);
      append_difference(&was, after_.node(number), changes_);
    }
    queue(number);
  }
  void queue(NodeNo number) {
    Object was{.type = "queue",
               .fields = {{"waiting", std::uint64_t{0}},
                          {"cost_bytes", std::uint64_t{0}},
                          {"messages", Items{"msgid", {}}}}};
    if (number < both_.before.next_node()) was = before_.queue(number);
    append_difference(&was, after_.queue(number), changes_);
  }
  void group(GroupNo number) {
    if (number >= both_.before.next_group()) {
      return append_difference(nullptr, after_.group(number), changes_);
    }
    const Object was = before_.group(number);
    append_difference(&was, after_.group(number), changes_);
  }

  const Both& both_;
  ObjectMaker& before_;
  ObjectMaker& after_;
  std::set<NodeNo> nodes_;
  std::vector<Change> changes_;
};

std::string side_text(const Change::Side& side, tools::Zone zone) {
  if (const auto* scalar = std::get_if<Scalar>(&side)) return to_text(*scalar, zone);
  if (const auto* item = std::get_if<Item>(&side)) return to_text(*item, zone);
  return {};
}

// "alias rob -> bob, status invited -> joined"
std::string item_change_text(const Item& before, const Item& after, tools::Zone zone) {
  std::string out;
  for (std::size_t i = 0; i < after.rest.size(); ++i) {
    const bool both = i < before.rest.size();
    if (both && before.rest[i] == after.rest[i]) continue;
    if (!out.empty()) out += ", ";
    out += fmt::format("{} {} -> {}", after.rest[i].first,
                       both ? to_text(before.rest[i].second, zone) : "",
                       to_text(after.rest[i].second, zone));
  }
  return out;
}

std::string change_text(const Change& change, tools::Zone zone) {
  std::string out;
  if (change.kind == Change::Kind::kAdded) {
    out = "+ " + side_text(change.after, zone);
  } else if (change.kind == Change::Kind::kRemoved) {
    out = "- " + side_text(change.before, zone);
  } else if (change.item.empty()) {
    out = fmt::format("~ {} -> {}", side_text(change.before, zone), side_text(change.after, zone));
  } else {
    out = fmt::format(
        "~ {}: {}", change.item,
        item_change_text(std::get<Item>(change.before), std::get<Item>(change.after), zone));
  }
  return out;
}

std::string causes_text(const Change& change) {
  std::string out;
  for (const Cause& cause : change.causes) {
    out += out.empty() ? "   [" : ", ";
    out += fmt::format("{} {}", cause.word, cause.lsn.value());
    if (!cause.actor.empty()) out += " by " + cause.actor;
  }
  return out.empty() ? out : out + "]";
}

void print_for_people(const std::vector<Change>& changes, tools::Zone zone, tools::Output& out) {
  const Change* previous = nullptr;
  std::size_t of_field = 0;
  const auto skipped = [&of_field] {
    const std::size_t more = of_field > kShownMax ? of_field - kShownMax : 0;
    return more == 0 ? std::string() : fmt::format("  and {} more; --json has them all\n", more);
  };
  for (const Change& change : changes) {
    const bool same_object = previous != nullptr && previous->object == change.object &&
                             previous->number == change.number;
    const bool same_field = same_object && previous->field == change.field;
    previous = &change;
    if (!same_field) out.write(skipped());
    of_field = same_field ? of_field + 1 : 1;
    if (of_field > kShownMax) continue;
    const bool made = change.field.empty();
    if (!same_object) {
      out.write(fmt::format("{}{}{}{}{}\n", made ? "+ " : "", change.object,
                            change.id.empty() ? "" : " ", change.id,
                            made ? causes_text(change) : ""));
    }
    if (made) continue;
    std::string line = "  ";
    tools::append_padded(line, same_field ? "" : std::string(change.field), kFieldColumns, false);
    out.write(line + "  " + change_text(change, zone) + causes_text(change) + "\n");
  }
  out.write(skipped());
}

void append_side(std::string_view name, const Change::Side& side, std::string_view key_name,
                 tools::JsonWriter& json) {
  if (const auto* scalar = std::get_if<Scalar>(&side)) append_json(*scalar, json.key(name));
  if (const auto* item = std::get_if<Item>(&side)) append_json(*item, key_name, json.key(name));
}

std::string as_json(const std::vector<Change>& changes, const Both& both) {
  constexpr std::array<std::string_view, 3> kKinds = {"added", "removed", "changed"};
  std::string out;
  tools::JsonWriter json(out);
  json.begin_object()
      .number("from_lsn", both.before.applied().value())
      .number("to_lsn", both.after.applied().value())
      .flag("identical", changes.empty())
      .key("changes")
      .begin_array();
  for (const Change& change : changes) {
    json.settle();
    out += '\n';
    json.begin_object().text("object", change.object);
    if (!change.id.empty()) json.text("id", change.id);
    if (!change.field.empty()) json.text("field", change.field);
    if (!change.item.empty()) json.text("item", change.item);
    json.text("change", kKinds.at(static_cast<std::size_t>(change.kind)));
    append_side("before", change.before, change.key_name, json);
    append_side("after", change.after, change.key_name, json);
    json.key("causes").begin_array();
    for (const Cause& cause : change.causes) {
      json.begin_object().number("lsn", cause.lsn.value()).text("event", cause.word);
      if (!cause.actor.empty()) json.text("actor", cause.actor);
      json.end_object();
    }
    json.end_array().end_object();
  }
  json.end_array().end_object();
  return out += '\n';
}

Result<int> compare(const CommandLine& line, const DiffOptions& options, const Source& source,
                    const Moments& moments) {
  Both both;
  if (Result<> folded = fold_both(source, moments, both); !folded) return fail(folded.error());
  const Names names(both.after);
  const Reader reader = line.json() ? Reader::kProgram : Reader::kPerson;
  ObjectMaker before(both.before, names, reader);
  ObjectMaker after(both.after, names, reader);
  Differ differ(both, before, after);
  std::vector<Change> changes;
  if (options.kind.empty()) {
    changes = differ.all();
  } else {
    const Result<ChosenObject> chosen = choose_object(options.kind, options.id, names);
    if (!chosen) return fail(chosen.error());
    changes = differ.of(*chosen);
  }
  const Range range{mnm::next(moments.from), moments.to};
  if (Result<> found = find_causes(source.reader(), range, after, changes); !found) {
    return fail(found.error());
  }
  tools::Output out;
  line.page(out);
  if (line.json()) {
    out.write(as_json(changes, both));
  } else {
    print_for_people(changes, line.zone(), out);
  }
  if (const Result<> written = out.finish(); !written) return fail(written.error());
  return changes.empty() ? 0 : exit_code(ErrorCode::kNegative);
}

Result<int> diff(const CommandLine& line, const DiffOptions& options) {
  if (options.kind.empty() != options.id.empty()) {
    return fail(ErrorCode::kUsage, "diff X Y takes user, group, node or queue with an ID");
  }
  const auto source = Source::open(line.place());
  if (!source) return fail(source.error());
  const auto moments = resolve_moments(options.from, options.to, (*source)->reader(),
                                       (*source)->durable(), line.zone());
  if (!moments) return fail(moments.error());
  if (moments->to < moments->from) {
    return fail(ErrorCode::kUsage, fmt::format("diff {} {}: the second moment is before the first",
                                               options.from, options.to));
  }
  if (!line.quiet()) {
    fmt::print(stderr, "{}; from LSN {} to {}\n", (*source)->describe(), moments->from.value(),
               moments->to.value());
  }
  return compare(line, options, **source, *moments);
}

}  // namespace

Result<int> run_diff(const Command& command, const Arguments& arguments) {
  CommandLine line(command);
  DiffOptions options;
  line.app().add_option("X", options.from, "An LSN, @TIME, end-100, cursor:FILE")->required();
  line.app().add_option("Y", options.to, "The same, or a duration after X; the end when missing");
  line.app().add_option("KIND", options.kind, "user (with its nodes), group, node or queue");
  line.app().add_option("ID", options.id, "As in filters; a queue is named by its node");
  line.add_json();
  line.add_pager();
  if (const auto code = line.parse(arguments)) return *code;
  return diff(line, options);
}

}  // namespace mnm::mnmlog
