#include "client/conversation.h"

#include <fmt/format.h>

#include <algorithm>

namespace mnm::client {
namespace {

constexpr std::size_t kPieceBytes = std::size_t{64} << 10;
constexpr std::size_t kUnsentBytesMax = std::size_t{256} << 10;
constexpr std::size_t kKeptFramesMax = 64;  // answers to one request; a relay sends one or two
constexpr std::chrono::seconds kQuitWithin{2};

// Whether it answers a request, or ends the link; all else was pushed.
bool is_answer(const net::Reply& reply) {
  return reply.op == "ack" || reply.op == "updated" || reply.op == "quit";
}

}  // namespace

Error quit_error(const net::Reply& quit) {
  const std::string text = quit.info.value_or(quit.error.value_or("no reason given"));
  if (text == "login failed") {
    return {
        ErrorCode::kDenied,
        "login failed: the relay doesn't know this user or node; was the node dropped, or is it "
        "another relay?"};
  }
  if (text == "authentication required") {
    return {ErrorCode::kDenied,
            "authentication required: this relay wants a third party's word for newcomers; get an "
            "ID token where it says"};
  }
  if (text == "replaced by a new login") {
    return {ErrorCode::kNegative,
            "replaced by a new login: another program has logged in as this node; give each "
            "program a node of its own"};
  }
  const bool final = text.starts_with("invalid") || text.starts_with("disallowed") ||
                     text.starts_with("data ") || text.starts_with("recipient") ||
                     text.starts_with("corrupt") || text.starts_with("register");
  return {final ? ErrorCode::kNegative : ErrorCode::kUnavailable,
          "the relay ended the link: " + text};
}

void Conversation::send(const net::ClientRequest& request) {
  link_->send(net::encode_request(ops::Dialect::kMmtp, request));
}

Error Conversation::closed() const { return {ErrorCode::kUnavailable, link_->why_closed()}; }

void Conversation::drop_data_read() {
  link_->take(read_);
  left_ -= read_;
  read_ = 0;
}

// A whole header from what was received, if there is one. Not before the last one's data is gone.
Result<std::optional<Frame>> Conversation::take_frame() {
  std::string_view in = link_->received();
  const auto skipped = static_cast<std::size_t>(std::min<std::uint64_t>(left_, in.size()));
  link_->take(skipped);
  left_ -= skipped;
  if (left_ > 0) return std::nullopt;
  in = link_->received();
  const std::size_t before = in.size();
  const net::HeaderReader::State state = reader_.feed(in);
  const std::size_t used = before - in.size();
  link_->take(used);
  if (state == net::HeaderReader::State::kIncomplete) return std::nullopt;
  Frame frame;
  std::optional<net::Reply> reply;
  if (state == net::HeaderReader::State::kReady) {
    frame.header = reader_.header();
    reply = net::parse_reply(frame.header);
  }
  if (!reply) {
    return fail(ErrorCode::kUnknownFormat,
                "what came is not a frame of MMTP; does a relay listen at this address?");
  }
  reader_.next();
  frame.reply = std::move(*reply);
  left_ = frame.reply.data_bytes;
  return frame;
}

Result<std::optional<Frame>> Conversation::next(Deadline deadline, int input) {
  if (!kept_.empty()) {
    Frame frame = std::move(kept_.front());
    kept_.pop_front();
    return frame;
  }
  drop_data_read();
  while (true) {
    auto frame = take_frame();
    if (!frame || *frame) return frame;
    auto event = link_->wait(deadline, input);
    if (!event) return fail(std::move(event.error()));
    if (*event == Link::Event::kLate || *event == Link::Event::kInput) return std::nullopt;
    if (*event == Link::Event::kClosed) return fail(closed());
  }
}

Result<std::string_view> Conversation::data(Deadline deadline) {
  drop_data_read();
  while (left_ > 0 && link_->received().empty()) {
    auto event = link_->wait(deadline);
    if (!event) return fail(std::move(event.error()));
    if (*event == Link::Event::kClosed) return fail(closed());
    if (*event == Link::Event::kLate) {
      return fail(ErrorCode::kUnavailable, "the rest of a message doesn't come");
    }
  }
  const std::string_view in = link_->received();
  read_ = static_cast<std::size_t>(std::min<std::uint64_t>(left_, in.size()));
  return in.substr(0, read_);
}

// Takes what has been received. True once there is an answer or a goodbye.
Result<bool> Conversation::skim() {
  while (true) {
    auto frame = take_frame();
    if (!frame) return fail(std::move(frame.error()));
    if (!*frame) return !kept_.empty();
    if (is_answer((*frame)->reply) && kept_.size() < kKeptFramesMax) {
      kept_.push_back(std::move(**frame));
    }
  }
}

Result<> Conversation::upload(std::uint64_t octets, const ReadPiece& read,
                              const Progress& progress) {
  drop_data_read();
  std::uint64_t sent = 0;
  while (sent < octets) {
    const auto want = static_cast<std::size_t>(std::min<std::uint64_t>(kPieceBytes, octets - sent));
    auto piece = read(want);
    if (!piece) return fail(std::move(piece.error()));
    link_->send(*piece);
    sent += piece->size();
    Deadline deadline = Clock::now() + kStall;
    while (link_->unsent() > kUnsentBytesMax) {
      const std::size_t before = link_->unsent();
      auto event = link_->wait(deadline);
      if (!event) return fail(std::move(event.error()));
      auto answered = skim();
      if (!answered) return fail(std::move(answered.error()));
      if (*answered) return {};
      if (*event == Link::Event::kClosed) return fail(closed());
      if (*event == Link::Event::kLate) {
        return fail(ErrorCode::kUnavailable, "the relay takes no more octets");
      }
      if (link_->unsent() < before) deadline = Clock::now() + kStall;
    }
    if (progress) progress(sent - link_->unsent());
  }
  return {};
}

Result<> Conversation::settle() {
  auto gone = link_->drain(kUnsentBytesMax, kStall);
  if (!gone) return fail(std::move(gone.error()));
  // If not: what is received next tells why.
  return {};
}

Result<> Conversation::settle(const TakeFrame& take) {
  Deadline deadline = Clock::now() + kStall;
  while (link_->unsent() > kUnsentBytesMax) {
    drop_data_read();
    auto frame = take_frame();
    if (!frame) return fail(std::move(frame.error()));
    if (*frame) {
      if (auto taken = take(**frame); !taken) return taken;
      continue;
    }
    const std::size_t before = link_->unsent();
    auto event = link_->wait(deadline);
    if (!event) return fail(std::move(event.error()));
    if (*event == Link::Event::kClosed) return fail(closed());
    if (*event == Link::Event::kLate) {
      return fail(ErrorCode::kUnavailable, "the relay takes no more octets");
    }
    if (link_->unsent() < before) deadline = Clock::now() + kStall;
  }
  return {};
}

void Conversation::quit() {
  net::ClientRequest request;
  request.op = net::ClientOp::kQuit;
  send(request);
  const Deadline deadline = Clock::now() + kQuitWithin;
  while (true) {
    auto frame = next(deadline);
    if (!frame || !*frame || (*frame)->reply.op == "quit") return;
  }
}

}  // namespace mnm::client
