// What verify does: every record checked and folded, the messages at the end, and, if given, the
// signed heads; and what it found.
//
// Main thread; hashing goes on threads of its own.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "mnmlog/head_check.h"
#include "mnmlog/message_check.h"
#include "mnmlog/range.h"
#include "mnmlog/record_check.h"
#include "mnmlog/source.h"

namespace mnm::mnmlog {

struct Verification {
  Range range;
  std::uint64_t records = 0;
  std::uint64_t events = 0;
  std::uint64_t epochs = 0;
  double seconds = 0;
  bool folded = false;
  std::string not_folded;  // why not
  bool keyless = false;    // the log is sealed, and its key wasn't given: envelopes alone
  Lsn base;                // that the log begins with; 0: with its first event
  Hash digest{};
  std::string torn;
  std::optional<Lsn> first_bad;
  std::vector<Range> unaffected;  // when something is bad: what holds together in itself
  MessageReport messages;
  std::uint64_t moments = 0;       // that were compared with the fold
  Lsn checkpoint;                  // that was compared with it; none: it wasn't
  std::string checkpoint_skipped;  // why not; empty where there is none
  std::optional<HeadReport> heads;
  std::vector<Error> findings;  // the log's, the first first
  std::vector<Error> derived;   // of what is made from it: moments, the checkpoint

  [[nodiscard]] std::vector<Error> all_findings() const;
  // Signed heads cover what a restore has dropped.
  [[nodiscard]] bool dropped() const { return heads && heads->dropped > 0; }
  // What decides the exit code: tampering before all else.
  [[nodiscard]] std::optional<Error> worst() const;
};

struct VerifyOptions {
  bool purged = false;  // also look for messages that nobody waits for
  std::optional<PublicKey> key;
  std::string heads_file;          // with `key`
  std::uint64_t heads_octets = 0;  // of the file, from its beginning, to look at
};

// An error is one that keeps it from judging; what is wrong with the data is in the verdict.
[[nodiscard]] Result<Verification> verify(Source& source, const Range& range,
                                          const VerifyOptions& options);

// Beside a running relay: waits, a few seconds at most, until what the last head of the file covers
// can be seen here. The octets of the file through that head; 0 when there is none.
[[nodiscard]] Result<std::uint64_t> await_last_head(Source& source, const std::string& heads_file);

}  // namespace mnm::mnmlog
