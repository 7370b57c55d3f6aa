// A value that most objects don't have, as a part of those that there are millions of: 8 octets
// where it is the default, and the value apart where it isn't.
//
// Not thread-safe; a value like any other.
#pragma once

#include <memory>
#include <utility>

namespace mnm {

template <class Value>
class Rare {
 public:
  Rare() = default;
  Rare(Value value) {  // NOLINT(google-explicit-constructor): it stands for it
    if (value != Value()) value_ = std::make_unique<Value>(std::move(value));
  }
  Rare(const Rare& other) : value_(other.copy()) {}
  Rare(Rare&&) noexcept = default;
  Rare& operator=(const Rare& other) {
    if (this != &other) value_ = other.copy();
    return *this;
  }
  Rare& operator=(Rare&&) noexcept = default;
  ~Rare() = default;

  // The default where there is none.
  [[nodiscard]] const Value& operator*() const {
    if (value_) return *value_;
    static const Value none{};
    return none;
  }
  [[nodiscard]] const Value* operator->() const { return &**this; }
  // To change it; settle() once it may be the default again.
  [[nodiscard]] Value& own() {
    if (!value_) value_ = std::make_unique<Value>();
    return *value_;
  }
  void settle() {
    if (value_ && *value_ == Value()) value_.reset();
  }
  void reset() { value_.reset(); }
  friend bool operator==(const Rare& a, const Rare& b) { return *a == *b; }

 private:
  [[nodiscard]] std::unique_ptr<Value> copy() const {
    return value_ ? std::make_unique<Value>(*value_) : nullptr;
  }
  std::unique_ptr<Value> value_;
};

}  // namespace mnm
