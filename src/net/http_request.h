// An HTTP/1 request as it comes: Boost.Beast's parser, and what we refuse that it would take.
//
// One thread at a time; no I/O. Feed octets until header_done(), look at the request, then feed on
// until done(); the body goes to a sink as it comes.
#pragma once

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/fields.hpp>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace mnm::net {

namespace http = boost::beast::http;

// A request's line and fields, all of it.
inline constexpr std::uint32_t kHttpHeadBytesMax = 16 << 10;
// A chunk's first line, or the trailers.
inline constexpr std::size_t kHttpChunkHeadBytesMax = 16 << 10;

class HttpRequest final : private http::basic_parser<true> {
 public:
  using Sink = std::function<void(std::string_view octets)>;

  explicit HttpRequest(std::uint64_t body_bytes_max);

  // Takes octets from the front of `in` (which shrinks): first the head alone, then the body.
  // Returns 0, or the status to refuse with; nothing more is taken then.
  [[nodiscard]] int feed(std::string_view& in, const Sink& body);

  // Something of it has come.
  [[nodiscard]] bool begun() const { return got_some(); }
  [[nodiscard]] bool header_done() const { return is_header_done(); }
  [[nodiscard]] bool done() const { return is_done(); }

  // --- once header_done -------------------------------------------------------------------------
  [[nodiscard]] http::verb method() const { return method_; }
  [[nodiscard]] std::string_view path() const;
  // The value of `name` in the query; empty if it isn't there.
  [[nodiscard]] std::string_view query(std::string_view name) const;
  [[nodiscard]] std::string_view field(std::string_view name) const;
  // The field Host without its port, in lower case; an IPv6 address in brackets.
  [[nodiscard]] std::string host_name() const;
  // Whether a field that is a list has this token.
  [[nodiscard]] bool has_token(std::string_view name, std::string_view token) const;
  // Whether the client names this media type; its wildcards mean whatever we have.
  [[nodiscard]] bool accepts(std::string_view type) const;
  [[nodiscard]] bool keeps_alive() const { return keep_alive(); }
  [[nodiscard]] bool is_http_1_0() const { return version_ == 10; }
  // A body follows, even if it turns out to be empty.
  [[nodiscard]] bool has_body() const;
  [[nodiscard]] bool wants_continue() const;

 private:
  void on_request_impl(http::verb method, boost::beast::string_view name,
                       boost::beast::string_view target, int version,
                       boost::beast::error_code& error) override;
  void on_response_impl(int, boost::beast::string_view, int, boost::beast::error_code&) override {}
  void on_field_impl(http::field name, boost::beast::string_view name_text,
                     boost::beast::string_view value, boost::beast::error_code& error) override;
  void on_header_impl(boost::beast::error_code& error) override;
  void on_body_init_impl(const boost::optional<std::uint64_t>&,
                         boost::beast::error_code&) override {}
  std::size_t on_body_impl(boost::beast::string_view octets, boost::beast::error_code&) override;
  void on_chunk_header_impl(std::uint64_t, boost::beast::string_view,
                            boost::beast::error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t remain, boost::beast::string_view octets,
                                 boost::beast::error_code& error) override;
  void on_finish_impl(boost::beast::error_code&) override {}
  [[nodiscard]] int fault() const;

  const Sink* sink_ = nullptr;  // during feed()
  http::verb method_ = http::verb::unknown;
  std::string target_;
  int version_ = 11;
  http::fields fields_;
};

}  // namespace mnm::net
