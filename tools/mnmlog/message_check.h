// What verify asks of the messages: each that waits is stored, as its event says, with its body.
//
// Main thread.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "base/error.h"
#include "log/body_store.h"
#include "mnmlog/source.h"

namespace mnm::mnmlog {

// Whether it tells of the data, so that it is a finding: else nothing more can be looked at.
[[nodiscard]] bool is_damage(const Error& error);

struct MessageReport {
  std::uint64_t waiting = 0;
  std::uint64_t files = 0;
  std::uint64_t older = 0;      // than the log: only their sizes could be checked
  std::uint64_t bytes = 0;      // of bodies, all hashed
  std::vector<Error> findings;  // at most kFindingsMax
  std::uint64_t found = 0;      // findings in all
  static constexpr std::size_t kFindingsMax = 100;

  void add(Error error);
};

// `views` are at the source's durable(); beside a running relay they move on, so that a message
// acked meanwhile isn't missed.
[[nodiscard]] Result<MessageReport> check_messages(Source& source, state::Views& views);
// That no message which waits for nobody is stored any more. Reads the log once more.
[[nodiscard]] Result<> check_purged(Source& source, const state::Views& views,
                                    MessageReport& report);

}  // namespace mnm::mnmlog
