#include "client/address.h"

#include <fmt/format.h>

#include <algorithm>

namespace mnm::client {
namespace {

Error not_an_address(std::string_view text) {
  return {ErrorCode::kUsage,
          fmt::format("'{}' is not a relay's address; expected tcp://HOST:PORT, tls://HOST:PORT or "
                      "unix:///PATH",
                      text)};
}

bool is_port(std::string_view text) {
  if (text.empty() || text.size() > 5) return false;
  unsigned value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return false;
    value = value * 10 + static_cast<unsigned>(c - '0');
  }
  return value > 0 && value <= 65535;
}

// "HOST", "HOST:PORT", "[IPV6]", "[IPV6]:PORT".
bool split_host(std::string_view text, Address& address) {
  std::string_view rest;
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) return false;
    address.host = text.substr(1, end - 1);
    rest = text.substr(end + 1);
  } else {
    const std::size_t colon = text.find(':');
    address.host = text.substr(0, colon);
    rest = colon == std::string_view::npos ? std::string_view() : text.substr(colon);
  }
  if (rest.empty()) rest = ":7070";
  if (!rest.starts_with(':')) return false;
  address.port = rest.substr(1);
  const bool plain = std::ranges::none_of(
      address.host, [](char c) { return c <= ' ' || c == '/' || c == '@' || c == 0x7f; });
  return plain && !address.host.empty() && is_port(address.port);
}

}  // namespace

bool Address::is_private() const {
  if (kind != Kind::kTcp) return true;
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

Result<Address> parse_address(std::string_view text) {
  Address address;
  address.text = text;
  std::string_view rest = text;
  if (rest.starts_with("unix://")) {
    rest.remove_prefix(std::string_view("unix://").size());
    address.kind = Address::Kind::kUnix;
    address.path = rest;
    if (rest.starts_with('/')) return address;
    return fail(not_an_address(text));
  }
  if (rest.starts_with("tcp://") || rest.starts_with("tls://")) {
    address.kind = rest[1] == 'l' ? Address::Kind::kTls : Address::Kind::kTcp;
    rest.remove_prefix(std::string_view("tcp://").size());
    if (rest.ends_with('/')) rest.remove_suffix(1);
    if (split_host(rest, address)) return address;
  }
  return fail(not_an_address(text));
}

}  // namespace mnm::client
