#include "net/session_sender.h"

#include <fmt/format.h>
#include <glog/logging.h>

#include <algorithm>
#include <charconv>
#include <utility>
#include <variant>

#include "base/canary.h"

namespace mnm::net {
namespace {

// The first frame of an answer: its header's length in hex, and the header. What isn't so is whole.
std::size_t first_frame_bytes(std::string_view text) {
  if (text.size() <= kLengthDigits) return text.size();
  std::size_t header_bytes = 0;
  const char* end = text.data() + kLengthDigits;
  if (std::from_chars(text.data(), end, header_bytes, 16).ptr != end) return text.size();
  return std::min(kLengthDigits + header_bytes, text.size());
}

}  // namespace

void SessionSender::send(Outgoing outgoing) {
  queued_bytes_ += outgoing.size();
  actions_.send(std::move(outgoing));
}

void SessionSender::say(Outgoing outgoing) {
  if (held_up()) {
    waiting_.emplace_back(std::move(outgoing));
  } else {
    send(std::move(outgoing));
  }
}

void SessionSender::add(std::vector<ops::Effect> effects) {
  for (ops::Effect& effect : effects) {
    if (const auto* revoked = std::get_if<ops::Revoked>(&effect)) {
      revoke(revoked->id);
    } else if (held_up() && !MNM_CANARY("overtakes-a-read")) {
      waiting_.emplace_back(std::move(effect));
    } else {
      carry_out(effect);
    }
  }
}

void SessionSender::drain() {
  while (!held_up() && broken_.empty() && next_ < waiting_.size()) {
    auto& item = waiting_[next_++];
    if (auto* own = std::get_if<Outgoing>(&item)) {
      send(std::move(*own));
    } else {
      carry_out(std::get<ops::Effect>(item));
    }
  }
  if (next_ == waiting_.size()) {
    waiting_.clear();
    waiting_.shrink_to_fit();  // most links never wait
    next_ = 0;
  }
}

void SessionSender::carry_out(ops::Effect& effect) {
  if (auto* delivery = std::get_if<ops::Delivery>(&effect)) {
    if (delivery->message) return deliver(delivery->message);
    reading_row_ = delivery->id;
    return actions_.read_message(delivery->id);
  }
  if (auto* updated = std::get_if<ops::Updated>(&effect)) return answer_update(*updated);
  if (auto* dismissed = std::get_if<ops::Dismissed>(&effect)) {
    dismissed_ = std::move(dismissed->text);
    return;
  }
  if (const auto* answer = std::get_if<ops::Acknowledged>(&effect)) {
    const bool passing = !answer->error.empty() && answer->retry_after_s > 0;
    if (passing && ops::rules_of(codec_->dialect()).passing_refusal_silent) return;
  }
  auto* registered = std::get_if<ops::Registered>(&effect);
  std::string text = codec_->encode(effect);
  if (registered != nullptr) wipe(registered->secret);
  send_frames(std::move(text), registered != nullptr);
}

// An answer may be several frames, none with data. Each is sent by itself: to a WebSocket a frame
// is a message.
void SessionSender::send_frames(std::string text, bool secret) {
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::size_t size = first_frame_bytes(rest);
    if (size == text.size()) return send(Outgoing(std::move(text), secret));
    send(Outgoing(std::string(rest.substr(0, size)), secret));
    rest.remove_prefix(size);
  }
  if (secret) wipe(text);
}

void SessionSender::answer_update(ops::Updated& updated) {
  if (updated.secret_in && updated.secret.empty()) {
    reading_row_ = updated.secret_in;
    update_ = std::move(updated);
    return actions_.read_message(*reading_row_);
  }
  ops::Effect effect = std::move(updated);
  std::string text = codec_->encode(effect);
  wipe(std::get<ops::Updated>(effect).secret);
  if (!text.empty()) send(Outgoing(std::move(text), true));
}

void SessionSender::deliver(const ops::MessageHandle& message) {
  const std::string& form = codec_->encode_delivery(*message);
  if (form.empty()) {
    unspeakable_.push_back(message->id());
    return;
  }
  if (message->file()) {
    file_ = File{message};
    return read_chunk();
  }
  Outgoing outgoing(message, form);
  outgoing.body = message->body();
  send(std::move(outgoing));
}

void SessionSender::message_read(Result<ops::MessageHandle> message) {
  CHECK(reading_row_);
  const Lsn id = *std::exchange(reading_row_, std::nullopt);
  if (std::exchange(row_revoked_, false)) message = mnm::fail(ErrorCode::kNegative, "withdrawn");
  if (file_) return file_missing(message);
  if (!message && message.error().code != ErrorCode::kNegative) {
    return fail(message_id(id).c_str(), message.error());
  }
  if (update_) {
    ops::Updated updated = *std::exchange(update_, std::nullopt);
    // Once the row is gone the password is gone with it: the answer says only that it was done.
    updated.secret_in = Lsn();
    if (message) {
      updated.secret = (*message)->header().node_secret();
      updated.ordinal = NodeOrdinal((*message)->header().node_ordinal());
    }
    answer_update(updated);
  } else if (message) {
    deliver(*message);
  }
  // Neither: it was acked, or its node dropped, since the engine named it.
  drain();
}

// Out of turn: it is about what waits in it.
void SessionSender::revoke(Lsn id) {
  const auto is_it = [id](const std::variant<ops::Effect, Outgoing>& item) {
    const auto* effect = std::get_if<ops::Effect>(&item);
    const auto* delivery = effect != nullptr ? std::get_if<ops::Delivery>(effect) : nullptr;
    return delivery != nullptr && delivery->id == id;
  };
  waiting_.erase(
      std::remove_if(waiting_.begin() + static_cast<std::ptrdiff_t>(next_), waiting_.end(), is_it),
      waiting_.end());
  row_revoked_ = row_revoked_ || (reading_row_ == id && !file_ && !update_);
  if (!file_ || file_->message->id() != id) return;
  // The frame's head promised octets that may not be sent any more.
  if (file_->offset > 0) broken_ = fmt::format("message {} was withdrawn", message_id(id));
  file_->revoked = true;
}

void SessionSender::read_chunk() {
  file_->reading = true;
  actions_.read_body(file_->message->file(), file_->offset, kChunkBytes);
}

void SessionSender::body_read(Result<std::string> chunk) {
  CHECK(file_ && file_->reading);
  file_->reading = false;
  const bool first = file_->offset == 0;
  if (file_->revoked) {
    if (first) {
      file_.reset();
      drain();
    }
    return;
  }
  if (!chunk) {
    if (!first || chunk.error().code != ErrorCode::kNegative) {
      return fail(message_id(file_->message->id()).c_str(), chunk.error());
    }
    // Purged since the engine named it, or lost? The row goes before its file does.
    reading_row_ = file_->message->id();
    return actions_.read_message(*reading_row_);
  }
  const std::uint64_t size = file_->message->header().data_bytes();
  const std::uint64_t end = file_->offset + chunk->size();
  if (end > size || (chunk->empty() && end < size)) {
    return fail(message_id(file_->message->id()).c_str(),
                Error{ErrorCode::kCorruption,
                      fmt::format("its file ends at {}, its header says {}", end, size)});
  }
  Outgoing outgoing(std::move(*chunk));
  if (first) {
    outgoing.message = file_->message;
    outgoing.head = codec_->encode_delivery(*file_->message);
  }
  file_->offset = end;
  const bool whole = end == size;
  outgoing.goes_on = !whole;
  if (whole) {
    file_.reset();
  }
  send(std::move(outgoing));
  if (whole) drain();
}

// Nothing of it was sent yet. Without its row it is purged; with it a body is lost that waits.
void SessionSender::file_missing(const Result<ops::MessageHandle>& row) {
  const Lsn id = file_->message->id();
  if (row) {
    return fail(message_id(id).c_str(),
                Error{ErrorCode::kCorruption,
                      fmt::format("its row (LSN {}) waits, but its body file is missing; keep a "
                                  "copy of the data directory, and see mnmlog verify",
                                  id.value())});
  }
  if (row.error().code != ErrorCode::kNegative) return fail(message_id(id).c_str(), row.error());
  file_.reset();
  drain();
}

void SessionSender::sent(std::size_t queued_bytes) {
  queued_bytes_ = queued_bytes;
  if (file_ && !file_->reading && !reading_row_ && queued_bytes_ <= kSendLowBytes) read_chunk();
}

std::vector<Lsn> SessionSender::take_unspeakable() { return std::exchange(unspeakable_, {}); }

void SessionSender::fail(const char* what, const Error& error) {
  // Why is ours to know: the text names files, and the peer may be told how its link ended.
  broken_ = fmt::format("message {} can't be read", what);
  LOG(ERROR) << broken_ << ": " << error.text;
}

}  // namespace mnm::net
