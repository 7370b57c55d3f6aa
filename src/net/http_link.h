// One HTTP/1 link: requests in, one after the other, and their answers out. What a request means is
// the door's business; who answers it piece by piece is a talker.
//
// Lives on one net thread, which alone calls it. What always holds: a request has one answer, and
// the next one isn't looked at before that has left, so that a client which takes no answers can't
// have us make more; a link whose request wasn't read to its end closes after the answer.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "net/http_reply.h"
#include "net/http_request.h"
#include "net/link.h"

namespace mnm::net {

class HttpDoor;

// Who answers a request: takes its body, and calls the link's answer(), or begin() to end(). All
// but wants_body may let go of the link.
class HttpTalker {
 public:
  virtual ~HttpTalker() = default;
  [[nodiscard]] virtual bool wants_body() const { return true; }
  virtual void body(TimePoint, std::string_view) {}
  virtual void body_done(TimePoint) {}
  // Octets have left; so many are still queued.
  virtual void answer_sent(TimePoint, std::size_t) {}
  [[nodiscard]] virtual std::optional<TimePoint> answer_due() const { return std::nullopt; }
  virtual void answer_expired(TimePoint) {}
  // The link is gone before the answer was done; it must not be called any more.
  virtual void link_lost(std::string_view reason) = 0;
};

class HttpLink final : public Link {
 public:
  HttpLink(HttpDoor& door, LinkContext& context, AcceptedLink link, bool admin);

  // --- the request being answered
  // -----------------------------------------------------------------
  [[nodiscard]] const HttpRequest& request() const { return *request_; }
  [[nodiscard]] const ops::Origin& origin() const { return *setup_.origin; }
  [[nodiscard]] const SessionSetup& setup() const { return setup_; }
  // It came in by an administrator's address.
  [[nodiscard]] bool admin() const { return admin_; }
  // Goes into the answer's head whatever it is.
  void add_field(std::string name, std::string value);
  // Whoever is on the link is known from now on.
  void authorise() { authorised_ = true; }

  // --- its answer
  // ----------------------------------------------------------------------------------- From now on
  // `talker` is told of the request.
  void talk(std::shared_ptr<HttpTalker> talker) { talker_ = std::move(talker); }
  // All of it at once. Ends the talk.
  void answer(HttpReply reply);
  // Or the head, then the body in pieces, then its end, which ends the talk.
  void begin(int status, const HttpFields& fields);
  void piece(Outgoing outgoing);
  void end();
  // The answer can't be ended in good order: the link closes in the middle.
  void abort(std::string_view reason);
  // The request asks for a WebSocket, and gets it: another speaks over the link from now on.
  void upgrade(std::string answer);
  // After anything was said outside of the talker's calls.
  void poke();
  // Which request this is, of all on this link: for answers that come later.
  [[nodiscard]] std::uint64_t serial() const { return serial_; }

 private:
  enum class Phase : std::uint8_t {
    kHead,    // left when the head is whole
    kBody,    // left at its end, or by an answer before that
    kAnswer,  // left by the answer's end
    kOver,    // nothing more is looked at
  };

  [[nodiscard]] bool wants_read() const override;
  void received(TimePoint now, std::string_view octets) override;
  void sent(TimePoint now, std::size_t queued_bytes) override;
  [[nodiscard]] bool logged_in() const override { return authorised_; }
  [[nodiscard]] std::optional<TimePoint> deadline() const override;
  void expired(TimePoint now) override;
  void lost(std::string_view reason) override;

  void process(TimePoint now, std::string_view& in);
  void take_head(TimePoint now, std::string_view& in);
  void take_body(TimePoint now, std::string_view& in);
  void next(TimePoint now);
  void leave();
  void refuse(int status, std::string_view detail);
  void resume_input(TimePoint now);
  [[nodiscard]] bool closes() const;
  void queue_head(int status, HttpBody body, std::uint64_t length, const HttpFields& fields);

  HttpDoor& door_;
  const SessionSetup setup_;
  const bool admin_;
  Phase phase_ = Phase::kHead;
  std::unique_ptr<HttpRequest> request_;
  std::shared_ptr<HttpTalker> talker_;
  HttpFields fields_;
  HttpBody body_ = HttpBody::kLength;  // of the answer
  bool begun_ = false;                 // its head is said
  bool answered_ = false;              // to its end, though the request may not be
  bool last_ = false;                  // the link closes after it
  bool leaving_ = false;               // ... once it has left
  bool refused_ = false;               // what follows can't be read
  bool processing_ = false;
  bool held_ = false;  // the body wasn't wanted: for its silence the peer isn't to blame
  bool authorised_ = false;
  std::string input_;  // not yet looked at
  std::string ahead_;  // what follows a request for another protocol
  std::uint64_t serial_ = 0;
  TimePoint head_due_;
  TimePoint last_octet_;
};

}  // namespace mnm::net
