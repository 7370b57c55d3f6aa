// What a session tells its connection to do: its only way to act.
//
// Called on the session's thread, in the order in which the things are to happen. None of these
// calls back into the session before it returns; what takes time is answered later, by the event
// named beside it, and there is at most one of each kind on its way.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/crypto.h"
#include "base/ids.h"
#include "log/log.h"
#include "ops/command.h"
#include "ops/inbox.h"
#include "ops/message.h"

namespace mnm::net {

// What goes out as one: `head`, then `own`, then `body`. Where it is small it leaves in one write,
// since a client reads a small message with a single read.
struct Outgoing {
  ops::MessageHandle message;               // keeps `head` alive
  std::string_view head;                    // a delivery's frame, shared by all who get it
  std::string own;                          // an answer, or a chunk of a file
  std::shared_ptr<const std::string> body;  // shared by all who get it
  bool secret = false;                      // `own` holds a password: overwritten once it is sent
  bool goes_on = false;                     // the next one is the rest of the same frame

  Outgoing() = default;
  explicit Outgoing(std::string text, bool is_secret = false)
      : own(std::move(text)), secret(is_secret) {}
  Outgoing(ops::MessageHandle of, std::string_view form) : message(std::move(of)), head(form) {}
  Outgoing(Outgoing&&) = default;
  Outgoing& operator=(Outgoing&&) = default;
  Outgoing(const Outgoing&) = delete;
  Outgoing& operator=(const Outgoing&) = delete;
  ~Outgoing() {
    if (secret) wipe(own);
  }

  [[nodiscard]] std::size_t size() const {
    return head.size() + own.size() + (body ? body->size() : 0);
  }
};

enum class Closing : std::uint8_t {
  kFlush,  // once all that was sent has left
  kAbort,  // at once
};

// What its outgoing half alone needs.
class SenderActions {
 public:
  virtual ~SenderActions() = default;
  // Appends to the send queue. Session::sent tells how it goes.
  virtual void send(Outgoing outgoing) = 0;
  // Answered by Session::message_read.
  virtual void read_message(Lsn id) = 0;
  // Answered by Session::body_read. Offset 0 opens the file; the others go on with it.
  virtual void read_body(log::BodyFile file, std::uint64_t offset, std::size_t count) = 0;
};

class SessionActions : public SenderActions {
 public:
  // To the engine. After kTakenFull comes Session::resumed.
  virtual ops::Inbox::Offer offer(ops::Request&& request) = 0;
  // Appends to the session's upload, which the first chunk begins and the last one syncs and hands
  // over. Answered by Session::body_written.
  virtual void write_body(std::string chunk, bool last) = 0;
  // The last action of a session. `reason` is for the log.
  virtual void close(Closing how, std::string_view reason) = 0;
};

}  // namespace mnm::net
