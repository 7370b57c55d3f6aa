// net/session.h: any octets, effects, answers and times in any order. What the header of Session
// says always holds: one Lost at most and as the last request, one close, nothing after it.
//
// The input is a script: an octet chooses what happens, those that follow say how.
#include "net/session.h"

#include <glog/logging.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace {

using namespace mnm;

class FuzzRandom final : public net::RandomSource {
 public:
  std::string take(std::size_t count) override { return std::string(count, 'r'); }
};

class FuzzUpload final : public log::Upload {
 public:
  Result<void> append(std::string_view) override { return {}; }
  Result<void> sync() override { return {}; }
  [[nodiscard]] log::BodyFile file() const override { return {Lsn(1), 1}; }
  void release() override {}
};

// Keeps the rules that the connection keeps, and checks those that the session keeps.
class Script final : public net::SessionActions {
 public:
  explicit Script(std::string_view input) : input_(input) {}

  void run() {
    while (!input_.empty()) step();
    session_.lost("the end of the script");
    CHECK_EQ(closes_, 1);
    CHECK_EQ(losses_, entries_ > 0 ? 1 : 0);
  }

  void send(net::Outgoing outgoing) override {
    CHECK_EQ(closes_, 0);
    queued_ += outgoing.size();
  }
  ops::Inbox::Offer offer(ops::Request&& request) override {
    CHECK_EQ(closes_, 0);
    CHECK_EQ(losses_, 0) << "a request after the last one";
    CHECK(!turned_down_) << "a request after the link's only one";
    const bool enters = std::holds_alternative<ops::Login>(request.command) ||
                        std::holds_alternative<ops::Register>(request.command);
    const bool lost = std::holds_alternative<ops::Lost>(request.command);
    turned_down_ = entries_ == 0 && std::holds_alternative<ops::TurnedDown>(request.command);
    if (!enters && !lost && !turned_down_) CHECK_GT(entries_, 0) << "a request of a stranger";
    entries_ += enters ? 1 : 0;
    losses_ += lost ? 1 : 0;
    full_ = take() % 8 == 0;
    return full_ ? ops::Inbox::Offer::kTakenFull : ops::Inbox::Offer::kTaken;
  }
  void write_body(std::string chunk, bool last) override {
    CHECK(!writing_ && !chunk.empty());
    writing_ = true;
    last_ = last;
  }
  void read_message(Lsn id) override {
    CHECK(!reading_row_);
    reading_row_ = true;
    row_ = id;
  }
  void read_body(log::BodyFile, std::uint64_t, std::size_t count) override {
    CHECK(!reading_body_);
    reading_body_ = true;
    count_ = count;
  }
  void close(net::Closing, std::string_view) override { ++closes_; }

 private:
  std::uint8_t take() {
    if (input_.empty()) return 0;
    const auto octet = static_cast<std::uint8_t>(input_.front());
    input_.remove_prefix(1);
    return octet;
  }
  std::string_view take(std::size_t count) {
    const std::string_view octets = input_.substr(0, count);
    input_.remove_prefix(octets.size());
    return octets;
  }
  ops::MessageHandle message() {
    message::Header header;
    header.set_kind(static_cast<message::Kind>(1 + take() % 9));
    header.set_from_uid("BCD");
    const bool in_file = take() % 4 == 0;
    header.set_data_bytes(in_file ? 70'000 : 3);
    if (in_file) header.set_file_serial(1);
    auto body = in_file ? nullptr : std::make_shared<const std::string>("abc");
    return std::make_shared<const ops::Message>(Lsn(1 + take()), header, std::move(body));
  }
  ops::Effect effect() {
    switch (take() % 8) {
      case 0:
        return ops::LoggedIn{};
      case 1:
        return ops::Registered{"BCD", std::string(40, 'B'), NodeOrdinal(1), {}};
      case 2:
        return ops::Acknowledged{event::POST, "1", {}, Lsn(1), 1, 0};
      case 3:
        return ops::Dismissed{take() % 2 == 0 ? "" : "logout ok"};
      case 4:
        return ops::Ohi{"BCD", 1};
      case 5:
        return ops::Updated{{}, Lsn(take() % 2), NodeOrdinal(1), {}};
      case 6:
        return ops::Revoked{Lsn(1 + take() % 3)};
      default: {
        const bool cold = take() % 2 == 0;
        return ops::Delivery{Lsn(3), 3, cold ? nullptr : message()};
      }
    }
  }

  void step() {
    const net::TimePoint now = now_;
    switch (take() % 9) {
      case 0:
      case 1:
        if (session_.wants_read()) session_.received(now, take(take()));
        return;
      case 2: {
        // The engine says nothing to a session that it doesn't know.
        if (entries_ == 0) return;
        std::vector<ops::Effect> effects;
        effects.push_back(effect());
        return session_.effects(now, std::move(effects));
      }
      case 3:
        if (!std::exchange(writing_, false)) return;
        if (take() % 4 == 0) return session_.body_written(now, fail(ErrorCode::kUnavailable, "no"));
        return session_.body_written(now, last_ ? std::make_shared<FuzzUpload>() : nullptr);
      case 4:
        if (!std::exchange(reading_row_, false)) return;
        if (take() % 4 == 0) return session_.message_read(now, fail(ErrorCode::kNegative, "gone"));
        return session_.message_read(now, message());
      case 5:
        if (!std::exchange(reading_body_, false)) return;
        if (take() % 8 == 0) return session_.body_read(now, fail(ErrorCode::kNegative, "gone"));
        return session_.body_read(now, std::string(std::min<std::size_t>(count_, 35'000), 'b'));
      case 6:
        queued_ = take() % 2 == 0 ? 0 : queued_ / 2;
        return session_.sent(now, queued_);
      case 7:
        if (std::exchange(full_, false)) session_.resumed(now);
        return;
      default:
        now_ += std::chrono::milliseconds(100 * take());
        return session_.expired(now_);
    }
  }

  std::string_view input_;
  FuzzRandom random_;
  net::Keys keys_{std::string(32, 'p'), std::string(32, 'r')};
  net::SessionWorld world_{net::codec_for_first, "site", keys_, random_, {}};
  net::TimePoint now_{};
  net::Session session_{{SessionId(1), nullptr, nullptr, {}}, world_, *this};
  std::size_t queued_ = 0;
  std::size_t count_ = 0;
  Lsn row_;
  int entries_ = 0;
  int losses_ = 0;
  bool turned_down_ = false;  // before a login
  int closes_ = 0;
  bool full_ = false;
  bool writing_ = false;
  bool last_ = false;
  bool reading_row_ = false;
  bool reading_body_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const bool quiet = [] {
    FLAGS_minloglevel = google::GLOG_FATAL;  // what is meant to go wrong
    return true;
  }();
  (void)quiet;
  Script(std::string_view(reinterpret_cast<const char*>(data), size)).run();
  return 0;
}
