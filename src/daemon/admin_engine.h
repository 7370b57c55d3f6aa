// How the admin socket talks to the engine: looks at its views, and has it carry out commands.
//
// Any thread. Outlives the engine's.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "ops/effects.h"
#include "ops/inbox.h"
#include "ops/live_sessions.h"

namespace mnm::daemon {

inline constexpr std::chrono::seconds kEngineWithin{60};

class AdminEngine final : public ops::Outlet {
 public:
  explicit AdminEngine(ops::Inbox& inbox) : inbox_(inbox) {}

  // What `look` makes of the views between two turns, or of them and the live sessions.
  // kUnavailable when the relay ends, or the engine takes more than kEngineWithin.
  template <class Look, class Answer = std::invoke_result_t<Look, const state::Views&>>
  [[nodiscard]] Result<Answer> look(Look look) {
    return await<Answer>([&look](std::shared_ptr<std::promise<Answer>> promise) {
      return ops::Inspect{[promise = std::move(promise),
                           look = std::move(look)](const state::Views& views) mutable {
        promise->set_value(look(views));
      }};
    });
  }
  template <class Look, class Answer = std::invoke_result_t<Look, const state::Views&,
                                                            const ops::LiveSessions&>>
  [[nodiscard]] Result<Answer> look(Look look, std::nullptr_t = nullptr) {
    return await<Answer>([&look](std::shared_ptr<std::promise<Answer>> promise) {
      ops::Inspect inspect;
      inspect.look_at_sessions = [promise = std::move(promise), look = std::move(look)](
                                     const state::Views& views,
                                     const ops::LiveSessions& live) mutable {
        promise->set_value(look(views, live));
      };
      return inspect;
    });
  }

  // Has the command decided, as one of an administrator at `peer`, and waits until that is durable.
  // A refusal is kNegative.
  [[nodiscard]] Result<ops::Acknowledged> carry_out(ops::Command command, const std::string& peer);

  // From the engine's thread.
  void post(std::vector<ops::SessionEffects> effects) override;
  void resume() override {}

 private:
  // `make` makes the Inspect that keeps the promise.
  template <class Answer, class Make>
  [[nodiscard]] Result<Answer> await(Make make) {
    auto promise = std::make_shared<std::promise<Answer>>();
    auto future = promise->get_future();
    if (inbox_.offer({.command = make(std::move(promise))}) == ops::Inbox::Offer::kClosed) {
      return fail(ending());
    }
    if (future.wait_for(kEngineWithin) != std::future_status::ready) {
      return fail(ErrorCode::kUnavailable, "the engine did not answer within a minute");
    }
    try {
      return future.get();
    } catch (const std::future_error&) {  // the log failed, and the engine forgot what it had taken
      return fail(ending());
    }
  }
  [[nodiscard]] static Error ending() { return {ErrorCode::kUnavailable, "the relay is ending"}; }

  ops::Inbox& inbox_;
  std::mutex mutex_;
  std::vector<ops::Acknowledged> answers_;
  std::atomic<std::uint64_t> last_id_ = 0;
};

}  // namespace mnm::daemon
