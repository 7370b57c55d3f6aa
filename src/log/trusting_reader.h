// Scans that trust each record's events_root (record.h) and check all else: for those who read what
// this process has written, or show it and don't judge it.
//
// As the reader below, which outlives it.
#pragma once

#include <memory>

#include "log/log.h"

namespace mnm::log {

class TrustingReader final : public Reader {
 public:
  explicit TrustingReader(const Reader& below) : below_(below) {}

  [[nodiscard]] Position durable() const override { return below_.durable(); }
  [[nodiscard]] std::string identity() const override { return below_.identity(); }
  [[nodiscard]] Lsn tail() const override { return below_.tail(); }
  [[nodiscard]] std::unique_ptr<Scanner> scan(Lsn from) const override;
  [[nodiscard]] Result<Record> read(Lsn lsn) const override { return below_.read(lsn); }
  [[nodiscard]] Result<std::string> message(Lsn id) const override { return below_.message(id); }

 private:
  const Reader& below_;
};

}  // namespace mnm::log
