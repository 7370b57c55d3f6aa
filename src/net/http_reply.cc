#include "net/http_reply.h"

#include <fmt/format.h>

#include <boost/beast/http/status.hpp>

#include "net/json_text.h"

namespace mnm::net {
namespace {

std::string_view reason_of(int status) {
  const auto text = boost::beast::http::obsolete_reason(
      boost::beast::http::int_to_status(static_cast<unsigned>(status)));
  return {text.data(), text.size()};
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

HttpReply problem(int status, std::string_view detail, HttpFields fields) {
  std::string text;
  append_escaped(text, detail);
  std::string body =
      fmt::format("{{\"type\":\"about:blank\",\"title\":\"{}\",\"status\":{},\"detail\":\"{}\"}}\n",
                  reason_of(status), status, text);
  return {status, "application/problem+json", std::move(body), std::move(fields)};
}

}  // namespace mnm::net
