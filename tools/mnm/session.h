// A link that is logged in, and single requests over it, repeated safely when the link is lost.
//
// One thread; blocks, within the options' timeout.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "client/conversation.h"
#include "mnm/body_source.h"
#include "mnm/profile.h"
#include "net/client_codec.h"

namespace mnm::client {

// What the command line says about links. Empty: as the profile says.
struct SessionOptions {
  std::string profile;
  std::string connect;
  TlsOptions tls;
  unsigned timeout_s = 30;
};

inline constexpr std::chrono::seconds kAnswerWithin{15};

// Which relay, and whom to trust. Warns on standard error of what is unsafe.
struct Endpoint {
  Address address;
  TlsOptions tls;
};
[[nodiscard]] Result<Endpoint> choose_endpoint(const SessionOptions& options,
                                               const Profile* profile);
[[nodiscard]] Result<std::unique_ptr<Conversation>> open_conversation(const Endpoint& endpoint);

// Logs in. `online`, unless null: who of the user's presence list is there.
[[nodiscard]] Result<std::unique_ptr<Conversation>> log_in(const Endpoint& endpoint,
                                                           const Profile& profile,
                                                           std::vector<std::string>* online);

// The answer to request `id` (empty: to a request whose answer has none). Deliveries that come
// meanwhile are passed over, and stay on the relay.
[[nodiscard]] Result<net::Reply> await_answer(Conversation& conversation, const std::string& id,
                                              Deadline deadline);

// An id that this profile has not used before, durable before it is used.
[[nodiscard]] Result<std::string> new_request_id(const std::string& profile);

// One request of a profile: logs in, asks, and takes the answer. If the link is lost before that,
// or the relay asks for patience, it asks again with the same id and "retry", so that nothing is
// done twice. An answer that refuses is an error: kNegative. kUnavailable says whether the outcome
// is known.
class Requester {
 public:
  explicit Requester(SessionOptions options) : options_(std::move(options)) {}

  // `body` may be null. `request.id` empty: a new one.
  [[nodiscard]] Result<net::Reply> run(net::ClientRequest request, BodySource* body,
                                       const Progress& progress);
  [[nodiscard]] const Profile& profile() const { return profile_; }
  // The request's id, once run() has begun.
  [[nodiscard]] const std::string& id() const { return id_; }

 private:
  [[nodiscard]] Result<net::Reply> attempt(const net::ClientRequest& request, BodySource* body);
  [[nodiscard]] tl::unexpected<Error> unknown(const Error& why) const;
  [[nodiscard]] Result<> pause(Clock::duration length);

  SessionOptions options_;
  Profile profile_;
  Endpoint endpoint_;
  std::string id_;
  Progress progress_;
  bool begun_ = false;          // the request has been sent, at least in part
  std::uint64_t furthest_ = 0;  // octets of the body that were once sent
  Deadline give_up_{};
};

// Pauses between attempts, each up to twice as long as the last.
class Backoff {
 public:
  [[nodiscard]] Clock::duration next();
  void reset() { pause_ = kFirst; }

 private:
  static constexpr std::chrono::milliseconds kFirst{250};
  static constexpr std::chrono::milliseconds kLongest{30'000};
  std::chrono::milliseconds pause_ = kFirst;
};
// kInterrupted when a signal comes first.
[[nodiscard]] Result<> pause_until(Deadline deadline);

}  // namespace mnm::client
