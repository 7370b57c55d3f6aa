// The protocol over HTTP for tests, as a stream of octets each way: what is sent goes out as one
// POST, what comes back is its answers, then what the receiver brings.
//
// One thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "support/http_client.h"

namespace mnm::testing {

class HttpFrames {
 public:
  explicit HttpFrames(const std::string& address) : address_(address), client_(address) {}
  HttpFrames(const HttpFrames&) = delete;
  HttpFrames& operator=(const HttpFrames&) = delete;
  // As a link that is closed.
  ~HttpFrames() {
    if (ended_ || token_.empty()) return;
    try {
      (void)client_.ask("DELETE", "/mmtp", HttpClient::token_field(token_));
    } catch (const HttpTrouble&) {  // the relay is gone, and the session with it
    }
  }

  void send(std::string_view octets) {
    if (ended_) return;  // as a link does that the relay has closed
    HttpAnswer answer = client_.post(octets, token_);
    if (answer.status == 200) answers_ += answer.body;
    ended_ = answer.status >= 400 || !answer.field("mnm-session-end").empty();
    if (answer.field("mnm-session").empty()) return;
    token_ = answer.field("mnm-session");
    if (!ended_) open();  // at once: what the session's last words are, only a receiver hears
  }
  // Nothing once the relay has ended the session.
  std::optional<std::string> receive() {
    if (!answers_.empty()) return std::exchange(answers_, {});
    if (!receiver_ && !ended_) open();
    if (!receiver_) return std::nullopt;
    std::string piece = receiver_->next_chunk();
    if (!piece.empty()) return piece;
    ended_ = true;
    receiver_ = nullptr;
    return std::nullopt;
  }

 private:
  void open() {
    auto receiver = std::make_unique<HttpClient>(address_);
    receiver->send(receiver->request("GET", "/mmtp", HttpClient::token_field(token_)));
    const HttpAnswer head = receiver->read_head();
    if (head.status == 200) {
      receiver_ = std::move(receiver);
    } else if (head.status == 401) {
      ended_ = true;
    } else {
      throw HttpTrouble("no receiver: " + std::to_string(head.status));
    }
  }

  const std::string address_;
  HttpClient client_;
  std::unique_ptr<HttpClient> receiver_;
  std::string token_;
  std::string answers_;
  bool ended_ = false;
};

}  // namespace mnm::testing
