// The data directory under inspection: a reader of its log, and the views at its end.
//
// Main thread. Writes nothing to the directory; what a reader beside a running relay needs for
// itself lies in a temporary directory, gone with the Source.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/error.h"
#include "common/scratch_directory.h"
#include "log/log.h"
#include "state/views.h"

namespace mnm::mnmlog {

class Source {
 public:
  [[nodiscard]] static Result<std::unique_ptr<Source>> open(const std::string& directory);

  [[nodiscard]] const std::string& directory() const { return directory_; }
  [[nodiscard]] const log::Reader& reader() const { return *reader_; }
  // The end of what is looked at. Moves with refresh() alone, however fast the relay goes on.
  [[nodiscard]] const log::Position& durable() const { return durable_; }
  // A relay held the directory when it was opened.
  [[nodiscard]] bool live() const { return live_; }
  // Sees what has become durable since, also when a relay has started or stopped meanwhile.
  [[nodiscard]] Result<> refresh();

  // At durable(), or, beside a running relay, a little after it. From the relay's checkpoint where
  // there is one, else from the first event. Where the log is damaged: as far as they could be
  // folded, and views_error() says why not further.
  [[nodiscard]] const state::Views& views();
  [[nodiscard]] const std::optional<Error>& views_error() const { return views_error_; }

  // The same for those who want names alone, which never change: as few as cover `lsn`.
  [[nodiscard]] const state::Views& views_through(Lsn lsn);
  // What the events through `lsn` add up to; applied() is the last of them. From the nearest base
  // at or before it. kNegative when those events were trimmed; else what the fold finds.
  [[nodiscard]] Result<state::Views> views_at(Lsn lsn) const;

  // One line: where this comes from and how far it goes.
  [[nodiscard]] std::string describe() const;

 private:
  Source(std::string directory, tools::ScratchDirectory scratch)
      : directory_(std::move(directory)), scratch_(std::move(scratch)) {}
  [[nodiscard]] Result<> open_reader();
  // The latest kept views of this log that are at `lsn` or before; empty ones when there are none.
  [[nodiscard]] state::Views nearest_base(Lsn lsn) const;
  [[nodiscard]] Result<> advance(state::Views& views, Lsn through) const;
  void advance_views();

  std::string directory_;
  tools::ScratchDirectory scratch_;
  std::unique_ptr<log::Reader> reader_;
  log::Position durable_;
  bool live_ = false;
  std::optional<state::Views> views_;
  std::optional<Error> views_error_;
};

}  // namespace mnm::mnmlog
