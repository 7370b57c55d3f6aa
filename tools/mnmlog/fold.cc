#include "mnmlog/fold.h"

#include <fmt/format.h>
#include <glog/logging.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "common/program.h"

namespace mnm::mnmlog {
namespace {

Lsn folding;  // the event that is just being folded; glog's hook has no argument to pass it by

// As glog declares it: to clang, [[noreturn]] is no part of a type.
void on_check_failed() __attribute__((noreturn));
void on_check_failed() {
  if (!folding) std::abort();
  fmt::print(stderr, "FIRST BAD LSN {}: the event contradicts the events before it (above: how)\n",
             folding.value());
  std::_Exit(exit_code(ErrorCode::kCorruption));
}

}  // namespace

void report_impossible_events() { google::InstallFailureFunction(on_check_failed); }

Result<log::Position> fold(const log::Reader& reader, Lsn through, state::Views& views,
                           const ops::EventVisitor& visit, state::Changes* changes) {
  state::Changes own;
  bool stopped = false;
  auto position = ops::replay(reader, through, views, changes != nullptr ? *changes : own,
                              [&](Lsn lsn, const event::Event& event) {
                                stopped = tools::interrupted();
                                if (stopped || (visit && !visit(lsn, event))) return false;
                                folding = lsn;
                                return true;
                              });
  folding = Lsn();
  if (stopped) {
    return fail(ErrorCode::kInterrupted,
                fmt::format("interrupted after LSN {}", views.applied().value()));
  }
  return position;
}

}  // namespace mnm::mnmlog
