#include "ops/decision.h"

namespace mnm::ops {
namespace {
constexpr std::uint32_t kEventSchema = 1;
}

event::Event& Decision::add(const Context& context) {
  auto* event = google::protobuf::Arena::CreateMessage<event::Event>(&arena_);
  event->set_schema(kEventSchema);
  event->set_time_ns(context.now_ns);
  // The id of an ack is the message's, which its fact names.
  if (!std::holds_alternative<Ack>(context.request.command)) event->set_cause(context.request.id);
  event::Actor& actor = *event->mutable_actor();
  actor.set_user(context.user.value());
  actor.set_node(context.node.value());
  actor.set_session(context.request.session.value());
  if (const Origin* origin = context.origin(); origin != nullptr) {
    actor.set_transport(origin->transport);
    actor.set_peer(origin->peer);
  }
  events.push_back(event);
  return *event;
}

void Decision::answer(const Context& context, Effect effect) {
  tell(context.request.session, std::move(effect));
}

}  // namespace mnm::ops
