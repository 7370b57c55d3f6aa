// The rows of a checkpoint's database, for partial views.
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

  [[nodiscard]] std::optional<std::string_view> row(std::string_view key) override;
  void each(std::string_view begin, std::string_view end, const Visit& visit) override;
  [[nodiscard]] std::uint32_t last_number(state::RowClass row_class) override;

 private:
  [[nodiscard]] rocksdb::DB& db() const;
  [[nodiscard]] std::string_view opened(std::string_view key, std::string_view stored);

  const std::unique_ptr<rocksdb::DB>& db_;
  const RowSeal& seal_;
  const std::string& directory_;
  std::string stored_;
  std::string buffer_;
};

}  // namespace mnm::ops
