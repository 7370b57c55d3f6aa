#include "net/connection.h"

#include <glog/logging.h>

#include <utility>

namespace mnm::net {

Connection::Connection(LinkContext& context, AcceptedLink link)
    : Link(context, link),
      session_(std::move(link.session), context.world, *this),
      jobs_(context, *this) {}

// ------------------------------------------------------------------------------------------ events

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

void Connection::lost(std::string_view reason) {
  session_.lost(reason);
  jobs_.let_go();
}

// --------------------------------------------------------------------------- the session's actions

ops::Inbox::Offer Connection::offer(ops::Request request) {
  const auto taken = context().inbox.offer(std::move(request));
  if (taken == ops::Inbox::Offer::kTakenFull) context().want_room.push_back(id());
  return taken;
}

void Connection::close(Closing how, std::string_view reason) {
  VLOG(1) << "session " << id().value() << " ends: " << reason;
  close_link(how);
}

}  // namespace mnm::net
