// Who may ask the console: whoever shows the token, in time, on a page that it served itself.
//
// Constant; any thread.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/crypto.h"
#include "net/http_request.h"

namespace mnm::console {

class Gate {
 public:
  using Clock = std::chrono::steady_clock;
  struct Refusal {
    int status = 0;
    std::string_view why;
  };

  // `hosts`: by which names, without ports, it may be called, besides those of this machine.
  Gate(std::string_view token, std::vector<std::string> hosts, Clock::time_point until);

  // Of any request. A page of another site can reach us under a name of its own (DNS rebinding), or
  // have the browser send us a request: neither gets even the page.
  [[nodiscard]] std::optional<Refusal> refuse_site(const net::HttpRequest& request) const;
  // Of a question, besides: Authorization: Bearer TOKEN.
  [[nodiscard]] std::optional<Refusal> refuse_asker(const net::HttpRequest& request,
                                                    Clock::time_point now) const;

 private:
  const Hash token_;  // its hash: how long a comparison takes tells nothing
  const std::vector<std::string> hosts_;
  const Clock::time_point until_;
};

// The names, as browsers send them, by which a server that listens at `host` can be called: `host`
// itself, unless it stands for all addresses, and `more`.
[[nodiscard]] std::vector<std::string> names_of(const std::string& host,
                                                std::vector<std::string> more);

}  // namespace mnm::console
