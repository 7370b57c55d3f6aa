// The data directory under inspection: a reader of its log, and the views at its end. Beside a
// running relay it is the relay that reads, through its admin socket; where that doesn't answer,
// the files are read, as far as they are known to be durable.
//
// Main thread. Writes nothing to the directory; what a reader beside a running relay needs for
// itself lies in a temporary directory, gone with the Source.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/error.h"
#include "common/scratch_directory.h"
#include "log/log.h"
#include "log/loose_reader.h"
#include "mnmlog/admin_reader.h"
#include "mnmlog/live_sessions.h"
#include "mnmlog/lookup.h"
#include "mnmlog/place.h"
#include "ops/base.h"
#include "ops/checkpoint_reader.h"
#include "ops/derived_rows.h"
#include "state/views.h"

namespace mnm::mnmlog {

class Source {
 public:
  enum class Through : std::uint8_t {
    kRelay,  // where one runs and answers
    kFiles,  // always: for those who judge the files
  };
  // What a sealed directory without its key can't be used for is kDenied by what is asked.
  [[nodiscard]] static Result<std::unique_ptr<Source>> open(const Place& place,
                                                            Through through = Through::kRelay);

  [[nodiscard]] const std::string& directory() const { return directory_; }
  [[nodiscard]] const log::Reader& reader() const { return *reader_; }
  // The end of what is looked at. Moves with refresh() alone, however fast the relay goes on.
  [[nodiscard]] const log::Position& durable() const { return durable_; }
  // The log's database can't be opened, so its records are read file by file, as far as they can
  // be; messages can't.
  [[nodiscard]] bool loose() const { return loose_ != nullptr; }
  // Of such a log: what is wrong with which file.
  [[nodiscard]] std::vector<Error> unreadable_files() const;
  // Null where it is plain, or no key was given.
  [[nodiscard]] const log::Keyring* keyring() const { return keyring_.get(); }
  [[nodiscard]] const std::shared_ptr<const log::Keyring>& shared_keyring() const {
    return keyring_;
  }
  // It is sealed, and no key was given: of its files, envelopes alone can be read.
  [[nodiscard]] bool keyless() const { return keyless_; }
  // A relay held the directory when it was opened.
  [[nodiscard]] bool live() const { return live_; }
  // Who is connected, if a relay says so; asked once. Else null. Of one node, if it is given.
  [[nodiscard]] const LiveSessions* live_sessions(NodeNo only = {});
  // Sees what has become durable since, also when a relay has started or stopped meanwhile.
  [[nodiscard]] Result<> refresh();

  // At durable(), or, beside a running relay, a little after it. From the relay's checkpoint where
  // there is one, else from the first event. Where the log is damaged: as far as they could be
  // folded, and views_error() says why not further.
  [[nodiscard]] const state::Views& views();
  [[nodiscard]] const std::optional<Error>& views_error() const { return views_error_; }

  // Objects at durable(), or, beside a running relay, a little after it, looked up one by one: by
  // the relay, or in a checkpoint that is at it; else in views(). Until refresh().
  [[nodiscard]] const Lookup& lookup();
  // The same for those who want names alone, which never change: such a one as covers `lsn`.
  // In whole views where so many are asked for that those are made sooner. Until refresh().
  [[nodiscard]] const Lookup& names_through(Lsn lsn, std::uint64_t events);
  [[nodiscard]] const Lookup& names() { return names_through(durable_.lsn, 1); }
  // What went wrong in making or asking them.
  [[nodiscard]] std::optional<Error> lookup_error() const;
  // The same of asking the relay alone: what wasn't answered looks as if it weren't there.
  [[nodiscard]] std::optional<Error> asking_error() const {
    return relay_lookup_ ? relay_lookup_->error() : std::nullopt;
  }
  // The index of the log, and through where it goes. Null when there is none of this log.
  [[nodiscard]] const ops::DerivedRows* index();
  [[nodiscard]] Lsn indexed() const { return indexed_; }
  // What the events through `lsn` add up to; applied() is the last of them. From the nearest kept
  // views at or before it. kNegative when those events were trimmed; else what the fold finds.
  [[nodiscard]] Result<state::Views> views_at(Lsn lsn) const;

  // The views that a replay of what is kept begins with: empty ones, or the base that the log,
  // which was trimmed, begins with.
  [[nodiscard]] Result<ops::Base> first_base() const;

  // One line: where this comes from and how far it goes.
  [[nodiscard]] std::string describe() const;

 private:
  Source(std::string directory, std::shared_ptr<const log::Keyring> keyring,
         tools::ScratchDirectory scratch, Through through)
      : directory_(std::move(directory)),
        keyring_(std::move(keyring)),
        keyless_(keyring_ == nullptr && log::is_sealed(directory_)),
        scratch_(std::move(scratch)),
        through_(through) {}
  [[nodiscard]] Result<> open_reader();
  // What is left of a log that can't be opened, with `error`; else that error.
  [[nodiscard]] Result<> open_loosely(const Error& error);
  // The latest kept views of this log that are at `lsn` or before; empty ones when there are none,
  // and none are needed. kNegative when they were trimmed, else as ops::Bases.
  [[nodiscard]] Result<state::Views> nearest_kept(Lsn lsn) const;
  [[nodiscard]] Result<> advance(state::Views& views, Lsn through) const;
  [[nodiscard]] Error trimmed() const;
  void begin_views();
  void advance_views();
  // The checkpoint, opened once, where it is of this log.
  void open_checkpoint();
  // For a relay that isn't asked for single objects. Has it write one, so that it is at the end of
  // what is looked at.
  void ask_for_checkpoint();
  void forget_checkpoint();
  // Null where no relay answers such questions.
  [[nodiscard]] const Lookup* relay_lookup();
  [[nodiscard]] const Lookup& checkpoint_lookup();

  std::string directory_;
  std::shared_ptr<const log::Keyring> keyring_;
  bool keyless_;
  tools::ScratchDirectory scratch_;
  const Through through_;
  std::unique_ptr<log::Reader> reader_;
  const AdminReader* admin_ = nullptr;       // reader_, while it is the relay that reads
  const log::LooseReader* loose_ = nullptr;  // reader_, where the database can't be opened
  log::Position durable_;
  bool live_ = false;
  bool checkpoint_sought_ = false;
  bool checkpoint_asked_ = false;
  std::unique_ptr<ops::CheckpointReader> checkpoint_;
  log::Position checkpoint_at_;
  Lsn indexed_;                                             // none: there is no index
  std::map<NodeNo, std::optional<LiveSessions>> sessions_;  // by what was asked for
  std::optional<state::Views> views_;
  std::unique_ptr<Lookup> lookup_;  // in checkpoint_
  std::unique_ptr<Lookup> relay_lookup_;
  std::unique_ptr<Lookup> names_lookup_;  // in those two
  std::unique_ptr<Lookup> views_lookup_;
  std::optional<Error> views_error_;
  bool no_base_ = false;  // the views can't be had at all
};

}  // namespace mnm::mnmlog
