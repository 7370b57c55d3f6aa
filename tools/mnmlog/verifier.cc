#include "mnmlog/verifier.h"

#include <fmt/format.h>

#include <chrono>
#include <filesystem>
#include <thread>

#include "common/program.h"
#include "common/progress.h"
#include "log/ahead_reader.h"
#include "log/high_water.h"
#include "log/record_seal.h"
#include "log/rocks_log.h"
#include "mnmlog/checkpoint_check.h"
#include "mnmlog/fold.h"
#include "mnmlog/moment_check.h"
#include "mnmlog/tap.h"
#include "mnmlog/walk.h"
#include "ops/message.h"

namespace mnm::mnmlog {
namespace {

class Verifier {
 public:
  Verifier(Source& source, const Range& range, const VerifyOptions& options)
      : source_(source),
        options_(options),
        progress_("LSN", range.first.value(), range.last.value()) {
    verdict_.range = range;
  }

  Result<Verification> run() {
    if (Result<> judged = judge(); !judged) return fail(judged.error());
    if (Result<> begun = load_base(); !begun) return fail(begun.error());
    if (verdict_.range.empty()) return std::move(verdict_);
    const Result<std::optional<log::Position>> before = position_before(verdict_.range.first);
    if (!before) return fail(before.error());
    if (Result<> opened = open_heads(); !opened) return fail(opened.error());
    RecordCheck check(*before);
    const auto begin = std::chrono::steady_clock::now();
    const Result<> scanned = scan(check);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    verdict_.records = check.records();
    verdict_.events = check.events();
    verdict_.epochs = check.epochs();
    verdict_.seconds = took.count();
    if (!scanned && !is_damage(scanned.error())) return fail(scanned.error());
    if (heads_) {
      Result<HeadReport> heads = heads_->finish(scanned.has_value());
      if (!heads) return fail(heads.error());
      verdict_.heads = std::move(*heads);
    }
    if (!scanned) {
      found_in_log(check, scanned.error());
    } else if (whole() && check.last() && *check.last() != head_) {
      verdict_.first_bad = mnm::next(check.last()->lsn);
      verdict_.unaffected = {{verdict_.range.first, check.last()->lsn}};
      verdict_.findings.push_back(
          {ErrorCode::kCorruption, fmt::format("the log ends at LSN {} instead of {}",
                                               check.last()->lsn.value(), head_.lsn.value())});
    } else if (source_.loose()) {
      found_in_part(check);
    } else if (views_) {
      if (Result<> checked = check_views(); !checked) return fail(checked.error());
    }
    if (!base_ && !verdict_.keyless &&
        !verdict_.first_bad) {  // what was before the records can't be told
      verdict_.first_bad = Lsn(1);
      verdict_.unaffected = {verdict_.range};
    }
    blame_earliest();
    return std::move(verdict_);
  }

 private:
  [[nodiscard]] bool whole() const { return verdict_.range.last == head_.lsn; }

  // The recovery's own judgement: spoiled WAL files, a lost end.
  Result<> judge() {
    if (source_.live()) return {};
    Result<std::string> torn =
        log::judge_store(source_.directory(), ops::file_bytes_of, source_.shared_keyring());
    if (torn) {
      verdict_.torn = std::move(*torn);
      return {};
    }
    const ErrorCode code = torn.error().code;
    if (code != ErrorCode::kCorruption && code != ErrorCode::kTampering) return fail(torn.error());
    verdict_.findings.push_back(torn.error());
    for (const Error& error : source_.unreadable_files()) verdict_.findings.push_back(error);
    const auto mark = log::HighWater::load(source_.directory(), *rocksdb::FileSystem::Default());
    if (mark && mark->slot && mark->slot->position.lsn > head_.lsn) {
      verdict_.first_bad = mnm::next(head_.lsn);
      if (head_.lsn) verdict_.unaffected.push_back({verdict_.range.first, head_.lsn});
    }
    return {};
  }

  // What a log that was trimmed begins with.
  Result<> load_base() {
    verdict_.keyless = source_.keyless();
    if (source_.keyless() && source_.reader().tail() > Lsn(1)) return {};  // it is sealed, too
    auto base = source_.first_base();
    if (base) {
      base_ = std::move(*base);
      verdict_.base = base_->info.at.lsn;
      return {};
    }
    if (!is_damage(base.error())) return fail(base.error());
    verdict_.findings.push_back(base.error());
    return {};
  }

  // The event that gave up what was before vouches for the base.
  void see_trimmed(const event::Event& event) {
    if (!event.has_trimmed()) return;
    const event::Trimmed& fact = event.trimmed();
    const ops::BaseInfo& info = base_->info;
    if (Lsn(fact.lsn()) != info.at.lsn) return;
    vouched_ = true;
    if (fact.base_hash() == as_bytes(info.file_hash) && fact.digest() == as_bytes(info.digest) &&
        fact.chain() == as_bytes(info.at.chain) && fact.range() == info.range.encode()) {
      return;
    }
    verdict_.findings.push_back(
        {ErrorCode::kTampering,
         fmt::format("the base at LSN {} isn't the one that was there when the log was trimmed",
                     fact.lsn())});
  }

  Result<std::optional<log::Position>> position_before(Lsn first) {
    const Lsn tail = source_.reader().tail();
    if (first <= tail) {
      if (base_) return std::optional(base_->info.at);  // {} where the log begins
      return std::optional<log::Position>();            // trimmed, and the base isn't there
    }
    if (verdict_.keyless) return std::optional<log::Position>();  // a range within the log
    const Result<log::Record> holder = source_.reader().read(first);
    const Lsn begin = holder ? holder->first : first;
    const Result<log::Record> record = source_.reader().read(begin - 1);
    if (!record) return std::optional<log::Position>();  // an epoch's beginning, or found later
    return std::optional(record->position());
  }

  Result<> open_heads() {
    if (!options_.key) return {};
    auto heads = log::HeadsReader::open(options_.heads_file, options_.heads_octets);
    if (!heads) return fail(heads.error());
    // Of a trimmed log, the base knows the records before it.
    std::optional<log::MerkleRange> range;
    if (base_) range = base_->info.range;
    heads_.emplace(std::move(*heads), *options_.key, source_.reader().identity(), std::move(range));
    return {};
  }

  // What can be told of a sealed log without its key.
  Result<> scan_envelopes(RecordCheck& check) {
    const auto scanner = source_.reader().scan(verdict_.range.first);
    while (!tools::interrupted()) {
      const auto stored = scanner->next_stored();
      if (!stored) return fail(stored.error());
      if (!stored->has_value()) return {};
      const Result<log::Envelope> envelope = log::check_sealed_envelope(**stored);
      if (!envelope) return fail(envelope.error());
      if (envelope->first > verdict_.range.last) return {};
      progress_.at(envelope->first.value());
      if (Result<> added = check.add_envelope(*envelope, (*stored)->octets.size()); !added) {
        return added;
      }
      if (!heads_) continue;
      if (Result<> added = heads_->add(*envelope); !added) return added;
    }
    return fail(ErrorCode::kInterrupted, "interrupted");
  }

  Result<> scan(RecordCheck& check) {
    if (verdict_.keyless) {
      verdict_.not_folded =
          "it is sealed, and no key was given: what the records hold wasn't looked at";
      return scan_envelopes(check);
    }
    // The fold has a processor of its own.
    const unsigned threads = std::max(2u, std::thread::hardware_concurrency()) - 1;
    const log::AheadReader ahead(source_.reader(), threads);
    const TapReader tap(ahead, [&](const log::Record& record) -> Result<> {
      progress_.at(record.first.value());
      if (Result<> added = check.add(record); !added) return added;
      return heads_ ? heads_->add(record) : Result<>();
    });
    if (verdict_.range.first > std::max(source_.reader().tail(), Lsn(1))) {
      verdict_.not_folded = "the range doesn't begin with the log";
    } else if (!base_) {
      verdict_.not_folded = "the base that the log begins with is missing or damaged";
    } else {
      return fold_all(tap);
    }
    return walk_forward(tap, verdict_.range, [](const EventView&) { return true; });
  }

  Result<> fold_all(const log::Reader& tap) {
    views_ = std::move(base_->views);
    MomentCheck moments(source_.directory(), source_.shared_keyring());
    CheckpointCheck checkpoint(source_.directory(), source_.shared_keyring(), source_.reader());
    const auto folded = fold(tap, verdict_.range.last, *views_,
                             [this, &moments, &checkpoint](Lsn lsn, const event::Event& event) {
                               moments.before(lsn, *views_);
                               checkpoint.before(lsn, *views_);
                               see_trimmed(event);
                               return true;
                             });
    if (!folded) return fail(folded.error());
    verdict_.folded = true;
    moments.before(mnm::next(views_->applied()), *views_);
    checkpoint.finish(*views_);
    take_derived(moments, checkpoint);
    if (!verdict_.base || !whole() || vouched_) return {};
    verdict_.findings.push_back(
        {ErrorCode::kTampering,
         fmt::format("no event says that the log was trimmed through LSN {}, where its base is",
                     verdict_.base.value())});
    return {};
  }

  void take_derived(const MomentCheck& moments, const CheckpointCheck& checkpoint) {
    verdict_.moments = moments.compared();
    verdict_.derived = moments.findings();
    verdict_.checkpoint = checkpoint.compared();
    verdict_.checkpoint_skipped = checkpoint.skipped();
    if (checkpoint.finding()) verdict_.derived.push_back(*checkpoint.finding());
    if (!verdict_.derived.empty()) verdict_.unaffected = {verdict_.range};
    // It is at the end, most often: all views need be digested but once.
    verdict_.digest =
        checkpoint.compared() == views_->applied() ? checkpoint.digest() : views_->digest();
  }

  // Of a log that is read file by file, what was there is whole, and perhaps not all of the range.
  void found_in_part(const RecordCheck& check) {
    const Range& range = verdict_.range;
    const Lsn first = check.first();
    const Lsn last = check.last() ? check.last()->lsn : Lsn();
    if (last) verdict_.unaffected = {{std::max(first, range.first), std::min(last, range.last)}};
    if (last && first <= range.first && last >= range.last) return;
    const bool begins = last && first <= range.first;
    verdict_.first_bad = begins ? mnm::next(last) : range.first;
    verdict_.findings.push_back(
        {ErrorCode::kCorruption,
         last ? fmt::format("of LSN {} to {}, only {} to {} are left", range.first.value(),
                            range.last.value(), first.value(), last.value())
              : fmt::format("of LSN {} to {} nothing is left", range.first.value(),
                            range.last.value())});
  }

  void found_in_log(const RecordCheck& check, const Error& error) {
    const Lsn last = check.last() ? check.last()->lsn : Lsn();
    verdict_.first_bad = std::max(mnm::next(last), verdict_.range.first);
    // An event in a whole record: the fold knows how far it came.
    if (views_ && views_->applied() < last) verdict_.first_bad = mnm::next(views_->applied());
    verdict_.findings.push_back(error);
    verdict_.unaffected.clear();
    find_unaffected(*verdict_.first_bad);
  }

  // What can still be read after the first bad LSN, stretch by stretch.
  void find_unaffected(Lsn bad) {
    if (verdict_.keyless) return;
    constexpr std::size_t kStretchesMax = 8;
    if (bad > verdict_.range.first) verdict_.unaffected.push_back({verdict_.range.first, bad - 1});
    while (verdict_.unaffected.size() < kStretchesMax && bad < verdict_.range.last) {
      const Lsn from = next_readable(bad);
      if (!from) return;
      const auto scanner = source_.reader().scan(from);
      Lsn last;
      while (!tools::interrupted()) {
        const auto record = scanner->next();
        if (!record || !record->has_value() || (*record)->first > verdict_.range.last) break;
        last = (*record)->last();
      }
      if (!last) return;
      verdict_.unaffected.push_back({from, last});
      bad = mnm::next(last);
    }
  }

  // The first LSN of a record after `bad` from which on records can be read, give or take those
  // between two probes that both can't.
  Lsn next_readable(Lsn bad) {
    const auto readable = [this](Lsn from) {
      const auto record = source_.reader().scan(from)->next();
      return record && record->has_value() ? (*record)->first : Lsn();
    };
    std::uint64_t step = 1;
    while (bad.value() + step <= verdict_.range.last.value() && !readable(bad + step)) step *= 2;
    std::uint64_t good = std::min(step, verdict_.range.last.value() - bad.value());
    if (!readable(bad + good)) return Lsn();
    for (std::uint64_t unreadable = step / 2; good - unreadable > 1;) {
      const std::uint64_t middle = unreadable + (good - unreadable) / 2;
      (readable(bad + middle) ? good : unreadable) = middle;
    }
    return readable(bad + good);
  }

  // Heads can name a bad stretch that is whole in itself.
  void blame_earliest() {
    if (!verdict_.heads || !verdict_.heads->first_bad) return;
    const Lsn bad = *verdict_.heads->first_bad;
    if (verdict_.first_bad && *verdict_.first_bad <= bad) return;
    verdict_.first_bad = bad;
    verdict_.unaffected.clear();
    if (bad > verdict_.range.first) verdict_.unaffected.push_back({verdict_.range.first, bad - 1});
  }

  Result<> check_views() {
    if (!whole()) return {};  // messages are kept for the end alone
    Result<MessageReport> report = check_messages(source_, *views_);
    if (!report) return fail(report.error());
    verdict_.messages = std::move(*report);
    if (!options_.purged) return {};
    return check_purged(source_, *views_, verdict_.messages);
  }

  Source& source_;
  const VerifyOptions& options_;
  tools::Progress progress_;
  const log::Position head_ = source_.durable();
  Verification verdict_;
  std::optional<ops::Base> base_;
  bool vouched_ = false;
  std::optional<state::Views> views_;
  std::optional<HeadCheck> heads_;
};

}  // namespace

std::vector<Error> Verification::all_findings() const {
  std::vector<Error> all = findings;
  all.insert(all.end(), derived.begin(), derived.end());
  all.insert(all.end(), messages.findings.begin(), messages.findings.end());
  if (heads) all.insert(all.end(), heads->findings.begin(), heads->findings.end());
  return all;
}

std::optional<Error> Verification::worst() const {
  const std::vector<Error> all = all_findings();
  for (const Error& error : all) {
    if (error.code == ErrorCode::kTampering) return error;
  }
  if (all.empty()) return std::nullopt;
  return all.front();
}

Result<Verification> verify(Source& source, const Range& range, const VerifyOptions& options) {
  return Verifier(source, range, options).run();
}

Result<std::uint64_t> await_last_head(Source& source, const std::string& heads_file) {
  constexpr auto kPatience = std::chrono::seconds(5);
  constexpr auto kBetween = std::chrono::milliseconds(50);
  std::error_code error;
  const std::uint64_t octets = std::filesystem::file_size(heads_file, error);
  const auto last = log::last_head(heads_file);
  if (!last && last.error().code != ErrorCode::kCorruption) return fail(last.error());
  if (!last) return octets;  // to be found by whoever reads on
  if (!*last || error) return std::uint64_t{0};
  // The mark that readers beside a relay go by lags a little behind what is durable.
  const auto limit = std::chrono::steady_clock::now() + kPatience;
  while (source.live() && source.durable().lsn < (*last)->head.position.lsn &&
         std::chrono::steady_clock::now() < limit && !tools::interrupted()) {
    std::this_thread::sleep_for(kBetween);
    if (Result<> refreshed = source.refresh(); !refreshed) return fail(refreshed.error());
  }
  return octets;
}

}  // namespace mnm::mnmlog
