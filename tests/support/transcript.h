// Wire transcripts (tests/conformance/README.md): what they say, and whether a frame is what one of
// them expects. Knows no codec of ours, so that the codecs can be judged by it.
//
// One thread at a time.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

namespace mnm::transcript {

enum class Action : unsigned char {
  kConnect,
  kSend,     // a frame
  kSendRaw,  // octets
  kExpect,   // a frame
  kEnd,      // the relay closes the link, and sent nothing before that is not expected
  kClose,    // we do
};

struct Step {
  std::size_t line = 0;
  std::string link;
  Action action = Action::kConnect;
  std::string header;
  std::string data;        // octets after the header, or the raw octets
  bool fields = false;     // expect: the fields named, in any order, others allowed
  bool unordered = false;  // expect: in any order with the unordered steps next to it
};

struct Transcript {
  std::string title;
  std::size_t line = 0;
  std::vector<Step> steps;
};

namespace internal {

inline std::string_view trim(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

// "..." with \n \r \t \" \\ \xHH, perhaps *COUNT, one after the other. False when it isn't that.
inline bool read_octets(std::string_view text, std::string& out) {
  while (!(text = trim(text)).empty()) {
    if (text.front() != '"') return false;
    std::string item;
    std::size_t at = 1;
    for (; at < text.size() && text[at] != '"'; ++at) {
      if (text[at] != '\\') {
        item.push_back(text[at]);
        continue;
      }
      if (++at >= text.size()) return false;
      static constexpr std::string_view kLetters = "nrt\"\\";
      static constexpr std::string_view kMeanings = "\n\r\t\"\\";
      if (const std::size_t which = kLetters.find(text[at]); which != std::string_view::npos) {
        item.push_back(kMeanings[which]);
      } else if (text[at] == 'x' && at + 2 < text.size()) {
        item.push_back(
            static_cast<char>(std::stoi(std::string(text.substr(at + 1, 2)), nullptr, 16)));
        at += 2;
      } else {
        return false;
      }
    }
    if (at >= text.size()) return false;
    text.remove_prefix(at + 1);
    std::size_t count = 1;
    if (!text.empty() && text.front() == '*') {
      const std::size_t end = std::min(text.find_first_not_of("0123456789", 1), text.size());
      if (end == 1) return false;
      count = std::stoul(std::string(text.substr(1, end - 1)));
      text.remove_prefix(end);
    }
    for (; count > 0; --count) out += item;
  }
  return true;
}

// HEADER [+ OCTETS]. The header ends with the line or before the last " + ".
inline bool read_frame(std::string_view text, Step& step) {
  const std::size_t plus = text.find("} + \"");
  step.header = trim(text.substr(0, plus == std::string_view::npos ? plus : plus + 1));
  return plus == std::string_view::npos || read_octets(text.substr(plus + 4), step.data);
}

inline bool read_step(std::string_view line, Step& step) {
  static constexpr std::string_view kConnect = "connect ";
  if (line.substr(0, kConnect.size()) == kConnect) {
    step.link = trim(line.substr(kConnect.size()));
    return !step.link.empty();
  }
  const std::size_t name_end = line.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_");
  if (name_end == 0 || name_end == std::string_view::npos) return false;
  step.link = line.substr(0, name_end);
  std::string_view rest = line.substr(name_end);
  const auto take = [&rest](std::string_view word) {
    if (rest.substr(0, word.size()) != word) return false;
    rest.remove_prefix(word.size());
    return true;
  };
  if (rest == " end" || rest == " close") {
    step.action = rest == " end" ? Action::kEnd : Action::kClose;
    return true;
  }
  if (take(">> ")) {
    step.action = Action::kSendRaw;
    return read_octets(rest, step.data);
  }
  if (take("> ")) {
    step.action = Action::kSend;
    return read_frame(rest, step);
  }
  step.action = Action::kExpect;
  step.fields = take("~");
  if (!step.fields && !take("<")) return false;
  step.unordered = take("*");
  return take(" ") && read_frame(rest, step);
}

}  // namespace internal

// The transcripts of a file, or "line N: what is wrong".
inline tl::expected<std::vector<Transcript>, std::string> parse(std::string_view text) {
  std::vector<Transcript> transcripts;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = text.find('\n');
    const std::string_view line = internal::trim(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.empty() || line.front() == '#') continue;
    const auto wrong = [number](std::string_view what) {
      return tl::unexpected("line " + std::to_string(number) + ": " + std::string(what));
    };
    if (line.front() == '=') {
      transcripts.push_back({std::string(internal::trim(line.substr(1))), number, {}});
      if (transcripts.back().title.empty()) return wrong("a transcript needs a title");
      continue;
    }
    if (transcripts.empty()) return wrong("a step before any title");
    Step step;
    step.line = number;
    if (!internal::read_step(line, step)) return wrong("no step: " + std::string(line));
    transcripts.back().steps.push_back(std::move(step));
  }
  return transcripts;
}

}  // namespace mnm::transcript
