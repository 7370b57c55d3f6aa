#include "mnm/session.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "base/crypto.h"
#include "client/link_channel.h"
#include "common/program.h"
#include "common/terminal.h"

namespace mnm::client {
namespace {

constexpr std::chrono::seconds kConnectWithin{10};

void warn(const std::string& text) {
  (void)std::fputs(("mnm: WARNING: " + tools::escaped(text) + "\n").c_str(), stderr);
}

}  // namespace

Result<Endpoint> choose_endpoint(const SessionOptions& options, const Profile* profile) {
  const char* variable = std::getenv("MNM_CONNECT");
  std::string text = options.connect;
  if (text.empty() && profile != nullptr) text = profile->connect;
  if (text.empty() && variable != nullptr) text = variable;
  if (text.empty()) text = kDefaultAddress;
  auto address = parse_address(text);
  if (!address) return fail(std::move(address.error()));
  Endpoint endpoint{std::move(*address), options.tls};
  if (endpoint.tls.ca_file.empty() && profile != nullptr) endpoint.tls.ca_file = profile->tls_ca;
  if (endpoint.tls.insecure && endpoint.address.kind == Address::Kind::kTls) {
    warn("--insecure: the relay's certificate is not verified; anyone on the way to " + text +
         " can read the password and all messages");
  }
  if (!endpoint.address.is_private()) {
    warn("nothing is encrypted on the way to " + text +
         ": the password and all messages can be read there; use tls://");
  }
  return endpoint;
}

Result<std::unique_ptr<Conversation>> open_conversation(const Endpoint& endpoint) {
  auto link = Link::open(endpoint.address, endpoint.tls,
                         {Clock::now() + kConnectWithin, tools::interrupted});
  if (!link) return fail(std::move(link.error()));
  return std::make_unique<Conversation>(std::move(*link));
}

Result<std::unique_ptr<Conversation>> log_in(const Endpoint& endpoint, const Profile& profile,
                                             std::vector<std::string>* online) {
  auto conversation = open_conversation(endpoint);
  if (!conversation) return conversation;
  net::ClientRequest request;
  request.op = net::ClientOp::kLogin;
  request.uid = profile.uid;
  request.node = profile.node;
  (*conversation)->send(request);
  wipe(request.node);
  auto frame = (*conversation)->next(Clock::now() + kAnswerWithin);
  if (!frame) return fail(std::move(frame.error()));
  if (!*frame) {
    return fail(ErrorCode::kUnavailable, endpoint.address.text + ": no answer to the login");
  }
  net::Reply& reply = (*frame)->reply;
  if (reply.op == "quit") return fail(quit_error(reply));
  if (reply.op != "info") {
    return fail(ErrorCode::kUnknownFormat,
                fmt::format("{}: a login was answered with {}; is it a relay?",
                            endpoint.address.text, reply.op));
  }
  if (online != nullptr) *online = std::move(reply.ohi);
  return conversation;
}

Result<net::Reply> await_answer(Conversation& conversation, const std::string& id,
                                Deadline deadline) {
  while (true) {
    auto frame = conversation.next(deadline);
    if (!frame) return fail(std::move(frame.error()));
    if (!*frame) return fail(ErrorCode::kUnavailable, "the relay doesn't answer");
    net::Reply& reply = (*frame)->reply;
    if (reply.op == "quit") return fail(quit_error(reply));
    const bool ours = reply.op == "ack" && reply.id == id;
    if (ours || reply.op == "updated") return std::move(reply);
  }
}

Result<std::string> new_request_id(const std::string& profile) {
  auto updated = update_profile(profile, [](Profile& it) { ++it.requests; });
  if (!updated) return fail(std::move(updated.error()));
  return std::to_string(updated->requests);
}

Clock::duration Backoff::next() {
  const auto now = pause_;
  pause_ = std::min(pause_ * 2, kLongest);
  // Half of it is by chance, lest all clients of a relay that returns come at once.
  const auto chance = static_cast<unsigned char>(random_bytes(1).front());
  return now / 2 + now / 2 * chance / 255;
}

Result<> pause_until(Deadline deadline) {
  while (Clock::now() < deadline) {
    if (tools::interrupted()) return fail(ErrorCode::kInterrupted, "interrupted");
    const int ready = ::poll(nullptr, 0, milliseconds_until(deadline));
    if (ready < 0 && errno != EINTR) return fail(system_error("poll", errno));
  }
  return {};
}

Result<> Requester::pause(Clock::duration length) {
  return pause_until(std::min(Clock::now() + length, give_up_));
}

Result<net::Reply> Requester::attempt(const net::ClientRequest& request, BodySource* body) {
  auto conversation = log_in(endpoint_, profile_, nullptr);
  if (!conversation) return fail(std::move(conversation.error()));
  if (body != nullptr) {
    if (auto ready = body->rewind(); !ready) return fail(std::move(ready.error()));
  }
  begun_ = true;
  (*conversation)->send(request);
  if (body != nullptr) {
    const auto read = [body](std::size_t most) { return body->read(most); };
    const auto gone = [this](std::uint64_t octets) {
      if (progress_) progress_(octets);
      if (octets <= furthest_) return;
      furthest_ = octets;
      give_up_ = Clock::now() + std::chrono::seconds(options_.timeout_s);
    };
    auto sent = (*conversation)->upload(body->size(), read, gone);
    if (!sent) return fail(std::move(sent.error()));
  }
  // What is still on its way may take as long as it moves; the relay syncs, then answers.
  std::chrono::seconds within(options_.timeout_s);
  if (body != nullptr) within = std::max(within, kStall);
  auto reply = await_answer(**conversation, request.id, Clock::now() + within);
  if (reply) {
    net::ClientRequest quit;
    quit.op = net::ClientOp::kQuit;
    (*conversation)->send(quit);  // the answer says it all: no wait for a goodbye
  }
  return reply;
}

tl::unexpected<Error> Requester::unknown(const Error& why) const {
  return fail(why.code, fmt::format("{}\nthe outcome is unknown: request {} may have been carried "
                                    "out or not",
                                    why.text, id_));
}

Result<net::Reply> Requester::run(net::ClientRequest request, BodySource* body,
                                  const Progress& progress) {
  auto profile = load_profile(options_.profile);
  if (!profile) return fail(std::move(profile.error()));
  profile_ = std::move(*profile);
  auto endpoint = choose_endpoint(options_, &profile_);
  if (!endpoint) return fail(std::move(endpoint.error()));
  endpoint_ = std::move(*endpoint);
  progress_ = progress;
  if (request.id.empty()) {
    auto id = new_request_id(options_.profile);
    if (!id) return fail(std::move(id.error()));
    request.id = std::move(*id);
  }
  id_ = request.id;
  if (request.op == net::ClientOp::kUserEdit) {
    request.uid = profile_.uid;
    request.node = profile_.node;
  }
  if (body != nullptr) request.data_bytes = body->size();
  give_up_ = Clock::now() + std::chrono::seconds(options_.timeout_s);
  Backoff backoff;
  while (true) {
    auto reply = attempt(request, body);
    Clock::duration wait = backoff.next();
    if (reply && !reply->error) return reply;
    if (reply && !reply->retry) return fail(ErrorCode::kNegative, *reply->error);
    if (!reply && !begun_) return reply;  // nobody there in the first place
    if (!reply && reply.error().code != ErrorCode::kUnavailable) return unknown(reply.error());
    if (reply) wait = std::max<Clock::duration>(wait, std::chrono::seconds(*reply->retry));
    if (Clock::now() + wait >= give_up_) {
      if (reply) {
        return fail(ErrorCode::kUnavailable,
                    fmt::format("the relay can't take it now: {}; nothing was done, try again "
                                "later",
                                *reply->error));
      }
      return unknown(reply.error());
    }
    if (auto paused = pause(wait); !paused) return unknown(paused.error());
    request.retry = true;
  }
}

}  // namespace mnm::client
