#include "mnmlog/waiting_ages.h"

#include <fmt/format.h>

#include <algorithm>

#include "common/json.h"
#include "common/table.h"
#include "mnmlog/range.h"
#include "mnmlog/stored_message.h"

namespace mnm::mnmlog {
namespace {

// Waiting messages whose events were given up, ascending.
std::vector<Lsn> older_than_log(const state::Views& views, Lsn tail) {
  std::vector<Lsn> ids;
  for (NodeNo number(1); tail && number < views.next_node(); number = next(number)) {
    for (const state::Lane lane : state::kLanes) {
      for (const std::uint64_t id : views.node(number).queue.lane(lane).entries()) {
        if (id >= tail.value()) break;
        ids.emplace_back(id);
      }
    }
  }
  std::ranges::sort(ids);
  ids.erase(std::ranges::unique(ids).begin(), ids.end());
  return ids;
}

// The first LSN of each class, youngest class first; the last one's is 0.
using Boundaries = std::array<Lsn, kAgeClasses.size()>;

Result<Boundaries> find_boundaries(const Source& source, std::uint64_t now_ns) {
  Boundaries first{};
  for (std::size_t i = 0; i + 1 < kAgeClasses.size(); ++i) {
    const std::uint64_t limit_ns = kAgeClasses.at(i).limit_ns;
    const Result<Lsn> lsn = first_at_or_after(now_ns > limit_ns ? now_ns - limit_ns : 0,
                                              source.reader(), source.durable());
    if (!lsn) return fail(lsn.error());
    first.at(i) = *lsn;
  }
  return first;
}

// Of a log that was trimmed, also among the messages that are older than it, by when their rows say
// that they were posted.
Result<> move_before_tail(Source& source, std::uint64_t now_ns, Boundaries& first) {
  const Lsn tail = source.reader().tail();
  const std::vector<Lsn> older = older_than_log(source.views(), tail);
  for (std::size_t i = 0; i + 1 < kAgeClasses.size(); ++i) {
    if (older.empty() || first.at(i) > tail) continue;  // within the log
    const std::uint64_t limit_ns = kAgeClasses.at(i).limit_ns;
    std::size_t low = 0;
    for (std::size_t high = older.size(); low < high;) {
      const std::size_t middle = low + (high - low) / 2;
      const Result<std::uint64_t> posted = posted_ns(source, older[middle]);
      if (!posted) return fail(posted.error());
      if (*posted + limit_ns < now_ns) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    if (low < older.size()) first.at(i) = older[low];
  }
  return {};
}

std::size_t class_of(Lsn id, const Boundaries& first) {
  std::size_t index = 0;
  while (id < first.at(index)) ++index;
  return index;
}

}  // namespace

Result<WaitingAges> waiting_ages(Source& source, std::uint64_t now_ns, std::size_t nodes_max) {
  Result<Boundaries> first = find_boundaries(source, now_ns);
  if (!first) return fail(first.error());
  const state::Views& views = source.views();
  if (source.views_error()) return fail(*source.views_error());
  if (Result<> moved = move_before_tail(source, now_ns, *first); !moved) {
    return fail(moved.error());
  }
  WaitingAges ages;
  for (NodeNo number(1); number < views.next_node(); number = next(number)) {
    const state::Queue& queue = views.node(number).queue;
    if (queue.empty()) continue;
    WaitingAges::Row row{.node = number, .copies = queue.size()};
    for (const state::Lane lane : state::kLanes) {
      for (const std::uint64_t id : queue.lane(lane).entries()) {
        const std::size_t age = class_of(Lsn(id), *first);
        ++row.by_age.at(age);
        ++ages.all.by_age.at(age);
      }
    }
    ages.all.copies += row.copies;
    ages.nodes.push_back(row);
  }
  std::ranges::stable_sort(ages.nodes, {}, &WaitingAges::Row::copies);
  if (ages.nodes.size() > nodes_max) {
    ages.nodes_left_out = ages.nodes.size() - nodes_max;
    ages.nodes.erase(ages.nodes.begin(),
                     ages.nodes.begin() + static_cast<std::ptrdiff_t>(ages.nodes_left_out));
  }
  return ages;
}

std::string ages_as_text(const WaitingAges& ages, const Names& names, bool aligned) {
  std::vector<tools::Table::Column> columns = {{"NODE"}, {"COPIES", true}};
  for (const AgeClass& age : kAgeClasses) columns.push_back({std::string(age.name), true});
  tools::Table table(std::move(columns));
  const auto add = [&table](const std::string& name, const WaitingAges::Row& row) {
    std::vector<std::string> cells = {name, std::to_string(row.copies)};
    for (const std::uint64_t count : row.by_age) cells.push_back(std::to_string(count));
    table.add(std::move(cells));
  };
  for (const WaitingAges::Row& row : ages.nodes) add(names.node(row.node), row);
  add(ages.nodes_left_out == 0 ? "all" : fmt::format("all, also {} more", ages.nodes_left_out),
      ages.all);
  return table.render(aligned);
}

std::string ages_as_json(const WaitingAges& ages, const Names& names) {
  std::string out;
  const auto add = [&out](const std::string& node, const WaitingAges::Row& row) {
    std::string line;
    tools::JsonWriter json(line);
    json.begin_object();
    if (!node.empty()) json.text("node", node);
    json.number("copies", row.copies).key("by_age").begin_array();
    for (std::size_t i = 0; i < kAgeClasses.size(); ++i) {
      json.begin_object()
          .text("age", kAgeClasses.at(i).name)
          .number("copies", row.by_age.at(i))
          .end_object();
    }
    json.end_array().end_object();
    out += line + "\n";
  };
  for (const WaitingAges::Row& row : ages.nodes) add(names.node_id(row.node), row);
  add({}, ages.all);
  return out;
}

}  // namespace mnm::mnmlog
