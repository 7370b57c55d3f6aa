// A session over HTTP: the same state machine as on a link, with its octets cut into requests. The
// bodies of its POSTs, one after the other, are the stream that a client would send on a link;
// the answers go into the response of the POST that asked, what is pushed goes to the receiver.
//
// One net thread. Lives between requests until Quit, an error of the protocol, a time-out, or the
// end of its token's life. What always holds: one POST at a time; its response is done when all
// that it asked for is durable and answered.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "net/http_link.h"
#include "net/http_receiver.h"
#include "net/session.h"
#include "net/session_jobs.h"

namespace mnm::net {

class HttpDoor;

class HttpSession final : public Tenant,
                          public SessionActions,
                          public HttpTalker,
                          private HttpReceiver::Owner,
                          private JobAnswers,
                          public std::enable_shared_from_this<HttpSession> {
 public:
  // `token` is what the client shows for it, told with the first response.
  HttpSession(HttpDoor& door, SessionSetup setup, Admission::Ticket ticket, std::string token);

  // `link`'s POST goes to the session from here on. False: there is one already.
  [[nodiscard]] bool post(HttpLink& link);
  // The dialect is known.
  [[nodiscard]] bool can_receive() const { return session_.codec() != nullptr; }
  void receive(HttpLink& link, HttpReceiver::Asked asked);
  // The client ends it without a word.
  void drop(std::string_view reason);
  [[nodiscard]] bool is_logged_in() const { return session_.logged_in(); }

  // Tenant
  void effects(std::vector<ops::Effect> effects) override;
  void resumed() override;
  [[nodiscard]] bool is_due(TimePoint now) const override;
  void expire(TimePoint now) override;
  void shut(std::string_view reason) override { drop(reason); }

  // HttpTalker, for a POST
  [[nodiscard]] bool wants_body() const override { return session_.wants_read(); }
  void body(TimePoint now, std::string_view octets) override;
  void body_done(TimePoint now) override;
  void answer_sent(TimePoint now, std::size_t queued_bytes) override;
  void link_lost(std::string_view reason) override;

  // SessionActions: called by the session alone.
  void send(Outgoing outgoing) override;
  ops::Inbox::Offer offer(ops::Request&& request) override;
  void write_body(std::string chunk, bool last) override {
    jobs_.use().write_body(std::move(chunk), last);
  }
  void read_message(Lsn id) override { jobs_.use().read_message(id); }
  void read_body(log::BodyFile file, std::uint64_t offset, std::size_t count) override {
    jobs_.use().read_body(file, offset, count);
  }
  void close(Closing how, std::string_view reason) override;

 private:
  void body_written(Result<std::shared_ptr<log::Upload>> upload) override;
  void message_read(Result<ops::MessageHandle> message) override;
  void body_read(Result<std::string> chunk) override;
  void unspeakable(Lsn id) override;
  void broken(std::string why) override { drop(why); }
  void attached(TimePoint now, bool there) override;

  void settle();
  void mark();
  void marked(std::uint64_t post);
  void send_answers();
  void finish_post();
  void end();
  [[nodiscard]] HttpFields head_fields();
  [[nodiscard]] TimePoint idle_due() const;

  HttpDoor& door_;
  const SessionSetup setup_;
  Admission::Ticket ticket_;
  std::string token_;  // until it is told
  Session session_;
  LazyJobs jobs_;
  HttpReceiver receiver_;

  HttpLink* post_ = nullptr;
  std::uint64_t posts_ = 0;
  bool body_done_ = false;
  bool marked_ = false;            // the engine was asked to say when it has done all of this POST
  bool done_ = false;              // ... and has said so
  bool answering_ = false;         // the response's head is out
  std::vector<Outgoing> answers_;  // of this POST, not yet given to its link
  std::size_t answers_bytes_ = 0;
  std::string words_;       // the session's last, when nobody posts
  std::string end_reason_;  // once it ended
  bool forgotten_ = false;
  TimePoint used_;  // when a request last ended
};

}  // namespace mnm::net
