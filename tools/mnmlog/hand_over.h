// Handing over to mnmrestore, the program that may write: mnmlog itself has no code for it.
//
// Main thread.
#pragma once

#include "base/error.h"
#include "mnmlog/command.h"

namespace mnm::mnmlog {

// Becomes mnmrestore, which lies beside this program, with these arguments. Only returns when it
// can't: kUnavailable.
[[nodiscard]] Error hand_over(Arguments arguments);

}  // namespace mnm::mnmlog
