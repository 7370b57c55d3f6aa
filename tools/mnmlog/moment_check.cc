#include "mnmlog/moment_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "ops/moments.h"

namespace mnm::mnmlog {

MomentCheck::MomentCheck(const std::string& directory, std::shared_ptr<const log::Keyring> keyring)
    : moments_(ops::moments_in(directory, std::move(keyring))) {
  auto listed = moments_.list();
  if (!listed) {
    findings_.push_back(listed.error());
    return;
  }
  left_ = std::move(*listed);
  std::ranges::reverse(left_);
}

void MomentCheck::before(Lsn lsn, const state::Views& views) {
  while (!left_.empty() && left_.back() < lsn) {
    const Lsn moment = left_.back();
    left_.pop_back();
    compare(moment, views);
  }
}

void MomentCheck::compare(Lsn lsn, const state::Views& views) {
  if (lsn != views.applied()) {  // before the base, or in the gap of a restore: none starts there
    return;
  }
  ++compared_;
  const Result<ops::BaseInfo> moment = moments_.check(lsn);
  if (!moment) {
    if (moment.error().code != ErrorCode::kUnknownFormat) findings_.push_back(moment.error());
    return;
  }
  if (moment->digest == views.digest()) return;
  findings_.push_back(
      {ErrorCode::kTampering,
       fmt::format("the moment at LSN {} isn't what the events say; it is derived: delete {}",
                   lsn.value(), moments_.path(lsn))});
}

}  // namespace mnm::mnmlog
