// How much is said in the program's own log (not the log of events).
//
// Sets flags of glog's, which are the process's: before threads are started.
#pragma once

#include <string_view>

namespace mnm::daemon {

// One of kLogLevels in config.h.
void set_log_level(std::string_view level);

}  // namespace mnm::daemon
