#include "sim/faults.h"

namespace mnm::sim {
namespace {

// In the order of the enumerators.
constexpr std::array<std::string_view, kFaultKinds> kNames = {
    "crash-idle",
    "crash-before-append",
    "crash-write-lost",
    "crash-write-torn",
    "crash-write-reorder",
    "crash-write-garbage",
    "crash-write-stays",
    "crash-after-append",
    "crash-amid-replies",
    "crash-after-replies",
    "crash-in-recovery",
    "crash-storm",
    "clean-stop",
    "append-fails-lost",
    "append-fails-stored",
    "append-fails-torn",
    "sync-slow",
    "mark-lags",
    "mark-torn",
    "mark-lost",
    "wal-bit-flip",
    "wal-hole",
    "wal-end-lost",
    "record-lost",
    "record-spoilt",
    "record-forged",
    "body-lost",
    "body-cut",
    "row-unreadable",
    "body-unreadable",
    "upload-fails",
    "upload-sync-fails",
    "months-pass",
    "rekey",
    "rekey-running",
    "keyring-write-fails",
    "crash-in-keyring",
    "crash-in-removal",
    "wrong-key",
    "keyring-lost",
    "keyring-spoilt",
    "disk-low",
    "flush",
    "checkpoint-lost",
    "checkpoint-stale",
    "checkpoint-spoilt",
    "split",
    "delay",
    "cut",
    "cut-midway",
    "answer-lost",
    "half-open",
    "deaf-client",
    "stalled-reader",
    "slow-reader",
    "reconnect-storm",
    "two-sessions",
    "late-ops",
    "dribble",
    "utc-back",
    "utc-forward",
    "ticks-fast",
    "stranger",
    "silent-stranger",
    "wrong-password",
    "malformed",
    "bad-recipient",
    "stray-acks",
    "repeated-acks",
    "acks-out-of-order",
    "acks-late",
    "big-bodies",
    "other-content",
    "dropped-node-login",
    "node-churn",
    "group-churn",
    "presence-churn",
    "small-quota",
    "small-window",
    "small-inbox",
    "small-budget",
    "returns",
};
static_assert(!kNames.back().empty(), "each fault has a name");

// Worlds in which these are on.
constexpr std::uint64_t kOnOfThousand = 330;

}  // namespace

std::string_view name_of(Fault fault) { return kNames.at(static_cast<std::size_t>(fault)); }

Faults::Faults(Random& random) : random_(random) {
  for (bool& on : on_) on = random_.chance(kOnOfThousand);
}

std::string Faults::switched_on() const {
  std::string text;
  for (std::size_t i = 0; i < kFaultKinds; ++i) {
    if (!on_.at(i)) continue;
    if (!text.empty()) text += ' ';
    text += kNames.at(i);
  }
  return text;
}

}  // namespace mnm::sim
