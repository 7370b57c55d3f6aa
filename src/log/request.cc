#include "log/request.h"

#include <glog/logging.h>

#include <algorithm>

namespace mnm::log {

void check_request(const Position& head, const AppendRequest& request) {
  CHECK(!request.events.empty()) << "an append has at least one event";
  CHECK(request.epoch) << "epochs begin at 1";
  CHECK_GE(request.epoch.value(), head.epoch.value());
  if (request.epoch == head.epoch) {
    CHECK_EQ(request.first.value(), head.lsn.value() + 1) << "within an epoch LSNs are contiguous";
  } else {
    CHECK_GT(request.first.value(), head.lsn.value()) << "no LSN is used twice";
  }
  Lsn above = request.first - 1;
  for (const MessagePut& put : request.puts) {
    CHECK_GT(put.id.value(), above.value())
        << "puts are in ascending order, of events of this append";
    above = put.id;
  }
  CHECK_LE(above.value(), last_lsn(request).value());
  for (const MessagePurge& purge : request.purges) {
    CHECK_LT(purge.id.value(), request.first.value())
        << "a message is never put and purged in one append";
  }
}

}  // namespace mnm::log
