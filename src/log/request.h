// What every Log demands of an append. Any thread; pure.
#pragma once

#include "log/log.h"

namespace mnm::log {

// CHECKs that `request` may follow `head`: a request that may not is a bug of the caller, and
// writing it would make a log that no reader accepts.
void check_request(const Position& head, const AppendRequest& request);

[[nodiscard]] inline Lsn last_lsn(const AppendRequest& request) {
  return request.first + (request.events.size() - 1);
}

}  // namespace mnm::log
