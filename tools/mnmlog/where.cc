#include "mnmlog/where.h"

#include <algorithm>

namespace mnm::mnmlog {
namespace {

using Compare = WhereNode::Compare;

class SlotSink final : public FieldSink {
 public:
  explicit SlotSink(std::vector<WhereSlot>& slots) : slots_(slots) {}
  [[nodiscard]] bool wants(std::string_view name) const override { return find(name) != nullptr; }
  void text(std::string_view name, std::string_view value) override {
    WhereSlot* slot = find(name);
    if (slot == nullptr || slot->field.type == FieldType::kTime) return;
    slot->text = value;
    slot->present = true;
  }
  void number(std::string_view name, std::uint64_t value) override {
    if (WhereSlot* slot = find(name)) {
      slot->number = value;
      slot->present = true;
    }
  }
  void flag(std::string_view name, bool value) override { number(name, value ? 1 : 0); }
  void list(std::string_view name, std::span<const std::string> values) override {
    if (WhereSlot* slot = find(name)) {
      slot->list.assign(values.begin(), values.end());
      slot->present = true;
    }
  }

 private:
  [[nodiscard]] WhereSlot* find(std::string_view name) const {
    const auto found =
        std::ranges::find(slots_, name, [](const WhereSlot& s) { return s.field.name; });
    return found == slots_.end() ? nullptr : &*found;
  }
  std::vector<WhereSlot>& slots_;
};

template <class Value>
bool compare(Compare how, const Value& left, const Value& right) {
  switch (how) {
    case Compare::kEqual:
      return left == right;
    case Compare::kUnequal:
      return left != right;
    case Compare::kLess:
      return left < right;
    case Compare::kAtMost:
      return left <= right;
    case Compare::kMore:
      return left > right;
    case Compare::kAtLeast:
      return left >= right;
    default:
      return false;
  }
}

bool compare_text(const WhereNode& node, const std::string& text) {
  if (node.compare == Compare::kMatch) return node.pattern.matches(text);
  if (node.compare == Compare::kNoMatch) return !node.pattern.matches(text);
  return compare(node.compare, text, node.text);
}

// Any of a list may be equal or match; none may when it must not.
bool compare_list(const WhereNode& node, const std::vector<std::string>& list) {
  const auto any = [&list](auto holds) { return std::ranges::any_of(list, holds); };
  switch (node.compare) {
    case Compare::kEqual:
      return any([&](const std::string& each) { return each == node.text; });
    case Compare::kUnequal:
      return !any([&](const std::string& each) { return each == node.text; });
    case Compare::kMatch:
      return any([&](const std::string& each) { return node.pattern.matches(each); });
    default:
      return !any([&](const std::string& each) { return node.pattern.matches(each); });
  }
}

bool is_text(FieldType type) { return type == FieldType::kText || type == FieldType::kHash; }

bool is_set(const WhereSlot& slot) {
  if (!slot.present) return false;
  if (is_text(slot.field.type)) return !slot.text.empty();
  return slot.field.type == FieldType::kList ? !slot.list.empty() : slot.number != 0;
}

bool compare_slot(const WhereNode& node, const WhereSlot& slot) {
  if (!slot.present) return false;
  if (is_text(slot.field.type)) return compare_text(node, slot.text);
  if (slot.field.type == FieldType::kList) return compare_list(node, slot.list);
  return compare(node.compare, slot.number, node.number);
}

}  // namespace

Result<Where> Where::make(const std::string& text, tools::Zone zone, std::uint64_t now_ns) {
  Result<WhereProgram> program = parse_where(text, zone);
  if (!program) return fail(program.error());
  Where where;
  where.program_ = std::move(*program);
  where.now_ns_ = now_ns;
  return where;
}

bool Where::passes(const EventView& view, const Names& names) {
  for (WhereSlot& slot : program_.slots) slot.present = false;
  SlotSink sink(program_.slots);
  visit_fields(view, names, sink);
  const std::uint64_t time_ns = view.event.time_ns();
  for (WhereSlot& slot : program_.slots) {
    const bool age = slot.field.name == "age";
    if (!age && slot.field.type != FieldType::kTime) continue;
    slot.number = !age ? time_ns : now_ns_ > time_ns ? now_ns_ - time_ns : 0;
    slot.present = true;
  }
  return holds(program_.nodes.size() - 1);
}

bool Where::holds(std::size_t index) const {
  const WhereNode& node = program_.nodes[index];
  switch (node.kind) {
    case WhereNode::Kind::kAnd:
      return holds(node.left) && holds(node.right);
    case WhereNode::Kind::kOr:
      return holds(node.left) || holds(node.right);
    case WhereNode::Kind::kNot:
      return !holds(node.left);
    case WhereNode::Kind::kPresent:
      return is_set(program_.slots[node.slot]);
    case WhereNode::Kind::kCompare:
      break;
  }
  return compare_slot(node, program_.slots[node.slot]);
}

}  // namespace mnm::mnmlog
