// HTTP responses: their heads, and errors as problem+json (RFC 9457). Pure; any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mnm::net {

using HttpFields = std::vector<std::pair<std::string, std::string>>;

struct HttpReply {
  int status = 200;
  std::string type;  // Content-Type; empty: there is no body
  std::string body;
  HttpFields fields;
  bool secret = false;  // the body holds a password: overwritten once it is sent
};

// What isn't /mmtp: health, figures, files. A handler answers once, from any thread; one that lets
// go of `respond` without a word is answered for, by 503.
using HttpRespond = std::function<void(HttpReply reply)>;
using HttpPage = std::function<void(std::string_view path, HttpRespond respond)>;
struct HttpPages {
  std::map<std::string, HttpPage, std::less<>> exact;
  // All other paths: the seam for files. Null: 404.
  HttpPage rest;
};

// How the end of a response's body is known.
enum class HttpBody : std::uint8_t {
  kLength,   // Content-Length
  kChunked,  // HTTP/1.1
  kToEnd,    // of the connection: HTTP/1.0
  kNone,     // the status has none, as 204
};

// The status line and the fields, up to the empty line. `length` with kLength.
[[nodiscard]] std::string http_head(int status, HttpBody body, std::uint64_t length, bool close,
                                    const HttpFields& fields);
// Makes a 304 of a 200 whose ETag is one of those in `if_none_match`, a request's field of that
// name (RFC 9110, 13.1.2); with any other field the reply stays what it is.
void revalidate(HttpReply& reply, std::string_view if_none_match);
// `detail`: what is wrong and what to do about it, for people.
[[nodiscard]] HttpReply problem(int status, std::string_view detail, HttpFields fields = {});

}  // namespace mnm::net
