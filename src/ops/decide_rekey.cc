// NoteRekey: the data directory has another key.
#include "ops/store.h"

namespace mnm::ops {

// Whoever asks has written the keyring: what is done is told, and nothing is left to decide.
void decide(const Context& context, const NoteRekey& command, Decision& decision) {
  *decision.add(context).mutable_rekeyed() = command.fact;
  acknowledge(context, Lsn(), decision);
}

}  // namespace mnm::ops
