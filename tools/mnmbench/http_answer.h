// Answers of an HTTP/1.1 server, one after the other, taken apart as they come: as much of HTTP as
// a relay speaks.
//
// One thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace mnm::bench {

class HttpAnswers {
 public:
  // Takes octets off the front of `in`, up to the end of an answer; what they hold of its body is
  // appended to `body`. False when it isn't HTTP.
  [[nodiscard]] bool take(std::string_view& in, std::string& body);

  // Of the answer that has begun, or has ended last; 0 before its head is whole.
  [[nodiscard]] int status() const { return status_; }
  [[nodiscard]] const std::string& session() const { return session_; }  // Mnm-Session
  // An answer is whole; the next take() begins another one.
  [[nodiscard]] bool done() const { return state_ == State::kDone; }

 private:
  enum class State { kHead, kBody, kSize, kChunk, kChunkEnd, kLast, kDone };

  // A line without its end; false while it isn't whole.
  bool take_line(std::string_view& in);
  bool take_head_line();
  bool take_size();
  void take_data(std::string_view& in, std::string& body);

  State state_ = State::kDone;
  std::string line_;
  int status_ = 0;
  std::string session_;
  bool chunked_ = false;
  std::size_t left_ = 0;  // of the body, or of a chunk
};

}  // namespace mnm::bench
