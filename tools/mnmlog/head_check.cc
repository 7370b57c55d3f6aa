#include "mnmlog/head_check.h"

#include <fmt/format.h>

namespace mnm::mnmlog {
namespace {

std::string name_of(const log::Head& head) {
  return fmt::format("head {}, signed of LSN {}", head.number, head.position.lsn.value());
}

}  // namespace

HeadCheck::HeadCheck(log::HeadsReader heads, const PublicKey& key, std::string identity,
                     std::optional<log::MerkleRange> range)
    : heads_(std::move(heads)),
      key_(key),
      identity_(std::move(identity)),
      range_(std::move(range)) {
  report_.ranges_checked = range_.has_value();
}

void HeadCheck::find(std::string text) {
  if (report_.findings.size() < HeadReport::kFindingsMax) {
    report_.findings.push_back({ErrorCode::kTampering, std::move(text)});
  }
  ++report_.found;
}

// Everything through the last head that held is as it was, so what is wrong comes after it.
void HeadCheck::misfit(const std::string& text) {
  const Lsn held = report_.last_held ? report_.last_held->position.lsn : Lsn();
  if (!report_.first_bad) report_.first_bad = mnm::next(held);
  find(fmt::format("{}: {}; what is wrong lies between LSN {} and {}", name_of(head_->head), text,
                   held.value() + 1, head_->head.position.lsn.value()));
}

void HeadCheck::hold() {
  ++report_.held;
  report_.last_held = head_->head;
}

// To the next head that is signed. A line that is none ends the file: what comes after it could be
// anything.
Result<> HeadCheck::advance() {
  head_.reset();
  while (!over_ && !head_) {
    auto next = heads_.next();
    if (!next && next.error().code != ErrorCode::kCorruption) return fail(next.error());
    if (!next) find(next.error().text);
    over_ = !next || !next->has_value();
    if (over_) break;
    ++report_.read;
    const log::Head& head = (*next)->head;
    if (!(*next)->holds(key_)) {
      find(fmt::format("line {}: {} isn't signed with this key", heads_.line(), name_of(head)));
      continue;
    }
    const Result<> follows = log::check_succession(before_, head);
    before_ = head;
    if (as_bytes(head.identity) != identity_) {
      find(fmt::format("line {}: {} is another log's", heads_.line(), name_of(head)));
      continue;
    }
    if (!follows) find(fmt::format("line {}: {}", heads_.line(), follows.error().text));
    head_ = std::move(*next);
  }
  report_.torn = report_.torn || heads_.torn();
  return {};
}

Result<> HeadCheck::add(const log::Envelope& record) {
  if (report_.read == 0 && !over_) {
    if (Result<> advanced = advance(); !advanced) return advanced;
  }
  while (head_ && head_->head.position.lsn < record.first) {
    judge_before(record);
    if (Result<> advanced = advance(); !advanced) return advanced;
  }
  if (range_) range_->append(record.chain);
  while (head_ && head_->head.position.lsn <= record.last()) {
    judge_at(record);
    if (Result<> advanced = advance(); !advanced) return advanced;
  }
  last_ = record.position();
  return {};
}

// A head of a record that was passed over, or of one before the first.
void HeadCheck::judge_before(const log::Envelope& record) {
  const log::Head& head = head_->head;
  const bool is_last_trimmed = !last_ && head.position.lsn == record.first - 1;
  if (is_last_trimmed && head.position.chain != record.previous) {
    return misfit("the first record kept doesn't follow it");
  }
  if (!last_) {
    ++report_.trimmed;
    report_.last_held = head;
  } else if (record.epoch > head.position.epoch) {
    ++report_.dropped;
  } else {
    misfit("no record ends there any more");
  }
}

void HeadCheck::judge_at(const log::Envelope& record) {
  const log::Head& head = head_->head;
  if (head.position.lsn != record.last()) return misfit("no record ends there any more");
  if (head.position != record.position()) return misfit("the log holds another record there");
  if (range_ && (head.records != range_->size() || head.root != range_->root())) {
    return misfit("the records before are not those which it covers");
  }
  hold();
}

Result<HeadReport> HeadCheck::finish(bool whole) {
  if (report_.read == 0 && !over_) {
    if (Result<> advanced = advance(); !advanced) return fail(advanced.error());
  }
  while (head_) {
    if (whole) {
      const Lsn end = last_ ? last_->lsn : Lsn();
      if (!report_.first_bad) report_.first_bad = mnm::next(end);
      find(fmt::format(
          "{}: the log ends at LSN {}; LSN {} to {} are lost, or the directory was "
          "rolled back",
          name_of(head_->head), end.value(), end.value() + 1, head_->head.position.lsn.value()));
    }
    if (Result<> advanced = advance(); !advanced) return fail(advanced.error());
  }
  return std::move(report_);
}

}  // namespace mnm::mnmlog
