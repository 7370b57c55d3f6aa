#include "net/connection.h"

#include <glog/logging.h>

#include <utility>
#include <variant>

namespace mnm::net {
namespace {

// Who asks says who it is.
bool is_entry(const ops::Command& command) {
  return std::holds_alternative<ops::Register>(command) ||
         std::holds_alternative<ops::Login>(command);
}

// Offered at once: what a session may have beyond the inbox's bound.
constexpr std::size_t kGatheredMax = 16;

}  // namespace

Connection::Connection(LinkContext& context, AcceptedLink link)
    : Link(context, link),
      accepted_(link.session.accepted),
      session_(std::move(link.session), context.world, *this),
      jobs_(context, *this) {}

// ------------------------------------------------------------------------------------------ events

// A read brings a dozen requests where there is much to do: they are offered together.
void Connection::received(TimePoint now, std::string_view octets) {
  gathering_ = true;
  session_.received(now, octets);
  gathering_ = false;
  if (context().gathered.empty()) return;
  session_.offered(now, offer_gathered());
}

void Connection::effects(std::vector<ops::Effect> effects) {
  session_.effects(clock_now(), std::move(effects));
  settle();
}

void Connection::resumed() {
  session_.resumed(clock_now());
  settle();
}

void Connection::body_written(Result<std::shared_ptr<log::Upload>> upload) {
  session_.body_written(clock_now(), std::move(upload));
  settle();
}

void Connection::message_read(Result<ops::MessageHandle> message) {
  session_.message_read(clock_now(), std::move(message));
  settle();
}

void Connection::body_read(Result<std::string> chunk) {
  session_.body_read(clock_now(), std::move(chunk));
  settle();
}

void Connection::expired(TimePoint now) {
  if (!held_) return session_.expired(now);
  lost("it didn't take its answers, and so was never let in");
  close_link(Closing::kAbort);
}

void Connection::lost(std::string_view reason) {
  session_.lost(reason);
  jobs_.let_go();
}

// --------------------------------------------------------------------------- the session's actions

// The answer goes to the outlet of who offers, so a stranger who says who it is moves first.
ops::Inbox::Offer Connection::offer(ops::Request&& request) {
  if (context().admit && is_entry(request.command)) {
    held_ = std::move(request);
    return ops::Inbox::Offer::kTaken;
  }
  context().gathered.push_back(std::move(request));
  if (gathering_ && context().gathered.size() < kGatheredMax) return ops::Inbox::Offer::kTaken;
  return offer_gathered();
}

ops::Inbox::Offer Connection::offer_gathered() {
  const auto taken = context().inbox.offer_all(context().gathered);
  std::vector<SessionId>& waiting = context().want_room;
  if (taken == ops::Inbox::Offer::kTakenFull && (waiting.empty() || waiting.back() != id())) {
    waiting.push_back(id());
  }
  return taken;
}

void Connection::entered() {
  jobs_.moved(context());
  session_.moved(&context().outlet, context().world);
  if (context().draining) return shut("the relay ends");
  ops::Request request = std::move(*held_);
  held_.reset();
  request.outlet = &context().outlet;
  session_.offered(clock_now(), offer(std::move(request)));
}

void Connection::close(Closing how, std::string_view reason) {
  VLOG(1) << "session " << id().value() << " ends: " << reason;
  close_link(how);
}

}  // namespace mnm::net
