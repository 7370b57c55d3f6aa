// The projector's fold in small: partial views over rows in a map, written at intervals that
// differ.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "event.pb.h"
#include "state/rows.h"
#include "state/stored_rows.h"
#include "state/views.h"

namespace mnm::testing {

using RowMap = std::map<std::string, std::string>;

// A sink that makes the rows those of the map.
inline state::RowSink into(RowMap& rows) {
  return [&rows](std::string_view key, std::string_view value) {
    if (value.empty()) {
      rows.erase(std::string(key));
    } else {
      rows[std::string(key)] = value;
    }
  };
}

class RowsInMap final : public state::StoredRows {
 public:
  RowMap rows;

  [[nodiscard]] std::optional<std::string_view> row(std::string_view key) override {
    const auto at = rows.find(std::string(key));
    return at == rows.end() ? std::nullopt : std::optional<std::string_view>(at->second);
  }
  void each(std::string_view begin, std::string_view end, const Visit& visit) override {
    const auto last = rows.lower_bound(std::string(end));
    for (auto at = rows.lower_bound(std::string(begin)); at != last; ++at) {
      visit(at->first, at->second);
    }
  }
  [[nodiscard]] std::uint32_t last_number(state::RowClass row_class) override {
    std::uint32_t last = 0;
    const std::string end = state::row_key(row_class, ~std::uint32_t{0});
    each(state::row_key(row_class, 0), end, [&last](std::string_view key, std::string_view) {
      last = 0;
      for (const char octet : key.substr(1)) {
        last = last << 8 | static_cast<std::uint8_t>(octet);
      }
    });
    return last;
  }
};

class PartialFold {
 public:
  void fold(Lsn lsn, const event::Event& event) {
    views_.evolve(lsn, event, changes_);
    const std::uint64_t interval = 1 + lsn.value() / 16 % 7;
    if (lsn.value() % interval != 0) return;
    write(stored_.rows);
    changes_ = {.track = true};
    if (lsn.value() % 5 == 0) {
      views_ = state::Views::partial(stored_, lsn);  // as after a start
    } else {
      views_.settle();
    }
  }
  // The rows of all that was folded.
  [[nodiscard]] RowMap rows() const {
    RowMap all = stored_.rows;
    if (views_.applied()) write(all);
    return all;
  }

 private:
  void write(RowMap& rows) const { state::RowWriter(views_, into(rows)).write_touched(changes_); }

  RowsInMap stored_;
  state::Views views_ = state::Views::partial(stored_, Lsn());
  state::Changes changes_{.track = true};
};

}  // namespace mnm::testing
