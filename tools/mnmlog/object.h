// An object of the views (a user, a node, a queue, a group, the log's own clock) as a list of named
// fields: what `state` shows and `diff` compares. doc/mnmlog.md documents the names; they are only
// ever added to.
//
// Main thread; views and names outlive the maker.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "common/duration.h"
#include "common/json.h"
#include "mnmlog/names.h"

namespace mnm::mnmlog {

struct Time {
  std::uint64_t ns = 0;
  friend bool operator==(const Time&, const Time&) = default;
};
using Scalar = std::variant<std::string, std::uint64_t, bool, Time>;

// One of a list: a member, an alias, a message. The key tells it from its neighbours.
struct Item {
  std::string key;
  std::vector<std::pair<std::string_view, Scalar>> rest;
  friend bool operator==(const Item&, const Item&) = default;
};
struct Items {
  std::string_view key_name;
  std::vector<Item> items;
  friend bool operator==(const Items&, const Items&) = default;
};

struct ObjectField {
  std::string_view name;
  std::variant<Scalar, Items> value;
};
struct Object {
  std::string_view type;  // log, user, node, queue, group
  std::string id;         // empty: there is but one
  std::uint32_t number = 0;
  std::vector<ObjectField> fields;
};

// For whom: people get aliases, and what clients chose escaped; programs get uids, and all as it
// is.
enum class Reader : std::uint8_t { kPerson, kProgram };

class ObjectMaker {
 public:
  ObjectMaker(const state::Views& views, const Names& names, Reader reader)
      : views_(views), names_(names), reader_(reader) {}

  [[nodiscard]] Object log() const;
  [[nodiscard]] Object user(UserNo number);
  [[nodiscard]] Object node(NodeNo number) const;
  [[nodiscard]] Object queue(NodeNo number) const;
  [[nodiscard]] Object group(GroupNo number) const;

  // How objects are named, here and as keys of items.
  [[nodiscard]] std::string name(UserNo number) const;
  [[nodiscard]] std::string name(NodeNo number) const;
  [[nodiscard]] std::string name(GroupNo number) const;
  [[nodiscard]] std::string text(const std::string& chosen) const;
  [[nodiscard]] const state::Views& views() const { return views_; }

 private:
  [[nodiscard]] Items groups_of(UserNo number);

  const state::Views& views_;
  const Names& names_;
  Reader reader_;
  // By user; made when first asked for.
  std::vector<std::vector<GroupNo>> groups_;
};

[[nodiscard]] std::string to_text(const Scalar& value, tools::Zone zone);
// "KEY", or "KEY (alias NAME, status joined)".
[[nodiscard]] std::string to_text(const Item& item, tools::Zone zone);
// A line a field, and one for each item.
[[nodiscard]] std::string to_text(const Object& object, tools::Zone zone);

void append_json(const Scalar& value, tools::JsonWriter& json);
// An object; a text when there is but the key.
void append_json(const Item& item, std::string_view key_name, tools::JsonWriter& json);
// As members of an object that is begun: "object", "id", and the fields.
void append_json(const Object& object, tools::JsonWriter& json);

}  // namespace mnm::mnmlog
