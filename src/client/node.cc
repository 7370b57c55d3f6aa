#include "client/node.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/crypto.h"
#include "base/text.h"
#include "net/json_text.h"

namespace mnm::client {
namespace {

constexpr std::size_t kPieceBytes = std::size_t{64} << 10;
// What a header has beside its texts, and each entry of its lists.
constexpr std::size_t kHeaderBytesOther = 512;
constexpr std::size_t kTargetBytesOther = 32;
// Answers that nobody waits for: a relay sends none.
constexpr std::size_t kAnswersMax = 64;
constexpr std::size_t kLinkIdBytes = 6;

bool is_answer(const std::string& op) {
  return op == "ack" || op == "updated" || op == "registered" || op == "info" || op == "quit";
}

// encode_request() insists on it.
bool fits(const net::ClientRequest& request) {
  std::size_t size = kHeaderBytesOther;
  for (const std::string* text :
       {&request.id, &request.uid, &request.node, &request.new_node, &request.id_token,
        &request.new_alias, &request.drop_alias, &request.from, &request.to, &request.gid}) {
    size += net::escaped_size(*text);
  }
  for (const ops::Target& target : request.for_list) {
    size += kTargetBytesOther + net::escaped_size(target.id);
  }
  return size <= net::kHeaderBytesMax;
}

Error too_long() {
  return {ErrorCode::kUsage,
          fmt::format("the request's names and recipients need more than the {} octets of a header",
                      net::kHeaderBytesMax)};
}

Error strange_answer(const net::Reply& reply) {
  return {ErrorCode::kUnknownFormat,
          fmt::format("the answer was {}; is it a relay?",
                      net::escaped_size(reply.op) < 64 ? reply.op : "something long")};
}

// The link's end, so never kNegative, after which it would be whole.
Error goodbye(const net::Reply& quit) {
  Error error = quit_error(quit);
  if (error.code == ErrorCode::kNegative) error.code = ErrorCode::kDenied;
  return error;
}

Error refusal(const net::Reply& reply) {
  if (!reply.retry) return {ErrorCode::kNegative, *reply.error};
  return {ErrorCode::kUnavailable,
          fmt::format("the relay can't take it now: {}; nothing was done, try again in {} s",
                      *reply.error, *reply.retry)};
}

}  // namespace

OutgoingBody body_in_memory(std::string_view body) {
  return {body.size(), [body](std::size_t octets_max) mutable -> Result<std::string_view> {
            const std::string_view piece = body.substr(0, octets_max);
            body.remove_prefix(piece.size());
            return piece;
          }};
}

Node::Node(std::unique_ptr<Link> link, std::uint64_t body_bytes_max, StreamSink& sink)
    : fd_(link->fd()),
      body_bytes_max_(body_bytes_max),
      sink_(sink),
      conversation_(std::move(link)),
      link_id_("mnm-" + hex_encode(random_bytes(kLinkIdBytes)) + "-") {}

// Each call begins here, or in receive(): what an earlier refusal said is over.
Result<> Node::send(const net::ClientRequest& request) {
  retry_after_s_ = 0;
  if (!fits(request)) return fail(too_long());
  conversation_.send(request);
  return {};
}

// Keeps a frame for whom it is; its data is read, or passed over.
Result<> Node::hold(const Frame& frame) {
  if (is_answer(frame.reply.op)) {
    if (answers_.size() < kAnswersMax) answers_.push_back(frame.reply);
    return {};
  }
  if (!frame.reply.wants_ack() && frame.reply.op != "ohi") return {};
  Incoming incoming{.frame = frame, .body = {}};
  incoming.whole = frame.reply.data_bytes <= body_bytes_max_;
  auto read = incoming.whole ? read_body(incoming) : stream_body(incoming);
  if (!read) return read;
  held_.push_back(std::move(incoming));
  return {};
}

Result<> Node::read_body(Incoming& incoming) {
  while (conversation_.data_left() > 0) {
    auto piece = conversation_.data(Clock::now() + kStall);
    if (!piece) return fail(std::move(piece.error()));
    incoming.body += *piece;
  }
  return {};
}

// What isn't wanted of it is passed over with the next frame.
Result<> Node::stream_body(Incoming& incoming) {
  if (!sink_.begin(incoming.frame)) return {};
  bool wanted = true;
  while (wanted && conversation_.data_left() > 0) {
    auto piece = conversation_.data(Clock::now() + kStall);
    if (!piece) {
      sink_.end(false);
      return fail(std::move(piece.error()));
    }
    wanted = sink_.write(*piece);
  }
  sink_.end(wanted);
  incoming.streamed = wanted;
  return {};
}

Result<net::Reply> Node::next_answer(Deadline deadline) {
  while (answers_.empty()) {
    auto frame = conversation_.next(deadline);
    if (!frame) return fail(std::move(frame.error()));
    if (!*frame) return fail(ErrorCode::kUnavailable, "no answer in time");
    if (auto held = hold(**frame); !held) return fail(std::move(held.error()));
  }
  net::Reply reply = std::move(answers_.front());
  answers_.pop_front();
  if (reply.op == "quit") return fail(goodbye(reply));
  return reply;
}

Result<NewNode> Node::enter(net::ClientRequest request, Deadline deadline) {
  request.op = net::ClientOp::kRegister;
  auto sent = send(request);
  wipe(request.id_token);
  if (!sent) return fail(std::move(sent.error()));
  auto reply = next_answer(deadline);
  if (!reply) return fail(std::move(reply.error()));
  if (reply->op != "registered" || !reply->uid || !reply->nodeid) {
    return fail(strange_answer(*reply));
  }
  NewNode made{std::move(*reply->uid), std::move(*reply->nodeid), reply->nodenum.value_or(1),
               reply->error.value_or("")};
  auto info = next_answer(deadline);
  if (!info) return fail(std::move(info.error()));
  if (info->op != "info") return fail(strange_answer(*info));
  return made;
}

Result<> Node::login(const std::string& uid, const std::string& password, Deadline deadline) {
  net::ClientRequest request;
  request.op = net::ClientOp::kLogin;
  request.uid = uid;
  request.node = password;
  auto sent = send(request);
  wipe(request.node);
  if (!sent) return sent;
  auto reply = next_answer(deadline);
  if (!reply) return fail(std::move(reply.error()));
  if (reply->op != "info") return fail(strange_answer(*reply));
  return {};
}

// Early without an error after a goodbye. An answer alone ends nothing: the relay reads the rest.
Result<> Node::send_body(const OutgoingBody& body) {
  const auto take = [this](const Frame& frame) { return hold(frame); };
  std::uint64_t left = body.size;
  while (left > 0 && (answers_.empty() || answers_.back().op != "quit")) {
    auto piece = body.next(static_cast<std::size_t>(std::min<std::uint64_t>(kPieceBytes, left)));
    if (!piece) return fail(std::move(piece.error()));
    conversation_.send_octets(*piece);
    left -= piece->size();
    if (auto settled = conversation_.settle(take); !settled) {
      if (answers_.empty()) return settled;
      break;  // the answer came before the link broke
    }
  }
  return {};
}

Result<net::Reply> Node::ask(net::ClientRequest request, const OutgoingBody& body,
                             Deadline deadline) {
  if (request.id.empty()) request.id = link_id_ + std::to_string(++requests_);
  request.data_bytes = body.size;
  if (auto sent = send(request); !sent) return fail(std::move(sent.error()));
  if (auto sent = send_body(body); !sent) return fail(std::move(sent.error()));
  while (true) {
    auto reply = next_answer(deadline);
    if (!reply) {
      reply.error().text += "; whether the request was carried out is unknown";
      return reply;
    }
    const bool edit = request.op == net::ClientOp::kUserEdit;
    if (edit ? reply->op != "updated" : reply->op != "ack" || reply->id != request.id) continue;
    if (!reply->error) return reply;
    retry_after_s_ = reply->retry.value_or(0);
    return fail(refusal(*reply));
  }
}

Result<std::optional<Incoming>> Node::receive(Deadline deadline) {
  retry_after_s_ = 0;
  while (held_.empty()) {
    auto frame = conversation_.next(deadline);
    if (!frame) return fail(std::move(frame.error()));
    if (!*frame) return std::nullopt;
    if ((*frame)->reply.op == "quit") return fail(goodbye((*frame)->reply));
    if (auto held = hold(**frame); !held) return fail(std::move(held.error()));
    answers_.clear();  // to requests that nobody waits for
  }
  Incoming incoming = std::move(held_.front());
  held_.pop_front();
  return incoming;
}

Result<> Node::ack(const std::string& id) {
  net::ClientRequest request;
  request.op = net::ClientOp::kAck;
  request.id = id;
  if (auto sent = send(request); !sent) return sent;
  return conversation_.settle([this](const Frame& frame) { return hold(frame); });
}

Result<> Node::pulse() {
  net::ClientRequest request;
  request.op = net::ClientOp::kPulse;
  return send(request);
}

}  // namespace mnm::client
