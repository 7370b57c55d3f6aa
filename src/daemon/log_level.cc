#include "daemon/log_level.h"

#include <glog/logging.h>

namespace mnm::daemon {

void set_log_level(std::string_view level) {
  FLAGS_v = level == "debug" ? 1 : 0;
  FLAGS_minloglevel = level == "error"     ? google::GLOG_ERROR
                      : level == "warning" ? google::GLOG_WARNING
                                           : google::GLOG_INFO;
}

}  // namespace mnm::daemon
