// --where: an expression over an event's fields (doc/mnmlog.md). Fields are those of schema.h, and
// `age`, the time since the event.
//
//   or      := and { "||" and }          and := not { "&&" not }
//   not     := "!" not | "(" or ")" | FIELD [ compare LITERAL ]
//   compare := == = != < <= > >= ~ !~    LITERAL := WORD | "TEXT" | 'TEXT'
//
// One thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/duration.h"
#include "mnmlog/event_view.h"
#include "mnmlog/pattern.h"
#include "mnmlog/schema.h"

namespace mnm::mnmlog {

struct WhereNode {
  enum class Kind : std::uint8_t { kAnd, kOr, kNot, kPresent, kCompare };
  enum class Compare : std::uint8_t {
    kEqual,
    kUnequal,
    kLess,
    kAtMost,
    kMore,
    kAtLeast,
    kMatch,
    kNoMatch
  };
  Kind kind = Kind::kPresent;
  std::size_t left = 0;   // kAnd, kOr, kNot
  std::size_t right = 0;  // kAnd, kOr
  std::size_t slot = 0;   // kPresent, kCompare
  Compare compare = Compare::kEqual;
  std::uint64_t number = 0;
  std::string text;
  Pattern pattern;
};

// A field that the expression names, and its value in the event at hand.
struct WhereSlot {
  FieldInfo field;
  bool present = false;
  std::uint64_t number = 0;  // kNumber, kOctets, kHours, kFlag; kTime: ns since 1970; age: ns
  std::string text;          // kText, kHash
  std::vector<std::string> list;
};

struct WhereProgram {
  std::vector<WhereNode> nodes;  // the last one is the root
  std::vector<WhereSlot> slots;
};

class Where {
 public:
  // kUsage names the column.
  [[nodiscard]] static Result<Where> make(const std::string& text, tools::Zone zone,
                                          std::uint64_t now_ns);
  // A comparison with a field that the event doesn't have is false, whatever it is.
  [[nodiscard]] bool passes(const EventView& view, const Names& names);

 private:
  [[nodiscard]] bool holds(std::size_t node) const;

  WhereProgram program_;
  std::uint64_t now_ns_ = 0;
};

// where_parse.cc
inline constexpr std::size_t kWhereDepthMax = 100;
[[nodiscard]] Result<WhereProgram> parse_where(const std::string& text, tools::Zone zone);

}  // namespace mnm::mnmlog
