// What verify asks of each record beyond what the scanner has checked already (checksums, shape,
// events_root, and the link between two records of one scan): the link to what came before the
// range, and that a new epoch says truthfully where it came from.
//
// Main thread.
#pragma once

#include <cstdint>
#include <optional>

#include "log/log.h"

namespace mnm::mnmlog {

class RecordCheck {
 public:
  // `before`: the position that the first record must follow; none when it isn't known, because
  // the log was trimmed.
  explicit RecordCheck(std::optional<log::Position> before) : last_(before) {}

  // kCorruption, kTampering.
  [[nodiscard]] Result<> add(const log::Record& record);
  // Of a record that can't be opened: what its envelope says; not what a new epoch says of itself.
  [[nodiscard]] Result<> add_envelope(const log::Envelope& record, std::size_t stored_bytes);

  // The LSN that the first good record begins with; none: there was none.
  [[nodiscard]] Lsn first() const { return first_; }
  // The last good record, if any.
  [[nodiscard]] const std::optional<log::Position>& last() const { return last_; }
  [[nodiscard]] std::uint64_t records() const { return records_; }
  [[nodiscard]] std::uint64_t events() const { return events_; }
  [[nodiscard]] std::uint64_t epochs() const { return epochs_; }
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }

 private:
  [[nodiscard]] Result<> check_before(const log::Envelope& record) const;
  void count(const log::Envelope& record, std::size_t stored_bytes);
  [[nodiscard]] Result<> check_epoch(const log::Record& record) const;

  Lsn first_;
  std::optional<log::Position> last_;
  std::uint64_t records_ = 0;
  std::uint64_t events_ = 0;
  std::uint64_t epochs_ = 0;
  std::uint64_t bytes_ = 0;
};

}  // namespace mnm::mnmlog
