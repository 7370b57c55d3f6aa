#include "net/http_receiver.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <variant>

#include "base/base64.h"
#include "base/canary.h"

namespace mnm::net {
namespace {

constexpr std::size_t kBase64Group = 3;

const ops::Delivery* delivery_of(const ops::Effect& effect) {
  return std::get_if<ops::Delivery>(&effect);
}

std::string_view type_of(HttpReceiver::Form form) {
  return form == HttpReceiver::Form::kEvents ? "text/event-stream" : "application/octet-stream";
}

}  // namespace

void HttpReceiver::add(std::vector<ops::Effect> pushes) {
  for (ops::Effect& effect : pushes) pushes_.push_back({std::move(effect)});
  std::size_t presence = static_cast<std::size_t>(std::ranges::count_if(
      pushes_, [](const Push& push) { return delivery_of(push.effect) == nullptr; }));
  for (auto push = pushes_.begin(); presence > kHttpPresenceMax;) {
    if (delivery_of(push->effect) != nullptr) {
      ++push;
    } else {
      push = pushes_.erase(push);
      --presence;
    }
  }
  feed();
}

void HttpReceiver::acked(Lsn id) {
  const auto found = std::ranges::find_if(pushes_, [id](const Push& push) {
    const auto* delivery = delivery_of(push.effect);
    return delivery != nullptr && delivery->id == id;
  });
  if (found != pushes_.end()) pushes_.erase(found);
}

void HttpReceiver::revoke(Lsn id) {
  acked(id);
  if (!sender_) return;
  sender_->add({ops::Revoked{id}});
  after();
}

void HttpReceiver::attach(HttpLink& link, std::shared_ptr<HttpTalker> self, const Codec& codec,
                          Asked asked) {
  HttpLink* const old = link_;
  const auto kept = old != nullptr ? old->shared_from_this() : nullptr;
  if (old != nullptr) replace();
  link_ = &link;
  link.talk(std::move(self));
  asked_ = std::move(asked);
  sender_.emplace(static_cast<SenderActions&>(*this));
  sender_->speak(codec);
  // What the client says that it has needs no second time on this link; it is acked all the same.
  const auto known = std::ranges::find_if(pushes_, [this](const Push& push) {
    const auto* delivery = delivery_of(push.effect);
    return delivery != nullptr && message_id(delivery->id) == asked_.last;
  });
  bool passed = known != pushes_.end();
  for (Push& push : pushes_) {
    const bool stays = passed || (MNM_CANARY("given-once") && push.given);
    push.given = stays && delivery_of(push.effect) != nullptr;
    if (passed && &push == &*known) passed = false;
  }
  quiet_since_ = std::chrono::steady_clock::now();
  owner_.attached(quiet_since_, true);
  if (asked_.form != Form::kPoll) {
    begun_ = true;
    HttpFields fields{{"Content-Type", std::string(type_of(asked_.form))}};
    fields.emplace_back("X-Accel-Buffering", "no");  // nginx: pass on what comes as it comes
    link_->begin(200, fields);
  }
  feed();
  // Last: what it goes on with may be a request for this session, too.
  if (old != nullptr) old->poke();
}

// Another receiver comes: ends the answer to this one, in good order unless that cuts a body.
void HttpReceiver::replace() {
  HttpLink& old = *link_;
  const bool begun = begun_;
  const bool cut = sender_->in_body();
  detach();
  if (!begun) {
    old.answer({.status = 204});
  } else if (cut) {
    old.abort("another receiver came");
  } else {
    old.end();
  }
}

void HttpReceiver::finish(std::string words) {
  if (link_ == nullptr) return;
  HttpLink& link = *link_;
  const bool cut = sender_->in_body();
  if (!cut && !words.empty()) send(Outgoing(std::move(words)));
  const bool begun = begun_;
  detach();
  if (cut) {
    link.abort("the session ended within a body");
  } else if (begun) {
    link.end();
  } else {
    link.answer({.status = 204});
  }
  link.poke();
}

// ------------------------------------------------------------------------------------ what goes
// out

void HttpReceiver::feed() {
  if (link_ == nullptr) return;
  std::vector<ops::Effect> fresh;
  for (Push& push : pushes_) {
    if (std::exchange(push.given, true)) continue;
    if (auto* delivery = std::get_if<ops::Delivery>(&push.effect)) {
      fresh.emplace_back(*delivery);
      delivery->message = nullptr;  // a second time it is read
    } else {
      fresh.push_back(std::move(push.effect));
      push.effect = ops::Dismissed{};
    }
  }
  std::erase_if(pushes_, [](const Push& push) {
    return std::holds_alternative<ops::Dismissed>(push.effect);
  });
  if (!fresh.empty()) sender_->add(std::move(fresh));
  after();
}

void HttpReceiver::after() {
  if (!sender_) return;
  for (const Lsn id : sender_->take_unspeakable()) {
    acked(id);
    owner_.unspeakable(id);
  }
  if (!sender_) return;
  if (!sender_->broken().empty()) return owner_.broken(sender_->broken());
  HttpLink& link = *link_;
  // As for any link (Session::after_sender), but the session goes on: another receiver may come.
  const bool full = sender_->queued_bytes() > kSendBytesMax || sender_->waiting() > kWaitingMax;
  if (full) {
    detach();
    link.abort("the send queue is full");
  } else if (asked_.form == Form::kPoll && begun_ && sender_->idle()) {
    detach();
    link.end();
  }
  link.poke();
}

void HttpReceiver::send(Outgoing outgoing) {
  quiet_since_ = std::chrono::steady_clock::now();
  if (!std::exchange(begun_, true)) {
    link_->begin(200, {{"Content-Type", std::string(type_of(asked_.form))}});
  }
  link_->piece(asked_.form == Form::kEvents ? as_event(std::move(outgoing)) : std::move(outgoing));
}

// A frame as an event: its header, then its data as base64, each a line of data.
Outgoing HttpReceiver::as_event(Outgoing outgoing) {
  std::string text;
  std::string data = std::exchange(carry_, {});
  if (!std::exchange(in_event_, true)) {
    const bool stored = !outgoing.head.empty();
    if (stored) text = fmt::format("id: {}\n", message_id(outgoing.message->id()));
    std::string_view frame = stored ? outgoing.head : std::string_view(outgoing.own);
    frame.remove_prefix(std::min(frame.size(), kLengthDigits));
    text += fmt::format("data: {}\n", frame);
    if (stored) data += outgoing.own;
    const bool has_data = outgoing.goes_on || !data.empty() || outgoing.body;
    if (has_data) text += "data: ";
  } else {
    data += outgoing.own;
  }
  if (outgoing.body) data += *outgoing.body;
  if (outgoing.goes_on) {
    carry_ = data.substr(data.size() - data.size() % kBase64Group);
    data.resize(data.size() - carry_.size());
  }
  text += base64_encode(data);
  if (!outgoing.goes_on) {
    text += text.ends_with('\n') ? "\n" : "\n\n";
    in_event_ = false;
  }
  return Outgoing(std::move(text), outgoing.secret);
}

void HttpReceiver::message_read(Result<ops::MessageHandle> message) {
  if (!sender_) return;
  sender_->message_read(std::move(message));
  after();
}

void HttpReceiver::body_read(Result<std::string> chunk) {
  if (!sender_) return;
  sender_->body_read(std::move(chunk));
  after();
}

// --------------------------------------------------------------------------------- the link's
// events

void HttpReceiver::answer_sent(TimePoint, std::size_t queued_bytes) {
  if (sender_) sender_->sent(queued_bytes);
}

std::optional<TimePoint> HttpReceiver::answer_due() const {
  if (asked_.form == Form::kPoll) {
    const bool busy = begun_ || (sender_ && !sender_->idle());  // there is something
    return busy ? std::nullopt : std::optional(asked_.until);
  }
  if (asked_.form == Form::kEvents && !in_event_) return quiet_since_ + kHttpHeartbeat;
  return std::nullopt;
}

void HttpReceiver::answer_expired(TimePoint now) {
  if (link_ == nullptr) return;
  if (asked_.form == Form::kPoll) {
    HttpLink& link = *link_;
    detach();
    return link.answer({.status = 204});
  }
  quiet_since_ = now;
  link_->piece(Outgoing(":\n\n"));
}

void HttpReceiver::link_lost(std::string_view) { detach(); }

void HttpReceiver::detach() {
  link_ = nullptr;
  sender_.reset();
  jobs_.let_go();
  begun_ = false;
  in_event_ = false;
  carry_.clear();
  owner_.attached(std::chrono::steady_clock::now(), false);
}

}  // namespace mnm::net
