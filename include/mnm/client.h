// mnm::Client: mnm_client.h for C++20, with Failure for what goes wrong. Nothing but that header's
// functions is behind it, so a program needs no more than libmnm-client.
//
// One thread at a time. Timeouts: a negative one waits for as long as it takes.
#pragma once

#include <chrono>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mnm/failure.h"

namespace mnm {

// What a node logs in with. The password is a secret.
struct Identity {
  std::string uid;
  std::string password;
  std::uint32_t number = 0;  // of the node, among its user's
};

struct Target {
  std::string id;
  mnm_target_type type = MNM_USER;
};
[[nodiscard]] inline Target to_user(std::string uid) { return {std::move(uid), MNM_USER}; }
[[nodiscard]] inline Target to_group(std::string gid) { return {std::move(gid), MNM_GROUP}; }

// What came. Texts that a message doesn't have are empty; see mnm_message.
struct Message {
  std::string op;
  std::string id;  // empty: nothing to ack
  std::string from, uid, to, gid, alias, act, posted;
  int status = 0;
  std::string header;
  std::string body;
  bool body_whole = true;      // false: it is longer than is kept, and not here
  bool body_streamed = false;  // it went into the sink, all of it
};

class Client {
 public:
  using Milliseconds = std::chrono::milliseconds;
  static constexpr Milliseconds kTimeout{30'000};

  // tcp://HOST:PORT, tls://HOST:PORT, unix:///PATH; `ca_file`: authorities in PEM, if not the
  // system's.
  [[nodiscard]] static Client connect(const std::string& address, const std::string& ca_file = {},
                                      Milliseconds timeout = kTimeout) {
    Client client;
    if (!ca_file.empty()) client.check(mnm_client_set_ca_file(client.raw(), ca_file.c_str()));
    client.check(mnm_client_connect(client.raw(), address.c_str(), count(timeout)));
    return client;
  }
  // Over a connected stream socket, as Relay::connect() gives; the client's from now on.
  [[nodiscard]] static Client over(int socket) {
    Client client;
    client.check(mnm_client_adopt(client.raw(), socket));
    return client;
  }

  // --- who one is: first -------------------------------------------------------------------------
  // A new user with one node. `alias_error`, unless null, gets why the alias was refused, if it
  // was; with null that is thrown away, and so is the identity.
  Identity enter(const std::string& node_name, const std::string& alias = {},
                 std::string* alias_error = nullptr, const std::string& id_token = {},
                 Milliseconds timeout = kTimeout) {
    mnm_identity made{};
    const int code = mnm_client_register(raw(), node_name.c_str(), or_null(alias),
                                         or_null(id_token), &made, count(timeout));
    const bool half = code == MNM_NEGATIVE && made.uid[0] != '\0' && alias_error != nullptr;
    if (!half) check(code);
    if (alias_error != nullptr) *alias_error = half ? mnm_client_error(raw()) : "";
    return identity_of(made);
  }
  void login(const Identity& who, Milliseconds timeout = kTimeout) {
    check(mnm_client_login(raw(), who.uid.c_str(), who.password.c_str(), count(timeout)));
  }

  // --- messages
  // ------------------------------------------------------------------------------------ The
  // message's id, once it is on the relay's disk. With a request_id, see mnm_post.
  std::string post(const std::vector<Target>& to, std::string_view body,
                   const std::string& request_id = {}, bool retry = false,
                   Milliseconds timeout = kTimeout) {
    mnm_post it{};
    it.body = body.data();
    it.body_size = body.size();
    return post(to, it, request_id, retry, timeout);
  }
  // The same for a body that isn't in memory: `read` puts at most `size` octets into `into` and
  // returns how many; 0 gives up, which closes the link.
  using Read = std::function<std::size_t(char* into, std::size_t size)>;
  std::string post(const std::vector<Target>& to, std::uint64_t size, const Read& read,
                   const std::string& request_id = {}, bool retry = false,
                   Milliseconds timeout = kTimeout) {
    mnm_post it{};
    it.read_size = size;
    it.read_context = const_cast<Read*>(&read);
    it.read = [](void* context, void* into, std::size_t room) {
      return (*static_cast<Read*>(context))(static_cast<char*>(into), room);
    };
    return post(to, it, request_id, retry, timeout);
  }
  // Where bodies go that are longer than is kept; from within any call. See mnm_sink.
  struct Sink {
    std::function<bool(const std::string& id, std::uint64_t size)> begin;  // whether it is wanted
    std::function<bool(std::string_view octets)> write;  // whether more of it is wanted
    std::function<void(bool whole)> end;
  };
  void set_sink(Sink sink) {
    sink_ = std::make_unique<Sink>(std::move(sink));
    mnm_sink it{};
    it.context = sink_.get();
    it.begin = [](void* context, const char* id, const char*, std::uint64_t size) {
      return static_cast<Sink*>(context)->begin(id, size) ? 0 : 1;
    };
    it.write = [](void* context, const void* octets, std::size_t size) {
      const std::string_view piece(static_cast<const char*>(octets), size);
      return static_cast<Sink*>(context)->write(piece) ? 0 : 1;
    };
    it.end = [](void* context, int whole) { static_cast<Sink*>(context)->end(whole != 0); };
    check(mnm_client_set_sink(raw(), &it));
  }
  std::string ping(const std::string& from, const std::string& to, const std::string& text,
                   Milliseconds timeout = kTimeout) {
    char id[MNM_ID_SIZE] = "";
    check(mnm_client_ping(raw(), from.c_str(), to.c_str(), text.c_str(), id, count(timeout)));
    return id;
  }
  // None: nothing came in time.
  [[nodiscard]] std::optional<Message> receive(Milliseconds timeout = kTimeout) {
    mnm_message it{};
    const int code = mnm_client_receive(raw(), &it, count(timeout));
    if (code == MNM_NEGATIVE) return std::nullopt;
    check(code);
    return message_of(it);
  }
  void ack(const std::string& id) { check(mnm_client_ack(raw(), id.c_str())); }
  void ack(const Message& message) { ack(message.id); }
  void pulse() { check(mnm_client_pulse(raw())); }

  // --- groups, names, nodes, presence
  // --------------------------------------------------------------
  void invite(const std::string& gid, const std::string& from, const std::string& to,
              const std::string& text = {}, Milliseconds timeout = kTimeout) {
    check(mnm_client_group_invite(raw(), gid.c_str(), from.c_str(), to.c_str(), text.c_str(),
                                  count(timeout)));
  }
  void join(const std::string& gid, const std::string& alias = {},
            Milliseconds timeout = kTimeout) {
    check(mnm_client_group_join(raw(), gid.c_str(), or_null(alias), count(timeout)));
  }
  void rename_in(const std::string& gid, const std::string& alias,
                 Milliseconds timeout = kTimeout) {
    check(mnm_client_group_alias(raw(), gid.c_str(), alias.c_str(), count(timeout)));
  }
  void drop_from(const std::string& gid, const std::string& member,
                 Milliseconds timeout = kTimeout) {
    check(mnm_client_group_drop(raw(), gid.c_str(), member.c_str(), count(timeout)));
  }
  void add_alias(const std::string& alias, bool once = false, Milliseconds timeout = kTimeout) {
    check(mnm_client_alias_add(raw(), alias.c_str(), once ? 1 : 0, count(timeout)));
  }
  void drop_alias(const std::string& alias, Milliseconds timeout = kTimeout) {
    check(mnm_client_alias_drop(raw(), alias.c_str(), count(timeout)));
  }
  [[nodiscard]] Identity add_node(const std::string& node_name, Milliseconds timeout = kTimeout) {
    mnm_identity made{};
    check(mnm_client_node_add(raw(), node_name.c_str(), &made, count(timeout)));
    return identity_of(made);
  }
  void drop_node(std::uint32_t number, Milliseconds timeout = kTimeout) {
    check(mnm_client_node_drop(raw(), number, count(timeout)));
  }
  void keep_node(std::uint32_t number, Milliseconds timeout = kTimeout) {
    check(mnm_client_node_keep(raw(), number, count(timeout)));
  }
  void tell_presence(mnm_presence act, const std::vector<std::string>& uids,
                     Milliseconds timeout = kTimeout) {
    std::vector<const char*> list;
    list.reserve(uids.size());
    for (const std::string& uid : uids) list.push_back(uid.c_str());
    check(mnm_client_presence(raw(), act, list.data(), list.size(), count(timeout)));
  }

  // Leaves in good order; the destructor just closes.
  void quit() { check(mnm_client_quit(raw())); }
  // For poll(), see mnm_client_fd.
  [[nodiscard]] int fd() const { return mnm_client_fd(handle_.get()); }
  // For what this class has no function for.
  [[nodiscard]] mnm_client* raw() const { return handle_.get(); }

 private:
  struct Free {
    void operator()(mnm_client* handle) const { mnm_client_free(handle); }
  };

  Client() : handle_(mnm_client_new()) {
    if (!handle_) throw std::bad_alloc();
  }

  // `it` has its body.
  std::string post(const std::vector<Target>& to, mnm_post it, const std::string& request_id,
                   bool retry, Milliseconds timeout) {
    std::vector<mnm_target> targets;
    targets.reserve(to.size());
    for (const Target& target : to) targets.push_back({target.id.c_str(), target.type});
    it.to = targets.data();
    it.to_count = targets.size();
    it.request_id = or_null(request_id);
    it.retry = retry ? 1 : 0;
    char id[MNM_ID_SIZE] = "";
    check(mnm_client_post(raw(), &it, id, count(timeout)));
    return id;
  }
  void check(int code) const {
    if (code == MNM_OK) return;
    throw Failure(static_cast<mnm_code>(code), mnm_client_error(raw()),
                  mnm_client_retry_after(raw()));
  }
  static int count(Milliseconds timeout) {
    constexpr Milliseconds kMost{0x7fffffff};
    return static_cast<int>((timeout < kMost ? timeout : kMost).count());
  }
  static const char* or_null(const std::string& text) {
    return text.empty() ? nullptr : text.c_str();
  }
  static std::string text_of(const char* text) { return text == nullptr ? "" : text; }
  static Identity identity_of(const mnm_identity& made) {
    return {made.uid, made.password, made.number};
  }
  static Message message_of(const mnm_message& it) {
    Message message{.op = text_of(it.op), .id = text_of(it.id), .from = text_of(it.from)};
    message.uid = text_of(it.uid);
    message.to = text_of(it.to);
    message.gid = text_of(it.gid);
    message.alias = text_of(it.alias);
    message.act = text_of(it.act);
    message.posted = text_of(it.posted);
    message.status = it.status;
    message.header = text_of(it.header);
    message.body.assign(static_cast<const char*>(it.body), it.body_size);
    message.body_whole = it.body_whole != 0;
    message.body_streamed = it.body_streamed != 0;
    return message;
  }

  std::unique_ptr<mnm_client, Free> handle_;
  std::unique_ptr<Sink> sink_;
};

}  // namespace mnm
