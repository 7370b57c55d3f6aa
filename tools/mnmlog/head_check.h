// Signed heads held against a log while its records go by: is today's log the one that they were
// signed of? Finds heads that aren't signed, missing, another log's, and records that aren't those
// which were signed.
//
// Main thread. Reads the file of heads along with the log, in the memory of one.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "log/heads_file.h"
#include "log/merkle_range.h"

namespace mnm::mnmlog {

struct HeadReport {
  std::uint64_t read = 0;     // heads in the file
  std::uint64_t held = 0;     // signed, and the log has what they cover
  std::uint64_t trimmed = 0;  // signed, of records that are no longer kept
  std::uint64_t dropped = 0;  // signed, of records that a restore has dropped
  bool torn = false;          // an unfinished line follows the last head
  bool ranges_checked = false;
  std::optional<log::Head> last_held;
  std::optional<Lsn> first_bad;  // an LSN that the log must hold otherwise, or the first after the
                                 // last head that holds
  std::vector<Error> findings;   // at most kFindingsMax
  std::uint64_t found = 0;       // in all
  static constexpr std::size_t kFindingsMax = 10;
};

class HeadCheck {
 public:
  // `range`: of all records before the first that will be added; none when it isn't known, and
  // then roots can't be checked.
  HeadCheck(log::HeadsReader heads, const PublicKey& key, std::string identity,
            std::optional<log::MerkleRange> range);

  // The log's next record. kUnavailable when the file can't be read.
  [[nodiscard]] Result<> add(const log::Envelope& record);
  // There are no more records: `whole`, because the log ends, not because of damage.
  [[nodiscard]] Result<HeadReport> finish(bool whole);

 private:
  [[nodiscard]] Result<> advance();
  void judge_before(const log::Envelope& record);
  void judge_at(const log::Envelope& record);
  void hold();
  void find(std::string text);
  void misfit(const std::string& text);

  log::HeadsReader heads_;
  const PublicKey key_;
  const std::string identity_;
  std::optional<log::MerkleRange> range_;
  std::optional<log::SignedHead> head_;  // to be held against what comes
  std::optional<log::Head> before_;      // the one before it in the file
  std::optional<log::Position> last_;    // record added
  bool over_ = false;                    // the file
  HeadReport report_;
};

}  // namespace mnm::mnmlog
