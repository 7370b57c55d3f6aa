// One link that a session speaks over: what the two need of each other and of the disk.
//
// Lives on one net thread, which alone calls it. At most one read and one write job are on their
// way.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "net/link.h"
#include "net/session.h"
#include "net/session_jobs.h"

namespace mnm::net {

class Connection final : public Link, public SessionActions, private JobAnswers {
 public:
  Connection(LinkContext& context, AcceptedLink link);

  void effects(std::vector<ops::Effect> effects) override;
  void resumed() override;

  // SessionActions: called by the session alone.
  void send(Outgoing outgoing) override { queue(std::move(outgoing)); }
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
  bool wants_read() const override { return session_.wants_read(); }
  void received(TimePoint now, std::string_view octets) override;
  void sent(TimePoint now, std::size_t queued) override { session_.sent(now, queued); }
  bool logged_in() const override { return session_.logged_in(); }
  // Held in the lobby by what it doesn't read, it has no more time than to say who it is.
  std::optional<TimePoint> deadline() const override {
    return held_ ? accepted_ + kLoginWithin : session_.deadline();
  }
  void expired(TimePoint now) override;
  void lost(std::string_view reason) override;
  bool wants_to_leave() const override { return held_.has_value(); }
  void entered() override;

  ops::Inbox::Offer offer_gathered();

  void body_written(Result<std::shared_ptr<log::Upload>> upload) override;
  void message_read(Result<ops::MessageHandle> message) override;
  void body_read(Result<std::string> chunk) override;

  const TimePoint accepted_;
  Session session_;
  LazyJobs jobs_;
  bool gathering_ = false;  // offers go to context().gathered first
  // In the lobby: its Register or Login, to be offered where it will live.
  std::optional<ops::Request> held_;
};

}  // namespace mnm::net
