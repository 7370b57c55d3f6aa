// NoteBackup and Trim: what becomes of the log itself.
#include <fmt/format.h>

#include "ops/store.h"

namespace mnm::ops {

void decide(const Context& context, const NoteBackup& command, Decision& decision) {
  *decision.add(context).mutable_backed_up() = command.fact;
  acknowledge(context, Lsn(), decision);
}

// Whoever asks has written the base; here is only decided that it isn't overtaken.
void decide(const Context& context, const Trim& command, Decision& decision) {
  const Lsn through(command.fact.lsn());
  if (through <= context.views.trimmed() || through > context.views.applied()) {
    return refuse(context,
                  fmt::format("Trim: LSN {} isn't between {}, the last one trimmed, and the end",
                              through.value(), context.views.trimmed().value()),
                  decision);
  }
  *decision.add(context).mutable_trimmed() = command.fact;
  decision.trim_before = next(through);
  acknowledge(context, Lsn(), decision);
}

}  // namespace mnm::ops
