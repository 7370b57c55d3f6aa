// The objects of one kind, by number: all of them, or, in partial views, those that were needed.
//
// Not thread-safe.
#pragma once

#include <iterator>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

namespace mnm::state {

template <class Number, class Object>
class ObjectTable {
 public:
  // One more than the highest number there is.
  [[nodiscard]] Number next() const {
    return part_ ? part_->next : Number(static_cast<typename Number::rep>(all_.size()));
  }
  [[nodiscard]] bool holds(Number number) const {
    return part_ ? part_->held.contains(number) : number && number < next();
  }
  // It must be held. A reference is good until push_back() or reserve(); in a part, until it is
  // forgotten.
  [[nodiscard]] Object& operator[](Number number) {
    if (!part_) [[likely]]
      return all_[number.value()];
    Held& held = part_->held.at(number);
    held.is_needed = true;
    return held.object;
  }
  [[nodiscard]] const Object& operator[](Number number) const {
    return part_ ? part_->held.at(number).object : all_.at(number.value());
  }
  // The next one.
  Object& push_back(Object object) {
    if (!part_) return all_.emplace_back(std::move(object));
    const Number number = part_->next;
    part_->next = Number(number.value() + 1);
    return put(number, std::move(object));
  }
  void reserve(std::size_t objects) { all_.reserve(objects + 1); }
  // Visits what is held, in any order: (number, object).
  template <class Visit>
  void for_each(Visit visit) {
    if (part_) {
      for (auto& [number, held] : part_->held) visit(number, held.object);
      return;
    }
    for (Number number(1); number < next(); number = Number(number.value() + 1)) {
      visit(number, all_[number.value()]);
    }
  }

  // Makes it a part, of those below `next`, that holds none yet.
  void become_part(Number next) { part_.emplace(Part{.next = next, .held = {}}); }
  // Of a part: one that it didn't hold.
  Object& put(Number number, Object object) {
    return part_->held.emplace(number, Held{std::move(object), true}).first->second.object;
  }
  // Of a part: lets go of those that nobody has needed since the last call.
  void forget_unneeded() {
    for (auto at = part_->held.begin(); at != part_->held.end();) {
      at = std::exchange(at->second.is_needed, false) ? std::next(at) : part_->held.erase(at);
    }
  }

 private:
  struct Held {
    Object object;
    bool is_needed = true;
  };
  struct Part {
    Number next;
    std::unordered_map<Number, Held> held;  // whose references stay good
  };
  std::vector<Object> all_ = std::vector<Object>(1);  // by number; [0] is nobody
  std::optional<Part> part_;
};

}  // namespace mnm::state
