#include "net/http_reply.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/beast/http/status.hpp>

#include "net/json_text.h"

namespace mnm::net {
namespace {

std::string_view reason_of(int status) {
  const auto text = boost::beast::http::obsolete_reason(
      boost::beast::http::int_to_status(static_cast<unsigned>(status)));
  return {text.data(), text.size()};
}

// Ours are strong, and the comparison is the weak one: whether a proxy made it W/"..." is the same.
bool names(std::string_view list, std::string_view etag) {
  while (!list.empty()) {
    const std::size_t end = std::min(list.find(','), list.size());
    std::string_view one = list.substr(0, end);
    const std::size_t begin = one.find_first_not_of(" \t");
    one = begin == std::string_view::npos ? "" : one.substr(begin);
    one = one.substr(0, one.find_last_not_of(" \t") + 1);
    if (one.starts_with("W/")) one.remove_prefix(2);
    if (one == "*" || one == etag) return true;
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return false;
}

}  // namespace

std::string http_head(int status, HttpBody body, std::uint64_t length, bool close,
                      const HttpFields& fields) {
  std::string head = fmt::format("HTTP/1.1 {} {}\r\n", status, reason_of(status));
  for (const auto& [name, value] : fields) head += fmt::format("{}: {}\r\n", name, value);
  if (body == HttpBody::kLength) head += fmt::format("Content-Length: {}\r\n", length);
  if (body == HttpBody::kChunked) head += "Transfer-Encoding: chunked\r\n";
  if (close) head += "Connection: close\r\n";
  return head + "\r\n";
}

void revalidate(HttpReply& reply, std::string_view if_none_match) {
  if (reply.status != 200) return;
  for (const auto& [name, value] : reply.fields) {
    if (name != "ETag" || !names(if_none_match, value)) continue;
    reply.status = 304;
    reply.type.clear();
    reply.body.clear();
    return;
  }
}

HttpReply problem(int status, std::string_view detail, HttpFields fields) {
  std::string text;
  append_escaped(text, detail);
  std::string body =
      fmt::format("{{\"type\":\"about:blank\",\"title\":\"{}\",\"status\":{},\"detail\":\"{}\"}}\n",
                  reason_of(status), status, text);
  return {status, "application/problem+json", std::move(body), std::move(fields)};
}

}  // namespace mnm::net
