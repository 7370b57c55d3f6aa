#include "mnmlog/object_difference.h"

#include <map>

namespace mnm::mnmlog {
namespace {

Change change_of(const Object& object, const ObjectField& field) {
  return {.object = object.type, .number = object.number, .id = object.id, .field = field.name};
}

Change::Kind kind_of(const Change& change) {
  if (std::holds_alternative<std::monostate>(change.before)) return Change::Kind::kAdded;
  if (std::holds_alternative<std::monostate>(change.after)) return Change::Kind::kRemoved;
  return Change::Kind::kChanged;
}

void append_items(const Object& object, const ObjectField& field, const Items& before,
                  const Items& after, std::vector<Change>& changes) {
  std::map<std::string_view, const Item*> old;
  for (const Item& item : before.items) old.emplace(item.key, &item);
  const auto append = [&](const std::string& key, Change::Side was, Change::Side is) {
    Change change = change_of(object, field);
    change.item = key;
    change.key_name = after.key_name;
    change.before = std::move(was);
    change.after = std::move(is);
    change.kind = kind_of(change);
    changes.push_back(std::move(change));
  };
  for (const Item& item : after.items) {
    const auto found = old.find(item.key);
    if (found == old.end()) {
      append(item.key, {}, item);
      continue;
    }
    if (*found->second != item) append(item.key, *found->second, item);
    old.erase(found);
  }
  for (const Item& item : before.items) {
    if (old.contains(item.key)) append(item.key, item, {});
  }
}

}  // namespace

void append_difference(const Object* before, const Object& after, std::vector<Change>& changes) {
  if (before == nullptr) {
    changes.push_back({.object = after.type,
                       .number = after.number,
                       .id = after.id,
                       .kind = Change::Kind::kAdded});
  }
  for (std::size_t i = 0; i < after.fields.size(); ++i) {
    const ObjectField& field = after.fields[i];
    if (const auto* items = std::get_if<Items>(&field.value)) {
      const Items none{items->key_name, {}};
      const Items& was = before == nullptr ? none : std::get<Items>(before->fields[i].value);
      append_items(after, field, was, *items, changes);
      continue;
    }
    const auto& is = std::get<Scalar>(field.value);
    if (before == nullptr || std::get<Scalar>(before->fields[i].value) == is) continue;
    Change change = change_of(after, field);
    change.before = std::get<Scalar>(before->fields[i].value);
    change.after = is;
    changes.push_back(std::move(change));
  }
}

}  // namespace mnm::mnmlog
