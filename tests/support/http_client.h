// An HTTP client for tests: says a request as it is given, takes responses apart, waits with a
// limit.
//
// One thread. A response that isn't one, or doesn't come, is the exception HttpTrouble.
#pragma once

#include <fmt/format.h>

#include <cctype>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "support/wire_link.h"

namespace mnm::testing {

struct HttpTrouble : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct HttpAnswer {
  int status = 0;
  std::map<std::string, std::string> fields;  // names in lower case
  std::string body;                           // of read_head(): none yet

  [[nodiscard]] std::string field(const std::string& name) const {
    const auto found = fields.find(name);
    return found == fields.end() ? std::string() : found->second;
  }
};

class HttpClient {
 public:
  explicit HttpClient(const std::string& address) : link_(WireLink::open(address)) {
    if (!link_) throw HttpTrouble("nobody answers at " + address);
    host_ = address.substr(address.find("://") + 3);
  }

  // `fields`: lines that end in CRLF.
  [[nodiscard]] std::string request(std::string_view method, std::string_view target,
                                    std::string_view fields = {},
                                    std::string_view body = {}) const {
    const std::string length =
        body.empty() && method != "POST" ? "" : fmt::format("Content-Length: {}\r\n", body.size());
    return fmt::format("{} {} HTTP/1.1\r\nHost: {}\r\n{}{}\r\n{}", method, target, host_, length,
                       fields, body);
  }
  HttpAnswer ask(std::string_view method, std::string_view target, std::string_view fields = {},
                 std::string_view body = {}) {
    send(request(method, target, fields, body));
    return read_answer(method == "HEAD");
  }
  HttpAnswer post(std::string_view frames, std::string_view token = {}) {
    return ask("POST", "/mmtp", token_field(token), frames);
  }
  static std::string token_field(std::string_view token) {
    return token.empty() ? std::string() : fmt::format("Mnm-Session: {}\r\n", token);
  }

  void send(std::string_view octets) { (void)link_->send(octets); }
  HttpAnswer read_answer(bool head_only = false) {
    HttpAnswer answer = read_head();
    if (head_only || answer.status == 204 || answer.status / 100 == 1) return answer;
    if (!chunked_) {
      const std::string length = answer.field("content-length");
      if (length.empty()) {
        while (more()) {
        }
        answer.body = std::exchange(octets_, {});
      } else {
        answer.body = take(std::stoul(length));
      }
      return answer;
    }
    for (std::string piece = next_chunk(); !piece.empty(); piece = next_chunk()) {
      answer.body += piece;
    }
    return answer;
  }
  // The status line and fields; the body is for next_chunk().
  HttpAnswer read_head() {
    HttpAnswer answer;
    const std::string first = line();
    if (!first.starts_with("HTTP/1.1 ")) throw HttpTrouble("no response: " + first);
    answer.status = std::stoi(first.substr(9));
    for (std::string field = line(); !field.empty(); field = line()) {
      const std::size_t colon = field.find(": ");
      if (colon == std::string::npos) throw HttpTrouble("no field: " + field);
      std::string name = field.substr(0, colon);
      for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      answer.fields[name] = field.substr(colon + 2);
    }
    chunked_ = answer.field("transfer-encoding") == "chunked";
    return answer;
  }
  // Empty: the last one.
  std::string next_chunk() {
    const std::size_t size = std::stoul(line(), nullptr, 16);
    std::string piece = take(size);
    if (!line().empty()) throw HttpTrouble("a chunk is longer than it says");
    return piece;
  }
  std::string take(std::size_t count) {
    while (octets_.size() < count) {
      if (!more()) throw HttpTrouble("the relay closed the link within a body");
    }
    std::string taken = octets_.substr(0, count);
    octets_.erase(0, count);
    return taken;
  }
  // The relay has closed, and said nothing more.
  bool at_end() { return octets_.empty() && !more(); }
  [[nodiscard]] WireLink& link() { return *link_; }

 private:
  bool more() {
    switch (link_->receive(octets_)) {
      case WireLink::Got::kOctets:
        return true;
      case WireLink::Got::kEnd:
        return false;
      case WireLink::Got::kNothing:
        break;
    }
    throw HttpTrouble("nothing came in time");
  }
  std::string line() {
    for (;;) {
      const std::size_t end = octets_.find("\r\n");
      if (end != std::string::npos) {
        std::string text = octets_.substr(0, end);
        octets_.erase(0, end + 2);
        return text;
      }
      if (!more()) throw HttpTrouble("the relay closed the link");
    }
  }

  std::unique_ptr<WireLink> link_;
  std::string host_;
  std::string octets_;
  bool chunked_ = false;
};

}  // namespace mnm::testing
