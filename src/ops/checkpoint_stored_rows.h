// The rows of a checkpoint's database, for partial views. It reads at one moment of the database,
// from the first call on, until it is let go.
//
// One thread: the database's owner.
#pragma once

#include <rocksdb/db.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "ops/row_seal.h"
#include "state/rows.h"
#include "state/stored_rows.h"

namespace mnm::ops {

class CheckpointStoredRows final : public state::StoredRows {
 public:
  // `db` is null while the database isn't open: reads throw kUnavailable then. All outlive it.
  CheckpointStoredRows(const std::unique_ptr<rocksdb::DB>& db, const RowSeal& seal,
                       const std::string& directory)
      : db_(db), seal_(seal), directory_(directory) {}

  // Before the database is written or closed.
  void let_go() { iterator_.reset(); }

  [[nodiscard]] std::optional<std::string_view> row(std::string_view key) override;
  void each(std::string_view begin, std::string_view end, const Visit& visit) override;
  [[nodiscard]] std::uint32_t last_number(state::RowClass row_class) override;

 private:
  [[nodiscard]] rocksdb::Iterator& rows();
  [[nodiscard]] bool is_at_one(const rocksdb::Iterator& row) const;
  [[nodiscard]] std::string_view value(const rocksdb::Iterator& row);

  const std::unique_ptr<rocksdb::DB>& db_;
  const RowSeal& seal_;
  const std::string& directory_;
  std::unique_ptr<rocksdb::Iterator> iterator_;
  std::string buffer_;
};

}  // namespace mnm::ops
