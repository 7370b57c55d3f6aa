// The C ABI over Node. Nothing is thrown out of here; what a caller may get wrong is MNM_USAGE.
#include <algorithm>
#include <chrono>
#include <cstring>
#include <memory>
#include <new>
#include <string>
#include <utility>

#include "base/crypto.h"
#include "client/node.h"
#include "client/quiet_pipe.h"
#include "mnm/mnm_client.h"

using mnm::ErrorCode;
using mnm::fail;
using mnm::Result;
using mnm::client::Clock;
using mnm::client::Deadline;
using mnm::client::Incoming;
using mnm::client::Link;
using mnm::client::Node;
using mnm::client::OutgoingBody;
using mnm::net::ClientOp;
using mnm::net::ClientRequest;

namespace {

// The caller's functions.
class CallerSink final : public mnm::client::StreamSink {
 public:
  void set(const mnm_sink& sink) { sink_ = sink; }

  bool begin(const mnm::client::Frame& frame) override {
    if (sink_.write == nullptr) return false;  // there is none
    if (sink_.begin == nullptr) return true;
    const std::string id = frame.reply.id.value_or("");
    const std::uint64_t size = frame.reply.data_bytes;
    return sink_.begin(sink_.context, id.c_str(), frame.header.c_str(), size) == 0;
  }
  bool write(std::string_view octets) override {
    return sink_.write(sink_.context, octets.data(), octets.size()) == 0;
  }
  void end(bool whole) override {
    if (sink_.end != nullptr) sink_.end(sink_.context, whole ? 1 : 0);
  }

 private:
  mnm_sink sink_{};
};

}  // namespace

struct mnm_client {
  mnm_client() = default;
  mnm_client(const mnm_client&) = delete;
  mnm_client& operator=(const mnm_client&) = delete;
  ~mnm_client() { mnm::wipe(password); }

  mnm::client::TlsOptions tls;
  std::uint64_t body_bytes_max = std::uint64_t{16} << 20;
  CallerSink sink;
  std::unique_ptr<Node> node;  // null: no link
  bool entered = false;        // logged in
  std::string uid;
  std::string password;
  std::string error;
  const char* complaint = "";  // `error`, or of static storage
  std::uint64_t retry_after_s = 0;
  Incoming incoming;  // what the last message points into
};

namespace {

constexpr std::chrono::hours kForEver{24 * 365};

Deadline deadline_in(int timeout_ms) {
  const auto now = Clock::now();
  return timeout_ms < 0 ? now + kForEver : now + std::chrono::milliseconds(timeout_ms);
}

void hang_up(mnm_client* client) {
  client->node.reset();
  client->entered = false;
}

int complain(mnm_client* client, mnm::Error& error) {
  client->error = std::move(error.text);
  client->complaint = client->error.c_str();
  if (client->node) client->retry_after_s = client->node->retry_after_s();
  const bool harmless = error.code == ErrorCode::kNegative || error.code == ErrorCode::kUsage ||
                        (error.code == ErrorCode::kUnavailable && client->retry_after_s != 0);
  if (!harmless) hang_up(client);
  return mnm::exit_code(error.code);
}

// Does `act`, a function that gives a Result<>.
template <class Act>
int call(mnm_client* client, Act act) noexcept {
  if (client == nullptr) return MNM_USAGE;
  const mnm::client::QuietPipe quiet;
  client->complaint = "";
  client->retry_after_s = 0;
  try {
    Result<> done = act();
    return done ? MNM_OK : complain(client, done.error());
  } catch (const std::bad_alloc&) {
    client->complaint = "out of memory";
  } catch (...) {
    client->complaint = "something unexpected was thrown";
  }
  hang_up(client);
  return MNM_UNAVAILABLE;
}

std::string text_of(const char* text) { return text == nullptr ? std::string() : text; }

tl::unexpected<mnm::Error> misuse(const char* what) { return fail(ErrorCode::kUsage, what); }

Result<> ready(const mnm_client* client, bool entered) {
  if (!client->node) return fail(ErrorCode::kUnavailable, "there is no link: connect first");
  if (entered && !client->entered) return misuse("not logged in: register or log in first");
  if (!entered && client->entered) return misuse("this link is logged in already");
  return {};
}

template <std::size_t kSize>
Result<> put(char (&into)[kSize], const std::string& text) {
  if (text.size() >= kSize) {
    return fail(ErrorCode::kUnknownFormat, "an id from the relay is too long; is it a relay?");
  }
  std::memcpy(into, text.c_str(), text.size() + 1);
  return {};
}

Result<> put_identity(mnm_identity* identity, const std::string& uid, const std::string& password,
                      std::uint64_t number) {
  if (auto done = put(identity->uid, uid); !done) return done;
  if (auto done = put(identity->password, password); !done) return done;
  identity->number = static_cast<std::uint32_t>(number);
  return {};
}

std::unique_ptr<Node> node_over(mnm_client* client, std::unique_ptr<Link> link) {
  return std::make_unique<Node>(std::move(link), client->body_bytes_max, client->sink);
}

// One request with an answer; `id`, unless null: of the message that it made.
Result<mnm::net::Reply> ask(mnm_client* client, ClientRequest request, const OutgoingBody& body,
                            int timeout_ms) {
  if (auto is = ready(client, true); !is) return fail(std::move(is.error()));
  if (request.op == ClientOp::kUserEdit) {
    request.uid = client->uid;
    request.node = client->password;
  }
  return client->node->ask(std::move(request), body, deadline_in(timeout_ms));
}

Result<> ask_for_id(mnm_client* client, ClientRequest request, const OutgoingBody& body, char* id,
                    int timeout_ms) {
  auto reply = ask(client, std::move(request), body, timeout_ms);
  if (!reply) return fail(std::move(reply.error()));
  if (id == nullptr) return {};
  char text[MNM_ID_SIZE] = "";
  if (auto done = put(text, reply->msgid.value_or("")); !done) return done;
  std::memcpy(id, text, sizeof text);
  return {};
}

int group_edit(mnm_client* client, const char* act, const char* gid, const char* alias,
               const char* to, int timeout_ms) {
  return call(client, [&]() -> Result<> {
    ClientRequest request;
    request.op = ClientOp::kGroupEdit;
    request.act = act;
    request.gid = text_of(gid);
    request.new_alias = text_of(alias);
    request.to = text_of(to);
    return ask_for_id(client, std::move(request), {}, nullptr, timeout_ms);
  });
}

// `edit` says what is to change.
template <class Edit>
int user_edit(mnm_client* client, int timeout_ms, Edit edit) {
  return call(client, [&]() -> Result<> {
    ClientRequest request;
    request.op = ClientOp::kUserEdit;
    edit(request);
    return ask_for_id(client, std::move(request), {}, nullptr, timeout_ms);
  });
}

// As the caller's function gives it, through `buffer`; or as it lies in memory.
OutgoingBody body_of(const mnm_post& post, std::string& buffer) {
  if (post.read == nullptr) {
    return mnm::client::body_in_memory({static_cast<const char*>(post.body), post.body_size});
  }
  return {post.read_size, [&post, &buffer](std::size_t octets_max) -> Result<std::string_view> {
            buffer.resize(octets_max);
            const std::size_t got = post.read(post.read_context, buffer.data(), octets_max);
            if (got == 0 || got > octets_max) {
              return fail(ErrorCode::kUnavailable,
                          "the body ended before its size: nothing was stored");
            }
            return std::string_view(buffer).substr(0, got);
          }};
}

const char* or_null(const std::optional<std::string>& text) {
  return text ? text->c_str() : nullptr;
}

void describe(const Incoming& incoming, mnm_message* message) {
  const mnm::net::Reply& reply = incoming.frame.reply;
  *message = {};
  message->op = reply.op.c_str();
  if (reply.wants_ack()) message->id = or_null(reply.id);
  message->from = or_null(reply.from);
  message->uid = or_null(reply.uid);
  message->to = or_null(reply.to);
  message->gid = or_null(reply.gid);
  message->alias = or_null(reply.alias);
  message->act = or_null(reply.act);
  message->posted = or_null(reply.posted);
  message->status = static_cast<int>(reply.status.value_or(0));
  message->header = incoming.frame.header.c_str();
  message->body = incoming.body.data();
  message->body_size = incoming.body.size();
  message->body_whole = incoming.whole ? 1 : 0;
  message->body_streamed = incoming.streamed ? 1 : 0;
}

}  // namespace

const char* mnm_client_version(void) { return MNM_VERSION; }

mnm_client* mnm_client_new(void) { return new (std::nothrow) mnm_client(); }

void mnm_client_free(mnm_client* client) {
  const mnm::client::QuietPipe quiet;
  delete client;
}

const char* mnm_client_error(const mnm_client* client) {
  return client == nullptr ? "no client was given" : client->complaint;
}

unsigned mnm_client_retry_after(const mnm_client* client) {
  return client == nullptr ? 0 : static_cast<unsigned>(client->retry_after_s);
}

int mnm_client_set_ca_file(mnm_client* client, const char* path) {
  return call(client, [&]() -> Result<> {
    client->tls.ca_file = text_of(path);
    return {};
  });
}

int mnm_client_set_body_max(mnm_client* client, uint64_t size) {
  return call(client, [&]() -> Result<> {
    client->body_bytes_max = size;
    return {};
  });
}

int mnm_client_set_sink(mnm_client* client, const mnm_sink* sink) {
  return call(client, [&]() -> Result<> {
    if (sink != nullptr && sink->write == nullptr) return misuse("a sink must be able to write");
    client->sink.set(sink != nullptr ? *sink : mnm_sink{});
    return {};
  });
}

int mnm_client_connect(mnm_client* client, const char* address, int timeout_ms) {
  return call(client, [&]() -> Result<> {
    hang_up(client);
    auto parsed = mnm::client::parse_address(text_of(address));
    if (!parsed) return fail(std::move(parsed.error()));
    auto link = Link::open(*parsed, client->tls, {deadline_in(timeout_ms)});
    if (!link) return fail(std::move(link.error()));
    client->node = node_over(client, std::move(*link));
    return {};
  });
}

int mnm_client_adopt(mnm_client* client, int socket) {
  mnm::client::Fd owned(socket);
  return call(client, [&]() -> Result<> {
    hang_up(client);
    auto link = Link::adopt(std::move(owned));
    if (!link) return fail(std::move(link.error()));
    client->node = node_over(client, std::move(*link));
    return {};
  });
}

int mnm_client_fd(const mnm_client* client) {
  return client == nullptr || !client->node ? -1 : client->node->fd();
}

int mnm_client_quit(mnm_client* client) {
  return call(client, [&]() -> Result<> {
    if (client->node) client->node->quit();
    hang_up(client);
    return {};
  });
}

int mnm_client_register(mnm_client* client, const char* node_name, const char* alias,
                        const char* id_token, mnm_identity* identity, int timeout_ms) {
  return call(client, [&]() -> Result<> {
    if (identity == nullptr) return misuse("an identity must be given, else nobody can log in");
    if (auto is = ready(client, false); !is) return is;
    ClientRequest request;
    request.new_node = text_of(node_name);
    request.new_alias = text_of(alias);
    request.id_token = text_of(id_token);
    auto made = client->node->enter(std::move(request), deadline_in(timeout_ms));
    if (!made) return fail(std::move(made.error()));
    if (auto done = put_identity(identity, made->uid, made->password, made->number); !done) {
      return done;
    }
    client->uid = std::move(made->uid);
    client->password = std::move(made->password);
    client->entered = true;
    if (made->alias_error.empty()) return {};
    return fail(ErrorCode::kNegative, "registered, but without the alias: " + made->alias_error);
  });
}

int mnm_client_login(mnm_client* client, const char* uid, const char* password, int timeout_ms) {
  return call(client, [&]() -> Result<> {
    if (auto is = ready(client, false); !is) return is;
    client->uid = text_of(uid);
    client->password = text_of(password);
    auto done = client->node->login(client->uid, client->password, deadline_in(timeout_ms));
    client->entered = done.has_value();
    return done;
  });
}

int mnm_client_post(mnm_client* client, const mnm_post* post, char id[MNM_ID_SIZE],
                    int timeout_ms) {
  return call(client, [&]() -> Result<> {
    if (post == nullptr || (post->to == nullptr && post->to_count != 0) ||
        (post->read == nullptr && post->body == nullptr && post->body_size != 0)) {
      return misuse("a post, its recipients or its body is NULL");
    }
    ClientRequest request;
    request.op = ClientOp::kPost;
    request.id = text_of(post->request_id);
    request.retry = post->retry != 0;
    for (std::size_t i = 0; i < post->to_count; ++i) {
      const mnm_target& target = post->to[i];
      if (target.id == nullptr || target.type < MNM_USER || target.type > MNM_GROUP_WITHOUT_SELF) {
        return misuse("a recipient without an id, or of no known type");
      }
      request.for_list.push_back({target.id, static_cast<mnm::ops::TargetType>(target.type)});
    }
    std::string buffer;
    return ask_for_id(client, std::move(request), body_of(*post, buffer), id, timeout_ms);
  });
}

int mnm_client_ping(mnm_client* client, const char* from, const char* to, const char* text,
                    char id[MNM_ID_SIZE], int timeout_ms) {
  return call(client, [&]() -> Result<> {
    ClientRequest request;
    request.op = ClientOp::kPing;
    request.from = text_of(from);
    request.to = text_of(to);
    const std::string body = text_of(text);
    return ask_for_id(client, std::move(request), mnm::client::body_in_memory(body), id,
                      timeout_ms);
  });
}

int mnm_client_receive(mnm_client* client, mnm_message* message, int timeout_ms) {
  return call(client, [&]() -> Result<> {
    if (message == nullptr) return misuse("a message must be given");
    if (auto is = ready(client, true); !is) return is;
    auto incoming = client->node->receive(deadline_in(timeout_ms));
    if (!incoming) return fail(std::move(incoming.error()));
    if (!*incoming) return fail(ErrorCode::kNegative, "nothing came in time");
    client->incoming = std::move(**incoming);
    describe(client->incoming, message);
    return {};
  });
}

int mnm_client_ack(mnm_client* client, const char* id) {
  return call(client, [&]() -> Result<> {
    if (id == nullptr) return misuse("there is no id to ack");
    if (auto is = ready(client, true); !is) return is;
    return client->node->ack(id);
  });
}

int mnm_client_pulse(mnm_client* client) {
  return call(client, [&]() -> Result<> {
    if (auto is = ready(client, true); !is) return is;
    return client->node->pulse();
  });
}

int mnm_client_group_invite(mnm_client* client, const char* gid, const char* from, const char* to,
                            const char* text, int timeout_ms) {
  return call(client, [&]() -> Result<> {
    ClientRequest request;
    request.op = ClientOp::kGroupInvite;
    request.gid = text_of(gid);
    request.from = text_of(from);
    request.to = text_of(to);
    const std::string body = text_of(text);
    return ask_for_id(client, std::move(request), mnm::client::body_in_memory(body), nullptr,
                      timeout_ms);
  });
}

int mnm_client_group_join(mnm_client* client, const char* gid, const char* alias, int timeout_ms) {
  return group_edit(client, "join", gid, alias, nullptr, timeout_ms);
}

int mnm_client_group_alias(mnm_client* client, const char* gid, const char* alias, int timeout_ms) {
  return group_edit(client, "alias", gid, alias, nullptr, timeout_ms);
}

int mnm_client_group_drop(mnm_client* client, const char* gid, const char* member, int timeout_ms) {
  return group_edit(client, "drop", gid, nullptr, member, timeout_ms);
}

int mnm_client_alias_add(mnm_client* client, const char* alias, int once, int timeout_ms) {
  return user_edit(client, timeout_ms, [&](ClientRequest& request) {
    request.new_alias = text_of(alias);
    request.once = once != 0;
  });
}

int mnm_client_alias_drop(mnm_client* client, const char* alias, int timeout_ms) {
  return user_edit(client, timeout_ms,
                   [&](ClientRequest& request) { request.drop_alias = text_of(alias); });
}

int mnm_client_node_add(mnm_client* client, const char* node_name, mnm_identity* identity,
                        int timeout_ms) {
  return call(client, [&]() -> Result<> {
    if (identity == nullptr) return misuse("an identity must be given, else nobody can log in");
    ClientRequest request;
    request.op = ClientOp::kUserEdit;
    request.new_node = text_of(node_name);
    auto reply = ask(client, std::move(request), {}, timeout_ms);
    if (!reply) return fail(std::move(reply.error()));
    auto done =
        put_identity(identity, client->uid, reply->nodeid.value_or(""), reply->nodenum.value_or(0));
    if (reply->nodeid) mnm::wipe(*reply->nodeid);
    return done;
  });
}

int mnm_client_node_drop(mnm_client* client, uint32_t number, int timeout_ms) {
  return user_edit(client, timeout_ms, [&](ClientRequest& request) { request.drop_node = number; });
}

int mnm_client_node_keep(mnm_client* client, uint32_t number, int timeout_ms) {
  return user_edit(client, timeout_ms, [&](ClientRequest& request) { request.keep_node = number; });
}

int mnm_client_presence(mnm_client* client, int act, const char* const* uids, size_t count,
                        int timeout_ms) {
  return call(client, [&]() -> Result<> {
    constexpr const char* kActs[] = {"init", "add", "drop"};
    if (act < MNM_OHI_INIT || act > MNM_OHI_DROP || (uids == nullptr && count != 0)) {
      return misuse("no such act, or no list of users");
    }
    ClientRequest request;
    request.op = ClientOp::kOhi;
    request.type = kActs[act];
    for (std::size_t i = 0; i < count; ++i) request.for_list.push_back({text_of(uids[i]), {}});
    return ask_for_id(client, std::move(request), {}, nullptr, timeout_ms);
  });
}
