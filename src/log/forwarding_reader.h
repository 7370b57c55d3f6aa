// A Reader over another one, for those that only scan in a way of their own.
//
// As the reader below, which outlives it.
#pragma once

#include <string>

#include "log/log.h"

namespace mnm::log {

class ForwardingReader : public Reader {
 public:
  explicit ForwardingReader(const Reader& below) : below_(below) {}

  [[nodiscard]] Position durable() const override { return below_.durable(); }
  [[nodiscard]] std::string identity() const override { return below_.identity(); }
  [[nodiscard]] std::string format() const override { return below_.format(); }
  [[nodiscard]] Lsn tail() const override { return below_.tail(); }
  [[nodiscard]] Result<Record> read(Lsn lsn) const override { return below_.read(lsn); }
  [[nodiscard]] Result<std::string> message(Lsn id) const override { return below_.message(id); }

 protected:
  [[nodiscard]] const Reader& below() const { return below_; }

 private:
  const Reader& below_;
};

}  // namespace mnm::log
