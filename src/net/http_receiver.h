// The receiver connection of an HTTP session: what is pushed to the node (deliveries, presence)
// goes out over whatever GET is there, as a stream of frames, as the answer to a poll, or as
// server-sent events.
//
// One net thread. What always holds: a delivery that wasn't acked is sent again, in order, to each
// new receiver, since nobody knows what the last one took; at most one receiver is attached. What
// is kept is bounded by the engine's credit.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "net/http_link.h"
#include "net/session_jobs.h"
#include "net/session_sender.h"

namespace mnm::net {

class HttpReceiver final : public HttpTalker, private SenderActions, private JobAnswers {
 public:
  enum class Form : std::uint8_t {
    kStream,  // until somebody ends it
    kPoll,    // until something was sent
    kEvents,  // server-sent events: a stream for browsers
  };
  struct Asked {
    Form form = Form::kStream;
    TimePoint until;   // of a poll
    std::string last;  // the id of the last message that the client has, if it says so
  };
  // Who the node is; outlives the receiver.
  class Owner {
   public:
    // The dialect has no form for this message: to be acked in the node's name.
    virtual void unspeakable(Lsn id) = 0;
    virtual void broken(std::string why) = 0;
    // The receiver is there, or went.
    virtual void attached(TimePoint now, bool there) = 0;

   protected:
    ~Owner() = default;
  };

  HttpReceiver(LinkContext& context, Owner& owner) : owner_(owner), jobs_(context, *this) {}

  void add(std::vector<ops::Effect> pushes);
  void acked(Lsn id);
  // The message is gone: what of it isn't sent never will be.
  void revoke(Lsn id);
  // `link`'s request is answered from here on; another receiver's ends.
  void attach(HttpLink& link, std::shared_ptr<HttpTalker> self, const Codec& codec, Asked asked);
  // The session is over: `words` are its last frame.
  void finish(std::string words);

  [[nodiscard]] bool is_attached() const { return link_ != nullptr; }

  // HttpTalker
  void answer_sent(TimePoint now, std::size_t queued_bytes) override;
  [[nodiscard]] std::optional<TimePoint> answer_due() const override;
  void answer_expired(TimePoint now) override;
  void link_lost(std::string_view reason) override;

 private:
  struct Push {
    ops::Effect effect;  // a Delivery or an Ohi
    bool given = false;  // to the sender of the receiver that is attached
  };

  void send(Outgoing outgoing) override;
  void read_message(Lsn id) override { jobs_.use().read_message(id); }
  void read_body(log::BodyFile file, std::uint64_t offset, std::size_t count) override {
    jobs_.use().read_body(file, offset, count);
  }
  void body_written(Result<std::shared_ptr<log::Upload>>) override {}
  void message_read(Result<ops::MessageHandle> message) override;
  void body_read(Result<std::string> chunk) override;

  void feed();
  void after();
  void replace();
  void detach();
  [[nodiscard]] Outgoing as_event(Outgoing outgoing);

  Owner& owner_;
  LazyJobs jobs_;
  HttpLink* link_ = nullptr;
  Asked asked_;
  bool begun_ = false;  // the answer's head is out
  std::optional<SessionSender> sender_;
  std::deque<Push> pushes_;  // not acked, in order
  bool in_event_ = false;
  std::string carry_;  // octets that make no whole base64 group yet
  TimePoint quiet_since_;
};

}  // namespace mnm::net
