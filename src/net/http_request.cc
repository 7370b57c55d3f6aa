#include "net/http_request.h"

#include <boost/asio/buffer.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/rfc7230.hpp>

#include "base/text.h"

#include "base/canary.h"

namespace mnm::net {
namespace {

using boost::beast::error_code;
using Text = boost::beast::string_view;

std::string_view view(Text text) { return {text.data(), text.size()}; }
Text text(std::string_view view) { return {view.data(), view.size()}; }

int status_of(const error_code& error) {
  if (error == http::error::header_limit || error == http::error::buffer_overflow) return 431;
  if (error == http::error::body_limit) return 413;
  if (error == http::error::bad_version) return 505;
  return 400;
}

}  // namespace

HttpRequest::HttpRequest(std::uint64_t body_bytes_max) {
  header_limit(kHttpHeadBytesMax);
  body_limit(body_bytes_max);
}

int HttpRequest::feed(std::string_view& in, const Sink& body) {
  sink_ = &body;
  while (!in.empty() && !is_done()) {
    const bool had_header = is_header_done();
    error_code error;
    const std::size_t count = put(boost::asio::buffer(in.data(), in.size()), error);
    in.remove_prefix(count);
    if (error == http::error::need_more) {
      const bool too_long = in.size() > (had_header ? kHttpChunkHeadBytesMax : kHttpHeadBytesMax);
      return too_long ? (had_header ? 400 : 431) : 0;
    }
    if (error) return status_of(error);
    if (!had_header && is_header_done()) return fault();
  }
  return 0;
}

// What a proxy in front of us might read otherwise than we do, which is how requests are smuggled.
int HttpRequest::fault() const {
  if (version_ != 10 && version_ != 11) return 505;
  const std::size_t hosts = fields_.count(http::field::host);
  if (hosts > 1 || (hosts == 0 && version_ == 11)) return 400;
  const std::size_t codings = fields_.count(http::field::transfer_encoding);
  const std::size_t lengths = fields_.count(http::field::content_length);
  if (lengths > 1 || (codings > 0 && lengths > 0)) return 400;
  // Beast takes a list of equal lengths for one.
  const std::string_view length = field("Content-Length");
  const bool plain_length = length.find_first_not_of("0123456789") == std::string_view::npos;
  if (!plain_length && !MNM_CANARY("lengths-listed")) return 400;
  if (codings > 0) {
    // Only `chunked`, and in HTTP/1.1 only: any other coding leaves the body's end open.
    const bool plain = codings == 1 && version_ == 11 && chunked() &&
                       boost::beast::iequals(fields_[http::field::transfer_encoding], "chunked");
    if (!plain) return 400;
  }
  return 0;
}

std::string_view HttpRequest::path() const {
  return std::string_view(target_).substr(0, target_.find('?'));
}

std::string_view HttpRequest::query(std::string_view name) const {
  const std::size_t mark = target_.find('?');
  std::string_view rest =
      mark == std::string::npos ? "" : std::string_view(target_).substr(mark + 1);
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('&'), rest.size());
    const std::string_view pair = rest.substr(0, end);
    const std::size_t equals = std::min(pair.find('='), pair.size());
    if (pair.substr(0, equals) == name) return pair.substr(std::min(equals + 1, pair.size()));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return {};
}

std::string_view HttpRequest::field(std::string_view name) const {
  return view(fields_[text(name)]);
}

std::string HttpRequest::host_name() const {
  const std::string_view host = field("Host");
  const std::size_t bracket = host.starts_with('[') ? host.find(']') : std::string_view::npos;
  return ascii_lower(bracket != std::string_view::npos ? host.substr(0, bracket + 1)
                                                       : host.substr(0, host.find(':')));
}

bool HttpRequest::accepts(std::string_view type) const {
  std::string_view rest = field("Accept");
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(','), rest.size());
    std::string_view range = rest.substr(0, end);
    range = range.substr(0, range.find(';'));
    while (range.starts_with(' ') || range.starts_with('\t')) range.remove_prefix(1);
    while (range.ends_with(' ') || range.ends_with('\t')) range.remove_suffix(1);
    if (boost::beast::iequals(text(range), text(type))) return true;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return false;
}

bool HttpRequest::has_token(std::string_view name, std::string_view token) const {
  return http::token_list(text(field(name))).exists(text(token));
}

bool HttpRequest::has_body() const { return chunked() || content_length().value_or(0) > 0; }

bool HttpRequest::wants_continue() const {
  return version_ == 11 && has_body() &&
         boost::beast::iequals(fields_[http::field::expect], "100-continue");
}

void HttpRequest::on_request_impl(http::verb method, Text, Text target, int version, error_code&) {
  method_ = method;
  target_ = view(target);
  version_ = version;
}

void HttpRequest::on_field_impl(http::field name, Text name_text, Text value, error_code&) {
  fields_.insert(name, name_text, value);
}

void HttpRequest::on_header_impl(error_code&) {}

std::size_t HttpRequest::on_body_impl(Text octets, error_code&) {
  (*sink_)(view(octets));
  return octets.size();
}

std::size_t HttpRequest::on_chunk_body_impl(std::uint64_t, Text octets, error_code&) {
  if (!octets.empty()) (*sink_)(view(octets));
  return octets.size();
}

}  // namespace mnm::net
