// How rows of views/ are stored: as they are, or, in a sealed data directory, their values sealed
// and the names in their keys as keyed hashes (doc/log_format.md, "Sealing").
//
// Pure but for random nonces; any thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"
#include "log/keyring.h"

namespace mnm::ops {

class RowSeal {
 public:
  // Null: rows are as they are.
  explicit RowSeal(std::shared_ptr<const log::Keyring> keyring = nullptr)
      : keyring_(std::move(keyring)) {}

  [[nodiscard]] const log::Keyring* keyring() const { return keyring_.get(); }
  // The key under which a row lies. In its order, but for names, which are looked up one by one. A
  // view of `key`, or of `buffer`.
  [[nodiscard]] std::string_view stored_key(std::string_view key, std::string& buffer) const;
  // What is stored under `stored_key`, which binds it to that place. A view of `value`, or of
  // `buffer`.
  [[nodiscard]] std::string_view stored_value(std::string_view stored_key, std::string_view value,
                                              std::string& buffer) const;
  // The value again. kCorruption when it isn't what was sealed there.
  [[nodiscard]] Result<std::string_view> value(std::string_view stored_key,
                                               std::string_view stored_value,
                                               std::string& buffer) const;

 private:
  std::shared_ptr<const log::Keyring> keyring_;
};

}  // namespace mnm::ops
