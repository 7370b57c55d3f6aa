// One link's protocol, from its first octet to its last: octets, effects and deadlines in, actions
// out.
//
// Sans-I/O: no socket, no thread, no clock but the times handed in; all calls from the session's
// own thread. What always holds:
//   - at most one request more is offered after the inbox says that it is full;
//   - a session that ever offered a Register or Login offers exactly one Lost, as its last request,
//     before its last words leave: whoever reads them may log in again at once; one that never did
//     offers at most a TurnedDown, for the log;
//   - nothing of what came after a fatal error is looked at.
//
//     first --op 0--> open --Register, Login--> pending --Registered, LoggedIn--> ready
//       |  (MMTP may skip op 0)                    |                                |
//       +------- a fault, a deadline, the link lost, Dismissed: ended <-------------+
//                                                          quitting <-- Quit -------+
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "net/authority.h"
#include "net/codec.h"
#include "net/credentials.h"
#include "net/frame.h"
#include "net/limits.h"
#include "net/session_actions.h"
#include "net/session_body.h"
#include "net/session_sender.h"
#include "ops/effects.h"

namespace mnm::net {

// What all sessions of a thread share. Outlives them.
struct SessionWorld {
  const Codec* (*choose)(std::string_view first_header) = nullptr;  // codec_for_first
  std::string site_name;
  const Keys& keys;
  RandomSource& random;
  SessionLimits limits;
  const Authority* authority = nullptr;  // none: nobody vouches for newcomers, tokens are ignored
  HmacSha256 request_key{keys.request};
};

// Who is on the link.
struct SessionSetup {
  SessionId id;
  ops::Outlet* outlet = nullptr;
  std::shared_ptr<const ops::Origin> origin;
  TimePoint accepted;
};

class Session {
 public:
  Session(SessionSetup setup, SessionWorld& world, SessionActions& actions);

  // --- events -----------------------------------------------------------------------------------
  // Octets from the link, while wants_read(). What can't be looked at yet is kept.
  void received(TimePoint now, std::string_view octets);
  void effects(TimePoint now, std::vector<ops::Effect> effects);
  // The answer to write_body: null unless the chunk was the last.
  void body_written(TimePoint now, Result<std::shared_ptr<log::Upload>> upload);
  void message_read(TimePoint now, Result<ops::MessageHandle> message);
  void body_read(TimePoint now, Result<std::string> chunk);
  // Octets have left; so many are still queued.
  void sent(TimePoint now, std::size_t queued_bytes);
  // The inbox has room again.
  void resumed(TimePoint now);
  // It lives on another thread from now on.
  void moved(ops::Outlet* outlet, SessionWorld& world) {
    setup_.outlet = outlet;
    world_ = &world;
  }
  // Requests that were held back, as if taken, were offered now.
  void offered(TimePoint now, ops::Inbox::Offer taken);
  // deadline() has come.
  void expired(TimePoint now);
  // The link is gone, or the connection ends it.
  void lost(std::string_view reason);

  // --- state ------------------------------------------------------------------------------------
  [[nodiscard]] bool wants_read() const { return reading_; }
  [[nodiscard]] std::optional<TimePoint> deadline() const;
  [[nodiscard]] bool logged_in() const { return phase_ == Phase::kReady; }
  [[nodiscard]] bool ended() const { return phase_ == Phase::kEnded; }
  // An answer waits for the disk, or behind one that does.
  [[nodiscard]] bool answers_wait() const { return !sender_.idle(); }
  // A frame has begun, and isn't whole.
  [[nodiscard]] bool in_frame() const { return arriving_ || header_.in_frame(); }
  // The dialect, once it is known.
  [[nodiscard]] const Codec* codec() const { return codec_; }

 private:
  enum class Phase : std::uint8_t {
    kFirst,     // no header yet, so no dialect; left by the first header
    kOpen,      // left by Register or Login
    kPending,   // the engine decides on them; nothing is looked at meanwhile
    kReady,     // left by Quit or the end
    kQuitting,  // Quit is offered; nothing more is looked at
    kEnded,
  };
  // A request whose data is on its way.
  struct Arriving {
    Incoming incoming;
    std::optional<BodyReader> note;
    std::optional<BodyReader> body;
    std::optional<ops::Body> note_done;
    bool writing = false;  // a chunk is on its way to the disk
    bool spoilt = false;   // it can't be stored: the rest is read and forgotten
    TimePoint due;
  };

  [[nodiscard]] bool may_take() const;
  void process(TimePoint now, std::string_view octets);
  void take_header(TimePoint now, std::string_view& octets);
  void take_data(std::string_view& octets);
  void data_done();
  void on_header(TimePoint now);
  [[nodiscard]] std::optional<Fatal> out_of_place(bool enters) const;
  [[nodiscard]] std::optional<Fatal> forbidden(const Incoming& incoming) const;
  void carry_out(Incoming& incoming, ops::Body note, ops::Body body);
  void complete(Incoming& incoming, ops::Body note, ops::Body body);
  void forget(std::string& secret);
  void vouch(std::string_view token, ops::Register& entry) const;
  void submit(ops::Command&& command, Incoming& incoming);
  [[nodiscard]] ops::Request make_request(ops::Command&& command) const;
  void offer(ops::Request&& request);
  void note(ops::Inbox::Offer taken);
  void refuse_passing(const Incoming& incoming);
  void turn_down(const Fatal& fault, event::Op op, std::string_view uid);
  void after_sender(TimePoint now);
  void settle(TimePoint now);
  void fatal(const Fatal& fault);
  void end(std::string text, Closing how, std::string_view reason);

  SessionSetup setup_;
  SessionWorld* world_;
  SessionActions& actions_;
  const Codec* codec_ = nullptr;
  SessionSender sender_;
  HeaderReader header_;
  std::unique_ptr<Arriving> arriving_;
  std::string stash_;  // octets that came before they could be looked at; at most one read's
  std::string uid_;    // once known
  Phase phase_ = Phase::kFirst;
  bool begun_ = false;       // a Register or Login was offered
  bool inbox_full_ = false;  // until resumed
  bool fenced_ = false;      // dismissed without having asked for it
  bool reading_ = true;
  std::uint64_t pulses_ = 0;  // and version requests, once logged in
  TimePoint last_octet_;
  TimePoint stopped_;  // when reading_ became false
  std::optional<TimePoint> header_due_;
};

}  // namespace mnm::net
