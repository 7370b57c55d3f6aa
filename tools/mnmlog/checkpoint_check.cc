#include "mnmlog/checkpoint_check.h"

#include <fmt/format.h>

#include <filesystem>
#include <utility>

namespace mnm::mnmlog {

CheckpointCheck::CheckpointCheck(const std::string& directory,
                                 const std::shared_ptr<const log::Keyring>& keyring,
                                 const log::Reader& log)
    : directory_(directory + "/views") {
  open(keyring, log);
}

void CheckpointCheck::open(const std::shared_ptr<const log::Keyring>& keyring,
                           const log::Reader& log) {
  // A running relay may remove a file between its being named and opened.
  constexpr int kTries = 3;
  Result<std::unique_ptr<ops::CheckpointReader>> checkpoint;
  for (int tries = 0; tries < kTries; ++tries) {
    checkpoint = ops::CheckpointReader::open(directory_, keyring);
    if (checkpoint || checkpoint.error().code == ErrorCode::kNegative) break;
  }
  if (!checkpoint) {
    if (checkpoint.error().code == ErrorCode::kNegative) {
      if (std::filesystem::exists(directory_)) skipped_ = directory_ + " is no database";
      return;
    }
    if (checkpoint.error().code == ErrorCode::kCorruption) finding_ = found(checkpoint.error());
    if (!finding_) skipped_ = checkpoint.error().text;
    return;
  }
  const Result<log::Position> at = (*checkpoint)->position();
  if (!at) {
    finding_ = found(at.error());
    return;
  }
  if (!at->lsn) {
    skipped_ = directory_ + " is of another version: a start makes it anew";
    return;
  }
  if (at->lsn <= log.durable().lsn && !ops::belongs_to(log, *at)) {
    skipped_ = fmt::format("{} is at LSN {} of another log: it is made anew at the next start",
                           directory_, at->lsn.value());
    return;
  }
  at_ = *at;
  checkpoint_ = std::move(*checkpoint);
}

void CheckpointCheck::finish(const state::Views& views) {
  before(mnm::next(views.applied()), views);
  if (checkpoint_ == nullptr) return;
  skipped_ = fmt::format("{} is at LSN {}, past what was verified", directory_, at_.lsn.value());
}

void CheckpointCheck::compare(const state::Views& views) {
  const auto checkpoint = std::exchange(checkpoint_, nullptr);
  if (at_.lsn != views.applied()) {  // before the base that the log begins with
    skipped_ =
        fmt::format("{} is at LSN {}, where the fold doesn't come by", directory_, at_.lsn.value());
    return;
  }
  compared_ = at_.lsn;
  digest_ = views.digest();
  const Result<Hash> digest = checkpoint->digest();
  if (!digest) {
    finding_ = found(digest.error());
  } else if (*digest != digest_) {
    finding_ =
        found({ErrorCode::kTampering,
               fmt::format("the checkpoint at LSN {} isn't what the events say", at_.lsn.value())});
  }
}

Error CheckpointCheck::found(const Error& error) const {
  return {error.code, fmt::format("{}; it is derived: with the relay stopped, delete {}",
                                  error.text, directory_)};
}

}  // namespace mnm::mnmlog
