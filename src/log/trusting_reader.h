// Scans that trust each record's events_root (record.h) and check all else: for those who read what
// this process has written, or show it and don't judge it.
//
// As the reader below, which outlives it.
#pragma once

#include <memory>

#include "log/forwarding_reader.h"

namespace mnm::log {

class TrustingReader final : public ForwardingReader {
 public:
  using ForwardingReader::ForwardingReader;
  [[nodiscard]] std::unique_ptr<Scanner> scan(Lsn from) const override;
};

}  // namespace mnm::log
