// The moments that are kept beside a log (ops/moments.h), compared with a fold of its events: what
// `state --at` starts from must be what a replay from the first event would have come to.
//
// One thread: the fold's.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "log/keyring.h"
#include "ops/base.h"
#include "state/views.h"

namespace mnm::mnmlog {

class MomentCheck {
 public:
  MomentCheck(const std::string& directory, std::shared_ptr<const log::Keyring> keyring);

  // Before the event `lsn` is folded: compares the moments between the last call and this one.
  void before(Lsn lsn, const state::Views& views);
  [[nodiscard]] std::uint64_t compared() const { return compared_; }
  // kTampering: whole, and not what the events say. As of Bases::load, else.
  [[nodiscard]] const std::vector<Error>& findings() const { return findings_; }

 private:
  void compare(Lsn lsn, const state::Views& views);

  const ops::Bases moments_;
  std::vector<Lsn> left_;  // descending
  std::uint64_t compared_ = 0;
  std::vector<Error> findings_;
};

}  // namespace mnm::mnmlog
