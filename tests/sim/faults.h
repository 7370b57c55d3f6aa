// What can go wrong in a simulated world, by name. Each seed switches some of it on (swarm): a
// world in which everything fails at once hides what fails alone.
//
// One thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "sim/random.h"

namespace mnm::sim {

enum class Fault : std::uint8_t {
  // The process ends, at each step of a turn.
  kCrashIdle,          // between two turns
  kCrashBeforeAppend,  // a turn is decided, nothing is written
  kCrashWriteLost,     // written, not synced: all of it is gone
  kCrashWriteTorn,     // ... a part of its octets is there
  kCrashWriteReorder,  // ... some of its sectors are there, in any order
  kCrashWriteGarbage,  // ... its end is other octets
  kCrashWriteStays,    // ... all of it is there, though nobody was told
  kCrashAfterAppend,   // durable, before any answer
  kCrashAmidReplies,   // some sessions have their answers
  kCrashAfterReplies,
  kCrashInRecovery,  // while it starts
  kCrashStorm,       // several in a row
  kCleanStop,
  // The disk.
  kAppendFailsLost,    // an error, and it isn't there
  kAppendFailsStored,  // an error, and it is there all the same
  kAppendFailsTorn,    // an error, and a part of it is there
  kSyncSlow,           // a sync that takes seconds
  kMarkLags,           // the high-water mark is behind
  kMarkTorn,           // the slot being written at a crash is spoilt
  kMarkLost,           // both slots are gone: must be refused
  kWalBitFlip,         // in what was acked: must be refused
  kWalHole,            // a sector of zeros in what was acked: must be refused
  kWalEndLost,         // what was acked is cut off: must be refused
  kRecordLost,         // one record of the tables: must be refused when it is read
  kRecordSpoilt,       // one octet of a record of the tables: the same
  kRecordForged,       // a whole record, but another: the same
  kBodyLost,           // a body file that waits: must be refused
  kBodyCut,            // it is too short: must be refused
  kRowUnreadable,      // a message row can't be read just now
  kBodyUnreadable,     // a body file can't be read just now
  kUploadFails,        // a body file can't be written
  kUploadSyncFails,
  // Of sealed worlds alone.
  kMonthsPass,         // the clock is a month later: a data key is begun
  kRekey,              // another key between two starts
  kRekeyRunning,       // the same beside a running relay
  kKeyringWriteFails,  // an error, and the keyring is the old one or the new one
  kCrashInKeyring,     // while it is written, whoever does it
  kCrashInRemoval,     // while the key of a body file is overwritten
  kWrongKey,           // a start with another key, or none: must be refused and change nothing
  kKeyringLost,        // must be refused
  kKeyringSpoilt,      // one octet of it: must be refused
  kDiskLow,            // the relay is told that the disk is nearly full
  kFlush,              // the tables take over the WAL
  kCheckpointLost,     // views are rebuilt from the log alone
  kCheckpointStale,    // and from an old one
  kCheckpointSpoilt,   // one octet of it is another: must be noticed, or make no difference
  // The network.
  kSplit,       // octets arrive in pieces, cut anywhere
  kDelay,       // up to some seconds
  kCut,         // the link is reset
  kCutMidway,   // within a frame
  kAnswerLost,  // reset when a request has arrived and its answer not yet
  kHalfOpen,    // the client is gone, and nobody tells the relay for a while
  kDeafClient,  // the relay is gone, and nobody tells the client for a while
  kStalledReader,
  kSlowReader,
  kReconnectStorm,
  kTwoSessions,  // a second session logs in for a node
  kLateOps,      // the first one goes on asking
  kDribble,      // a header that never ends
  // The clocks.
  kUtcBack,
  kUtcForward,
  kTicksFast,  // uptime runs ahead
  // The people.
  kStranger,        // octets that are no protocol
  kSilentStranger,  // a link and not a word
  kWrongPassword,
  kMalformed,  // a client's own frame is spoilt
  kBadRecipient,
  kStrayAcks,
  kRepeatedAcks,
  kAcksOutOfOrder,
  kAcksLate,
  kBigBodies,     // kept as files
  kOtherContent,  // a request's id with something else
  kDroppedNodeLogin,
  kNodeChurn,
  kGroupChurn,
  kPresenceChurn,
  kSmallQuota,
  kSmallWindow,
  kSmallInbox,
  kSmallBudget,
  kReturns,  // posts that nobody reads are returned
  kCount,
};
inline constexpr auto kFaultKinds = static_cast<std::size_t>(Fault::kCount);

[[nodiscard]] std::string_view name_of(Fault fault);

class Faults {
 public:
  // Switches each on in about one of three worlds.
  explicit Faults(Random& random);

  [[nodiscard]] bool on(Fault fault) const { return on_[index(fault)]; }
  void set(Fault fault, bool on) { on_[index(fault)] = on; }
  // Whether it happens now; so many times in a thousand where it is on. Counted.
  bool hit(Fault fault, std::uint64_t of_thousand) {
    if (calm_ || !on(fault) || !random_.chance(of_thousand)) return false;
    ++hits_[index(fault)];
    return true;
  }
  void count(Fault fault) { ++hits_[index(fault)]; }
  // From now on nothing goes wrong.
  void calm() { calm_ = true; }
  [[nodiscard]] bool is_calm() const { return calm_; }
  [[nodiscard]] const std::array<std::uint64_t, kFaultKinds>& hits() const { return hits_; }
  [[nodiscard]] std::string switched_on() const;

 private:
  static constexpr std::size_t index(Fault fault) { return static_cast<std::size_t>(fault); }
  Random& random_;
  std::array<bool, kFaultKinds> on_{};
  std::array<std::uint64_t, kFaultKinds> hits_{};
  bool calm_ = false;
};

}  // namespace mnm::sim
