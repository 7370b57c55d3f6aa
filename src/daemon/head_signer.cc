#include "daemon/head_signer.h"

#include <fmt/format.h>
#include <glog/logging.h>

#include <algorithm>

#include "log/data_directory.h"
#include "log/heads_file.h"
#include "log/record.h"

namespace mnm::daemon {
namespace {

constexpr unsigned kKeyMode = 0644;

log::Identity identity_of(const log::Reader& log) {
  log::Identity identity{};
  const std::string octets = log.identity();
  CHECK_EQ(octets.size(), identity.size());
  std::ranges::copy(octets, identity.begin());
  return identity;
}

tl::unexpected<Error> misfit(const log::Head& head, std::string_view what) {
  return fail(ErrorCode::kTampering, fmt::format("head {}, signed of LSN {}: {}", head.number,
                                                 head.position.lsn.value(), what));
}

// What a start that is refused tells its operator to do.
Error refusal(const Error& error, const std::string& file) {
  return {error.code,
          fmt::format("{} (in {}). Nothing was changed. If this data directory was rolled back, "
                      "put the later one back, or make a new one of it with mnmlog replay --into, "
                      "which begins a new epoch; if all this is meant, move that file away and "
                      "keep it",
                      error.text, file)};
}

// Whether the log's last word before `lsn` is one of an older epoch: a restore began a new one.
Result<bool> dropped_by_restore(const log::Reader& log, const log::Head& head) {
  const auto scanner = log.scan(head.position.lsn);
  const auto next = scanner->next();
  if (!next) return fail(next.error());
  return next->has_value() && (*next)->first > head.position.lsn &&
         (*next)->epoch > head.position.epoch;
}

}  // namespace

Result<> check_head_fits(const log::Reader& log, const log::Head& head) {
  if (head.identity != identity_of(log)) return misfit(head, "it is another log's");
  const Lsn tail = log.tail();
  if (head.position.lsn < tail) return {};  // trimmed: what is left can't tell
  const Result<log::Record> record = log.read(head.position.lsn);
  if (record) {
    if (record->position() == head.position) return {};
    return misfit(head, "the log holds another record there");
  }
  if (record.error().code != ErrorCode::kNegative) return fail(record.error());
  const Result<bool> dropped = dropped_by_restore(log, head);
  if (!dropped) return fail(dropped.error());
  if (*dropped) {
    return fail(ErrorCode::kNegative,
                fmt::format("head {} covers LSN {}, which a restore has dropped", head.number,
                            head.position.lsn.value()));
  }
  return misfit(
      head, fmt::format("the log ends at LSN {}: it was rolled back", log.durable().lsn.value()));
}

Result<std::unique_ptr<HeadSigner>> HeadSigner::open(const log::Reader& log, std::string_view seed,
                                                     Options options) {
  const Result<std::optional<log::SignedHead>> last = log::last_head(options.heads_file);
  if (!last) return fail(refusal(last.error(), options.heads_file));
  if (*last) {
    if (!(*last)->holds(SigningKey(seed).public_key())) {
      return fail(
          ErrorCode::kTampering,
          fmt::format("{}: head {} isn't signed by this relay's key. Put the secrets file "
                      "back that belongs to it, or, if the key was changed on purpose, move "
                      "that file away and keep it: a new one begins",
                      options.heads_file, (*last)->head.number));
    }
    if (Result<> fits = check_head_fits(log, (*last)->head); !fits) {
      if (fits.error().code != ErrorCode::kNegative) {
        return fail(refusal(fits.error(), options.heads_file));
      }
      LOG(WARNING) << fits.error().text;
    }
  }
  auto heads = log::HeadsWriter::open(options.heads_file);
  if (!heads) return fail(heads.error());
  std::unique_ptr<HeadSigner> signer(
      new HeadSigner(log, seed, std::move(options), std::move(*heads)));
  const std::string line = log::key_line(signer->key());
  if (Result<> saved = log::replace_file(signer->options_.key_file, line, kKeyMode); !saved) {
    return fail(saved.error());
  }
  return signer;
}

HeadSigner::HeadSigner(const log::Reader& log, std::string_view seed, Options options,
                       std::unique_ptr<log::HeadsWriter> heads)
    : log_(log),
      key_(seed),
      options_(std::move(options)),
      heads_(std::move(heads)),
      periodic_([this](Periodic::Clock::time_point now) { return step(now); }) {}

void HeadSigner::start() {
  running_ = true;
  if (options_.interval.count() > 0) periodic_.start();
}

void HeadSigner::stop() {
  if (!std::exchange(running_, false)) return;
  if (options_.interval.count() == 0) return;
  periodic_.stop();
  (void)step(Periodic::Clock::now());  // it has told the log what went wrong
}

Periodic::Clock::time_point HeadSigner::step(Periodic::Clock::time_point now) {
  const Result<log::Head> head = sign();
  if (!head && head.error().code != ErrorCode::kNegative) {
    LOG(ERROR) << "no head was signed: " << head.error().text << "; tried again in "
               << options_.interval.count() << " ms";
  }
  return now + options_.interval;
}

Result<log::Head> HeadSigner::sign() {
  const std::scoped_lock lock(mutex_);
  if (Result<> caught_up = catch_up(); !caught_up) return fail(caught_up.error());
  if (!at_.lsn) return fail(ErrorCode::kNegative, "the log is empty");
  log::Head head{.number = 1,
                 .identity = identity_of(log_),
                 .position = at_,
                 .records = range_.size(),
                 .root = range_.root(),
                 .time_ns = options_.now_ns(),
                 .previous = {}};
  if (heads_->last()) {
    head.number = heads_->last()->head.number + 1;
    head.previous = heads_->last()->head.hash();
  }
  if (Result<> appended = heads_->append(sign_head(head, key_)); !appended) {
    return fail(appended.error());
  }
  save_range();
  return head;
}

// Takes in the records that became durable since.
Result<> HeadSigner::catch_up() {
  if (!std::exchange(loaded_, true)) load_range();
  if (next(at_.lsn) < log_.tail()) {
    if (Result<> loaded = load_trimmed(); !loaded) return loaded;
  }
  const auto scanner = log_.scan(next(at_.lsn));
  while (true) {
    const auto stored = scanner->next_stored();
    if (!stored) return fail(stored.error());
    if (!stored->has_value()) return {};
    const Result<log::Envelope> envelope = log::check_envelope(**stored);
    if (!envelope) return fail(envelope.error());
    if (Result<> linked = log::check_link(at_, *envelope); !linked) return linked;
    range_.append(envelope->chain);
    at_ = envelope->position();
  }
}

void HeadSigner::load_range() {
  auto state = load_range_state(options_.range_file, log_.identity());
  if (!state) return;
  const Result<log::Record> record = log_.read(state->at.lsn);
  if (!record || record->position() != state->at) return;  // a restore dropped it
  range_ = std::move(state->range);
  at_ = state->at;
}

// The log was trimmed beyond what the range has.
Result<> HeadSigner::load_trimmed() {
  if (options_.trimmed) {
    auto state = options_.trimmed();
    if (!state) return fail(state.error());
    range_ = std::move(state->range);
    at_ = state->at;
    return {};
  }
  return fail(ErrorCode::kUnavailable,
              fmt::format("the log begins at LSN {}, and {} doesn't say what was before",
                          log_.tail().value(), options_.range_file));
}

void HeadSigner::save_range() {
  const Result<> saved = save_range_state(options_.range_file, {range_, at_}, log_.identity());
  if (!saved) LOG(WARNING) << saved.error().text << "; the next start reads the whole log for it";
}

}  // namespace mnm::daemon
