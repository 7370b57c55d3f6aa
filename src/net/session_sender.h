// The outgoing half of a session: carries out the engine's effects in their order, however long one
// of them takes.
//
// A delivery that isn't in memory is read first, a body kept as a file is streamed; what follows
// waits here: deliveries within the engine's credit, answers and presence within limits.h. One
// thread; no I/O, no clock.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/error.h"
#include "net/codec.h"
#include "net/limits.h"
#include "net/session_actions.h"
#include "ops/effects.h"

namespace mnm::net {

class SessionSender {
 public:
  explicit SessionSender(SenderActions& actions) : actions_(actions) {}

  // Before any effect.
  void speak(const Codec& codec) { codec_ = &codec; }
  // The session's last words: past all that waits.
  void send(Outgoing outgoing);
  // An answer that the session gives by itself: after what waits, so never within a file's octets.
  void say(Outgoing outgoing);

  void add(std::vector<ops::Effect> effects);
  void message_read(Result<ops::MessageHandle> message);
  void body_read(Result<std::string> chunk);
  // So many octets are left in the send queue.
  void sent(std::size_t queued_bytes);

  // A message the dialect has no form for: to be acked in the node's name.
  [[nodiscard]] std::vector<Lsn> take_unspeakable();
  // The engine's last word has come up: nothing is carried out after it.
  [[nodiscard]] const std::optional<std::string>& dismissed() const { return dismissed_; }
  // Why the link can't go on; empty while it can.
  [[nodiscard]] const std::string& broken() const { return broken_; }
  // A file's octets are on their way: a frame of our own would be taken for a part of them.
  [[nodiscard]] bool in_body() const { return file_ && file_->offset > 0; }
  [[nodiscard]] std::size_t queued_bytes() const { return queued_bytes_; }
  // How much waits to be carried out.
  [[nodiscard]] std::size_t waiting() const { return waiting_.size() - next_; }
  // Nothing waits for the disk, or to be carried out.
  [[nodiscard]] bool idle() const { return !reading_row_ && !file_ && waiting_.empty(); }

 private:
  struct File {
    ops::MessageHandle message;
    std::uint64_t offset = 0;
    bool reading = false;
    bool revoked = false;
  };

  [[nodiscard]] bool held_up() const { return reading_row_ || file_ || dismissed_; }
  void carry_out(ops::Effect& effect);
  void drain();
  void deliver(const ops::MessageHandle& message);
  void send_frames(std::string text, bool secret);
  void answer_update(ops::Updated& updated);
  void revoke(Lsn id);
  void read_chunk();
  void file_missing(const Result<ops::MessageHandle>& row);
  void fail(const char* what, const Error& error);

  SenderActions& actions_;
  const Codec* codec_ = nullptr;
  std::vector<std::variant<ops::Effect, Outgoing>> waiting_;  // from next_ on
  std::size_t next_ = 0;
  std::optional<Lsn> reading_row_;
  bool row_revoked_ = false;            // what the read finds is not for the client any more
  std::optional<ops::Updated> update_;  // waits for the row with its secret
  std::optional<File> file_;
  std::optional<std::string> dismissed_;
  std::string broken_;
  std::vector<Lsn> unspeakable_;
  std::size_t queued_bytes_ = 0;
};

}  // namespace mnm::net
