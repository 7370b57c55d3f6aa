// Scans that decode ahead of their reader on threads of their own: to take a record apart, and to
// hash its events, costs as much as folding or printing them, and a second processor is often idle.
//
// The reader below may be read from any thread, as log.h says, and outlives it. A scan starts its
// threads when it is made, and ends them when it goes; each scan is read by one thread.
#pragma once

#include <memory>

#include "log/forwarding_reader.h"
#include "log/record.h"

namespace mnm::log {

class AheadReader final : public ForwardingReader {
 public:
  // `threads`, at least 1: of each scan.
  AheadReader(const Reader& below, unsigned threads, Roots roots = Roots::kChecked)
      : ForwardingReader(below), threads_(threads), roots_(roots) {}

  // Checks what the scan below does, but for roots that are trusted.
  [[nodiscard]] std::unique_ptr<Scanner> scan(Lsn from) const override;

 private:
  const unsigned threads_;
  const Roots roots_;
};

}  // namespace mnm::log
