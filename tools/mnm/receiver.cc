#include "mnm/receiver.h"

#include <fmt/format.h>

#include "base/ids.h"
#include "common/terminal.h"
#include "mnm/command.h"
#include "mnm/message_view.h"

namespace mnm::client {
namespace {

constexpr std::chrono::seconds kPulseAfter{60};

// Told about one's own account: shown and acked, but nobody counts on them.
bool is_notice(const net::Reply& message) {
  return message.op == "login" || message.op == "account" || message.op == "ohiedit";
}

}  // namespace

Receiver::Receiver(ReceiveOptions options, tools::Output& out)
    : options_(std::move(options)), out_(out), colour_(tools::use_colour(1)) {}

bool Receiver::done() const {
  return out_.closed() || (options_.count && counted_.size() >= *options_.count);
}

Result<> Receiver::serve(Conversation& conversation) {
  const auto patience = std::chrono::duration_cast<Clock::duration>(
      options_.follow ? std::chrono::duration<double>(kPulseAfter)
                      : std::chrono::duration<double>(options_.wait_s));
  while (!done()) {
    auto frame = conversation.next(Clock::now() + patience);
    if (!frame) return fail(std::move(frame.error()));
    if (!*frame) {
      if (!options_.follow) return {};
      net::ClientRequest pulse;
      pulse.op = net::ClientOp::kPulse;
      conversation.send(pulse);
      continue;
    }
    const net::Reply& reply = (*frame)->reply;
    if (reply.op == "quit") return fail(quit_error(reply));
    if (reply.op == "ack" && reply.error) tell("presence: " + *reply.error);
    if (reply.op == "ohi" && reply.from) {
      out_.write(presence_line(*reply.from, reply.status == 1, options_.json));
      out_.flush();
    }
    if (!reply.wants_ack()) continue;
    if (auto taken = take(conversation, reply); !taken) return taken;
  }
  return {};
}

Result<> Receiver::take(Conversation& conversation, const net::Reply& message) {
  if (!parse_message_id(*message.id)) {  // it becomes a file's name
    return fail(ErrorCode::kUnknownFormat,
                fmt::format("'{}' is no message id; is it a relay?", *message.id));
  }
  BodySink::Options where;
  if (!is_notice(message) && message.op != "member") where.directory = options_.save;
  where.needs_file = !options_.exec.empty();
  auto body = BodySink::open(*message.id, message.data_bytes, where);
  if (!body) return fail(std::move(body.error()));
  while (conversation.data_left() > 0) {
    auto piece = conversation.data(Clock::now() + kStall);
    if (!piece) return fail(std::move(piece.error()));
    if (piece->empty()) break;
    if (auto written = body->write(*piece); !written) return written;
  }
  if (auto safe = body->finish(); !safe) {
    if (safe.error().code != ErrorCode::kNegative) return safe;
    tell(safe.error().text + "; message " + *message.id + " stays on the relay");
    ++refused_;
    return {};
  }
  auto acceptable = dispose(message, *body);
  if (!acceptable) return fail(std::move(acceptable.error()));
  count(message);
  if (!*acceptable) return {};
  net::ClientRequest ack;
  ack.op = net::ClientOp::kAck;
  ack.id = *message.id;
  conversation.send(ack);
  return conversation.settle();
}

// One that comes again, because its ack was lost with the link, is the same one.
void Receiver::count(const net::Reply& message) {
  if (options_.count && !is_notice(message)) counted_.insert(*message.id);
}

// Shows it and hands it on. Whether it may be acked.
Result<bool> Receiver::dispose(const net::Reply& message, const BodySink& body) {
  if (options_.json) {
    if (auto written = write_json_message(out_, message, body); !written) {
      return fail(std::move(written.error()));
    }
  } else {
    out_.write(human_message(message, body, colour_));
  }
  out_.flush();
  if (out_.closed()) return false;  // nobody has seen it
  if (!options_.exec.empty() && !is_notice(message)) {
    auto accepted = run_command(options_.exec, options_.profile, message, body);
    if (accepted && !*accepted) ++refused_;
    return accepted;
  }
  if (options_.json || !body.saved_as().empty() || is_showable(body)) return true;
  ++left_;
  return false;
}

}  // namespace mnm::client
