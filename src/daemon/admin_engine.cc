#include "daemon/admin_engine.h"

#include <algorithm>
#include <variant>

namespace mnm::daemon {

Result<ops::Acknowledged> AdminEngine::carry_out(ops::Command command, const std::string& peer) {
  ops::Request request;
  request.outlet = this;
  request.origin = std::make_shared<const ops::Origin>(
      ops::Origin{.transport = event::ADMIN, .peer = peer, .network = {}});
  request.id = std::to_string(++last_id_);
  request.command = std::move(command);
  const std::string id = request.id;
  if (inbox_.offer(std::move(request)) == ops::Inbox::Offer::kClosed) return fail(ending());
  // A look comes after the command, and after the answers of the turn that decided it.
  if (const auto done = look([](const state::Views&) { return true; }); !done) {
    return fail(done.error());
  }
  const std::scoped_lock lock(mutex_);
  const auto at = std::ranges::find(answers_, id, &ops::Acknowledged::id);
  if (at == answers_.end()) return fail(ErrorCode::kUnavailable, "the engine gave no answer");
  ops::Acknowledged answer = std::move(*at);
  answers_.erase(at);
  if (!answer.error.empty()) return fail(ErrorCode::kNegative, answer.error);
  return answer;
}

void AdminEngine::post(std::vector<ops::SessionEffects> effects) {
  const std::scoped_lock lock(mutex_);
  for (ops::SessionEffects& session : effects) {
    for (ops::Effect& effect : session.effects) {
      auto* answer = std::get_if<ops::Acknowledged>(&effect);
      if (answer != nullptr) answers_.push_back(std::move(*answer));
    }
  }
}

}  // namespace mnm::daemon
