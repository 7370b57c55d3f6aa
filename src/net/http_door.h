// What stands behind http:// and https:// addresses: which request means what, the sessions over
// HTTP by their tokens, and the way to a WebSocket.
//
// Lives on one net thread, which alone calls it. All HTTP links of a server live on the same
// thread, as a session's requests may come over any of them.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/crypto.h"
#include "net/http_link.h"
#include "net/http_reply.h"
#include "net/http_session.h"

namespace mnm::net {

struct HttpOptions {
  // Which sites' scripts may talk to us, as "https://app.example.com"; "*" is all of them. Our own
  // site's always may.
  std::vector<std::string> origins;
  // By which names clients' addresses may be called, in lower case, without ports; none: by any. A
  // page of another site can give us a name of its own (DNS rebinding), and is then our own site.
  std::vector<std::string> hosts;
  // A session without a request or a receiver ends after it.
  std::chrono::seconds session_idle{120};
  // And any session after this.
  std::chrono::seconds session_max{std::chrono::hours(24)};
  HttpPages pages;        // beside /mmtp
  HttpPages admin_pages;  // on admin addresses, where /mmtp isn't
};

class HttpDoor {
 public:
  using NextId = std::function<SessionId()>;
  using Admit = std::function<void(SessionId, std::shared_ptr<Tenant>)>;

  // `world` is that of the thread's other sessions; time-outs of links don't hold here.
  HttpDoor(const HttpOptions& options, LinkContext& context, ops::Outlet& outlet,
           Admission& admission, NextId next_id, Admit admit);

  // A link as it was accepted; `admin`: by an address for administrators.
  void welcome(AcceptedLink link, bool admin);

  // --- for the links
  // ------------------------------------------------------------------------------ A request's head
  // is there: answers it, or finds who does.
  void request(HttpLink& link);
  void adopt(AcceptedLink link, std::string answer, std::string early);
  [[nodiscard]] std::uint64_t body_bytes_max() const {
    return world_.limits.body_bytes_max + kHttpBodyMargin;
  }
  // --- for the sessions
  // ---------------------------------------------------------------------------
  [[nodiscard]] LinkContext& context() { return context_; }
  [[nodiscard]] SessionWorld& world() { return world_; }
  [[nodiscard]] const HttpOptions& options() const { return options_; }
  void forget(SessionId id);

 private:
  struct HashOfToken {
    std::size_t operator()(const Hash& hash) const;
  };

  [[nodiscard]] bool allow_origin(HttpLink& link) const;
  void mmtp(HttpLink& link);
  void preflight(HttpLink& link) const;
  void web_socket(HttpLink& link);
  void post(HttpLink& link);
  void receive(HttpLink& link);
  void page(HttpLink& link, const HttpPage& page);
  [[nodiscard]] std::shared_ptr<HttpSession> find(HttpLink& link);
  [[nodiscard]] std::shared_ptr<HttpSession> open(HttpLink& link);

  const HttpOptions& options_;
  LinkContext& context_;
  SessionWorld world_;
  ops::Outlet& outlet_;
  Admission& admission_;
  const NextId next_id_;
  const Admit admit_;
  // By the hash of the token: how long a look-up takes tells nothing about any token.
  std::unordered_map<Hash, std::shared_ptr<HttpSession>, HashOfToken> sessions_;
  std::unordered_map<SessionId, Hash> tokens_;
};

}  // namespace mnm::net
