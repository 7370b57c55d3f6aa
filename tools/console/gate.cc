#include "console/gate.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"

namespace mnm::console {
namespace {

constexpr std::array<std::string_view, 3> kThisMachine = {"localhost", "127.0.0.1", "[::1]"};
constexpr std::string_view kBearer = "Bearer ";

}  // namespace

std::vector<std::string> names_of(const std::string& host, std::vector<std::string> more) {
  in6_addr six{};
  if (::inet_pton(AF_INET6, host.c_str(), &six) == 1) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    (void)::inet_ntop(AF_INET6, &six, text.data(), text.size());  // the shortest way, as browsers
    if (IN6_IS_ADDR_UNSPECIFIED(&six) == 0) more.push_back("[" + std::string(text.data()) + "]");
  } else if (host != "0.0.0.0" && !host.empty()) {
    more.push_back(host);
  }
  return more;
}

Gate::Gate(std::string_view token, std::vector<std::string> hosts, Clock::time_point until)
    : token_(sha256(token)), hosts_(std::move(hosts)), until_(until) {}

std::optional<Gate::Refusal> Gate::refuse_site(const net::HttpRequest& request) const {
  // Whatever the port: links are forwarded.
  const std::string name = request.host_name();
  const auto is_it = [&name](std::string_view known) { return ascii_lower(known) == name; };
  if (std::ranges::none_of(kThisMachine, is_it) && std::ranges::none_of(hosts_, is_it)) {
    return Refusal{403, "this isn't a name of this console (mnmctl console --host)"};
  }
  const std::string_view origin = request.field("Origin");
  if (!origin.empty() && ascii_lower(origin) != "http://" + ascii_lower(request.field("Host"))) {
    return Refusal{403, "pages of other sites may not ask the console"};
  }
  return std::nullopt;
}

std::optional<Gate::Refusal> Gate::refuse_asker(const net::HttpRequest& request,
                                                Clock::time_point now) const {
  const std::string_view shown = request.field("Authorization");
  if (!shown.starts_with(kBearer)) return Refusal{401, "the token is missing"};
  if (sha256(shown.substr(kBearer.size())) != token_) return Refusal{401, "the token is wrong"};
  if (now >= until_) return Refusal{401, "the token's time is over: start mnmctl console again"};
  return std::nullopt;
}

}  // namespace mnm::console
