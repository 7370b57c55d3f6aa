#include "mnmlog/row_difference.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "base/codec.h"
#include "base/text.h"
#include "mnmlog/names.h"
#include "state/rows.h"

namespace mnm::mnmlog {
namespace {

using Row = std::pair<std::string, std::string>;

std::vector<Row> rows_of(const state::Views& views) {
  std::vector<Row> rows;
  state::RowWriter(views, [&rows](std::string_view key, std::string_view value) {
    rows.emplace_back(key, value);
  }).write_for_digest();
  return rows;
}

std::string describe_key(std::string_view key, const Names& names) {
  Decoder decoder(key);
  switch (static_cast<state::RowClass>(decoder.byte())) {
    case state::RowClass::kClock:
      return "the clock: epoch, uptime";
    case state::RowClass::kUser:
      return "user " + names.uid(UserNo(decoder.fixed32_be()));
    case state::RowClass::kNode:
      return "node " + names.node_id(NodeNo(decoder.fixed32_be()));
    case state::RowClass::kGroup:
      return "group " + names.gid(GroupNo(decoder.fixed32_be()));
    case state::RowClass::kMessage:
      return "message " + message_id(Lsn(decoder.fixed64_be()));
    case state::RowClass::kQueue: {
      const std::string node = names.node_id(NodeNo(decoder.fixed32_be()));
      return fmt::format("queue of {}, {}", node, decoder.byte() == 0 ? "urgent" : "normal");
    }
    default:
      return "row " + hex_encode(key);
  }
}

}  // namespace

std::string first_row_difference(const state::Views& own, const state::Views& other) {
  const std::vector<Row> own_rows = rows_of(own);
  const std::vector<Row> other_rows = rows_of(other);
  const auto [a, b] = std::ranges::mismatch(own_rows, other_rows);
  if (a == own_rows.end() && b == other_rows.end()) return {};
  if (b == other_rows.end() || (a != own_rows.end() && a->first < b->first)) {
    return describe_key(a->first, Names(own)) + ": only in the first";
  }
  if (a == own_rows.end() || b->first < a->first) {
    return describe_key(b->first, Names(other)) + ": only in the second";
  }
  return fmt::format("{}: {} and {}", describe_key(a->first, Names(own)), hex_encode(a->second),
                     hex_encode(b->second));
}

}  // namespace mnm::mnmlog
