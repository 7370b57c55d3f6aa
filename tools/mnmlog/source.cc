#include "mnmlog/source.h"

#include <fmt/format.h>

#include <filesystem>
#include <limits>
#include <utility>

#include "common/admin_client.h"
#include "common/terminal.h"
#include "log/ahead_reader.h"
#include "log/data_directory.h"
#include "log/rocks_log.h"
#include "mnmlog/fold.h"
#include "ops/listing.h"
#include "ops/moments.h"

namespace mnm::mnmlog {
namespace {

constexpr Lsn kLast(std::numeric_limits<std::uint64_t>::max());

}  // namespace

Result<std::unique_ptr<Source>> Source::open(const Place& place, Through through) {
  const std::string& directory = place.directory;
  std::error_code failed;
  if (!std::filesystem::exists(directory, failed)) {
    return fail(
        failed == std::errc::permission_denied ? ErrorCode::kDenied : ErrorCode::kUnavailable,
        fmt::format("{}: no such data directory; name one with --data", directory));
  }
  Result<tools::ScratchDirectory> scratch = tools::ScratchDirectory::make();
  if (!scratch) return fail(scratch.error());
  auto keyring = load_keyring(place);
  if (!keyring) return fail(keyring.error());
  std::unique_ptr<Source> source(
      new Source(directory, std::move(*keyring), std::move(*scratch), through));
  if (Result<> opened = source->open_reader(); !opened) return fail(opened.error());
  return source;
}

Result<> Source::open_reader() {
  live_ = log::is_locked(directory_);
  admin_ = nullptr;
  loose_ = nullptr;
  if (live_ && through_ == Through::kRelay) {
    if (auto relay = AdminReader::open(directory_)) {
      admin_ = relay->get();
      reader_ = std::move(*relay);
      durable_ = reader_->durable();
      return {};
    }
  }
  auto reader = log::open_reader(directory_, scratch_.path() + "/log", keyring_);
  if (!reader) return open_loosely(reader.error());
  reader_ = std::move(*reader);
  durable_ = reader_->durable();
  return {};
}

Result<> Source::open_loosely(const Error& error) {
  if (live_ || error.code != ErrorCode::kCorruption) return fail(error);
  auto loose = log::LooseReader::open(directory_, keyring_);
  if (!loose) return fail(error);
  // A base is written before anything goes, and the one before it removed after: where the log
  // doesn't begin with its first event, it begins with the oldest.
  const auto bases = ops::Bases(directory_, keyring_).list();
  if ((*loose)->tail() > Lsn(1) && bases && !bases->empty()) (*loose)->give_up(bases->front());
  loose_ = loose->get();
  reader_ = std::move(*loose);
  durable_ = reader_->durable();
  return {};
}

std::vector<Error> Source::unreadable_files() const {
  return loose_ != nullptr ? loose_->unreadable() : std::vector<Error>();
}

Result<> Source::refresh() {
  if (live_ != log::is_locked(directory_) || (admin_ != nullptr && admin_->broken())) {
    forget_checkpoint();  // and who asked the old reader
    reader_.reset();      // the new one uses the same scratch directory
    if (Result<> opened = open_reader(); !opened) return opened;
  }
  durable_ = reader_->durable();
  if (views_) advance_views();
  forget_checkpoint();  // it has gone on, too
  checkpoint_asked_ = false;
  return {};
}

const state::Views& Source::views() {
  if (!views_) begin_views();
  if (views_->applied() < durable_.lsn) advance_views();
  return *views_;
}

// What came since the last one would cost a fold of all views here.
void Source::ask_for_checkpoint() {
  constexpr int kWithinMs = 3'000;
  if (admin_ == nullptr || std::exchange(checkpoint_asked_, true)) return;
  if (!tools::ask_admin(directory_, R"({"cmd":"checkpoint"})", kWithinMs)) return;
  forget_checkpoint();
  open_checkpoint();
}

void Source::forget_checkpoint() {
  names_lookup_.reset();
  relay_lookup_.reset();
  lookup_.reset();
  checkpoint_.reset();
  checkpoint_sought_ = false;
  indexed_ = {};
}

void Source::begin_views() {
  Result<state::Views> base = nearest_kept(kLast);
  if (!base) views_error_ = base.error();
  views_ = base ? std::move(*base) : state::Views();
  no_base_ = !base;
}

void Source::open_checkpoint() {
  if (std::exchange(checkpoint_sought_, true) || keyless_) return;
  auto checkpoint = ops::CheckpointReader::open(directory_ + "/views", keyring_);
  if (!checkpoint) return;
  const Result<log::Position> at = (*checkpoint)->position();
  if (!at || !at->lsn || !ops::belongs_to(*reader_, *at)) return;
  checkpoint_ = std::move(*checkpoint);
  checkpoint_at_ = *at;
  const Result<log::Position> indexed = ops::index_position(checkpoint_->rows());
  if (indexed && indexed->lsn && ops::belongs_to(*reader_, *indexed)) indexed_ = indexed->lsn;
}

const Lookup* Source::relay_lookup() {
  if (admin_ == nullptr || !admin_->knows_views()) return nullptr;
  if (!relay_lookup_) relay_lookup_ = lookup_in(*admin_);
  return relay_lookup_.get();
}

const Lookup& Source::checkpoint_lookup() {
  if (!lookup_) lookup_ = lookup_in(*checkpoint_);
  return *lookup_;
}

const Lookup& Source::lookup() {
  const Lookup* relay = relay_lookup();
  return relay != nullptr ? *relay : names();
}

const Lookup& Source::names_through(Lsn lsn, std::uint64_t events) {
  // 100,000 users are read in half a second; an object looked up by itself is some 0.3 us further
  // away in memory, each time.
  constexpr std::uint64_t kManyEvents = 1'000'000;
  // A checkpoint is made sooner than the relay is asked for each of more.
  constexpr std::uint64_t kAskedEventsMax = 20'000;
  const auto reaches = [this, lsn] {
    return checkpoint_ && checkpoint_at_.lsn >= lsn && indexed_ >= lsn;
  };
  const bool few = events < kManyEvents;
  if (few && !views_) {
    open_checkpoint();
    const bool ask = !reaches() && events <= kAskedEventsMax;
    const Lookup* relay = ask ? relay_lookup() : nullptr;
    if (relay != nullptr && !checkpoint_) return *relay;
    if (relay != nullptr) {
      if (!names_lookup_) names_lookup_ = names_in(checkpoint_lookup(), *relay);
      return *names_lookup_;
    }
    if (!reaches()) ask_for_checkpoint();
  }
  if (few && reaches()) return checkpoint_lookup();
  if (!views_lookup_) views_lookup_ = lookup_in(views());
  if (views_->applied() < lsn) (void)views();
  return *views_lookup_;
}

std::optional<Error> Source::lookup_error() const {
  if (views_error_) return views_error_;
  if (lookup_ && lookup_->error()) return lookup_->error();
  return asking_error();
}

const ops::DerivedRows* Source::index() {
  open_checkpoint();
  return indexed_ ? &checkpoint_->rows() : nullptr;
}

Result<state::Views> Source::views_at(Lsn lsn) const {
  Result<state::Views> views = nearest_kept(lsn);
  if (!views) return views;
  if (Result<> advanced = advance(*views, lsn); !advanced) return fail(advanced.error());
  return views;
}

Result<ops::Base> Source::first_base() const {
  const Lsn tail = reader_->tail();
  if (tail <= Lsn(1)) return ops::Base{};
  return ops::Bases(directory_, keyring_).latest(*reader_, tail - 1);
}

// The relay's checkpoint, if it is early enough, else a moment, else a base.
Result<state::Views> Source::nearest_kept(Lsn lsn) const {
  const auto checkpoint = ops::CheckpointReader::open(directory_ + "/views", keyring_);
  const Result<log::Position> at =
      checkpoint && !keyless_ ? (*checkpoint)->position() : log::Position{};
  if (at && at->lsn && at->lsn <= lsn && ops::belongs_to(*reader_, *at)) {
    state::Views views;
    if ((*checkpoint)->load(views)) return views;
  }
  if (lsn != kLast && mnm::next(lsn) < reader_->tail()) return fail(trimmed());
  if (auto moment = ops::latest_moment(ops::moments_in(directory_, keyring_), *reader_, lsn)) {
    return std::move(moment->views);
  }
  Result<ops::Base> base = ops::Bases(directory_, keyring_).latest(*reader_, lsn);
  if (!base) return fail(base.error());
  return std::move(base->views);
}

Error Source::trimmed() const {
  return {ErrorCode::kNegative,
          fmt::format("{}: the log was trimmed and begins at LSN {}; what was before is gone",
                      directory_, reader_->tail().value())};
}

Result<> Source::advance(state::Views& views, Lsn through) const {
  if (views.applied() >= through) return {};
  const log::AheadReader ahead(*reader_, 1, log::Roots::kTrusted);
  const Result<log::Position> folded = fold(ahead, through, views);
  if (!folded) return fail(folded.error());
  return {};
}

void Source::advance_views() {
  if (no_base_) return;  // there is nothing to go on from
  views_error_.reset();
  if (Result<> advanced = advance(*views_, durable_.lsn); !advanced) {
    views_error_ = advanced.error();
  }
}

const LiveSessions* Source::live_sessions(NodeNo only) {
  if (admin_ == nullptr) return nullptr;
  const auto [place, fresh] = sessions_.try_emplace(only);
  if (fresh) place->second = ask_live_sessions(directory_, only);
  return place->second ? &*place->second : nullptr;
}

std::string Source::describe() const {
  return fmt::format("{}: {}, epoch {}, durable LSN {}", tools::escaped(directory_),
                     loose_ != nullptr   ? "damaged, read file by file"
                     : !live_            ? "read-only"
                     : admin_ != nullptr ? "beside a running relay, through its admin socket"
                                         : "beside a running relay, from its files",
                     durable_.epoch.value(), durable_.lsn.value());
}

}  // namespace mnm::mnmlog
