#include "mnmbench/http_answer.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/text.h"

namespace mnm::bench {
namespace {

constexpr std::size_t kLineBytesMax = 8192;

template <class Number>
bool parse(std::string_view text, int base, Number& number) {
  return std::from_chars(text.data(), text.data() + text.size(), number, base).ec == std::errc();
}

}  // namespace

bool HttpAnswers::take(std::string_view& in, std::string& body) {
  while (!in.empty()) {
    switch (state_) {
      case State::kDone:
        status_ = 0;
        chunked_ = false;
        left_ = 0;
        state_ = State::kHead;
        break;
      case State::kHead:
        if (take_line(in) && !take_head_line()) return false;
        break;
      case State::kSize:
        if (take_line(in) && !take_size()) return false;
        break;
      case State::kBody:
      case State::kChunk:
        take_data(in, body);
        break;
      case State::kChunkEnd:
        if (take_line(in)) state_ = State::kSize, line_.clear();
        break;
      case State::kLast:
        if (take_line(in)) state_ = State::kDone, line_.clear();
        break;
    }
    if (line_.size() > kLineBytesMax) return false;
    if (state_ == State::kDone) return true;
  }
  return true;
}

bool HttpAnswers::take_line(std::string_view& in) {
  const std::size_t end = in.find('\n');
  line_ += in.substr(0, end);
  in.remove_prefix(end == std::string_view::npos ? in.size() : end + 1);
  if (end == std::string_view::npos) return false;
  if (line_.ends_with('\r')) line_.pop_back();
  return true;
}

bool HttpAnswers::take_head_line() {
  const std::string line = std::exchange(line_, {});
  if (status_ == 0) return line.starts_with("HTTP/1.1 ") && parse(line.substr(9), 10, status_);
  if (!line.empty()) {
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos) return false;
    const std::string name = ascii_lower(line.substr(0, colon));
    const std::string value =
        line.substr(std::min(line.size(), line.find_first_not_of(' ', colon + 1)));
    if (name == "content-length") return parse(value, 10, left_);
    if (name == "transfer-encoding") chunked_ = ascii_lower(value) == "chunked";
    if (name == "mnm-session") session_ = value;
    return true;
  }
  state_ = chunked_ ? State::kSize : left_ > 0 ? State::kBody : State::kDone;
  return true;
}

bool HttpAnswers::take_size() {
  const std::string line = std::exchange(line_, {});
  if (!parse(line, 16, left_)) return false;
  state_ = left_ == 0 ? State::kLast : State::kChunk;
  return true;
}

void HttpAnswers::take_data(std::string_view& in, std::string& body) {
  const std::size_t count = std::min(left_, in.size());
  body += in.substr(0, count);
  in.remove_prefix(count);
  left_ -= count;
  if (left_ > 0) return;
  state_ = state_ == State::kBody ? State::kDone : State::kChunkEnd;
}

}  // namespace mnm::bench
