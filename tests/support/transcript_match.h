// The frames of a stream, and whether one is what a transcript expects. Placeholders
// ($KIND.NAME) take a value where they are first met and must have it from then on.
//
// One thread at a time. Boost.JSON reads the headers; none of our codecs does.
#pragma once

#include <fmt/format.h>

#include <boost/json.hpp>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/crc32c.h"
#include "support/transcript.h"

namespace mnm::transcript {

struct Frame {
  std::string header;
  std::string data;
};

inline std::string octets_of(const Frame& frame) {
  return fmt::format("{:04x}", frame.header.size()) + frame.header + frame.data;
}

// Takes the first frame from `octets`; none while it isn't whole. Throws std::exception when what
// came is no frame.
inline std::optional<Frame> take_frame(std::string& octets) {
  if (octets.size() < 4) return std::nullopt;
  const std::size_t size = std::stoul(octets.substr(0, 4), nullptr, 16);
  if (octets.size() < 4 + size) return std::nullopt;
  Frame frame{octets.substr(4, size), ""};
  std::size_t data = 0;
  const boost::json::value header = boost::json::parse(frame.header);
  for (const auto& [key, value] : header.as_object()) {
    if (key == "datalen" || key == "dataLen") data = value.to_number<std::size_t>();
  }
  if (octets.size() < 4 + size + data) return std::nullopt;
  frame.data = octets.substr(4 + size, data);
  octets.erase(0, 4 + size + data);
  return frame;
}

// The values of placeholders. Nothing means a match, else what is wrong.
class Values {
 public:
  using Mismatch = std::optional<std::string>;

  // `unique` makes $fresh values unlike those of other runs; `given` has those of $given.NAME.
  explicit Values(std::string unique, const std::map<std::string, std::string>& given = {})
      : unique_(std::move(unique)) {
    for (const auto& [name, value] : given) values_.emplace("given." + name, value);
  }

  // The text with all placeholders replaced.
  [[nodiscard]] std::string fill(std::string_view text) {
    std::string out;
    while (!text.empty()) {
      if (text.front() != '$') {
        const std::size_t next = std::min(text.find('$'), text.size());
        out += text.substr(0, next);
        text.remove_prefix(next);
        continue;
      }
      const Name name = take_name(text);
      auto found = values_.find(name.whole);
      if (found == values_.end() && name.kind == "fresh") {
        found = values_.emplace(name.whole, name.own + "-" + unique_).first;
      }
      out += found == values_.end() ? "$" + name.whole : found->second;
    }
    return out;
  }

  [[nodiscard]] Mismatch match(const Step& expected, const Frame& frame) {
    const auto before = values_;
    Mismatch wrong = expected.fields ? match_fields(expected.header, frame.header)
                                     : match_octets(expected.header, frame.header);
    if (!wrong && frame.data != expected.data) wrong = "its data differs: " + frame.data;
    if (!wrong) return {};
    values_ = before;
    return *wrong + "\n  expected " + fill(expected.header) + "\n  got      " + frame.header;
  }

 private:
  struct Name {
    std::string whole, kind, own;
  };

  static Name take_name(std::string_view& text) {
    static constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz0123456789_";
    const std::size_t dot = std::min(text.find_first_not_of(kLetters, 1), text.size());
    std::size_t end = dot;
    if (dot < text.size() && text[dot] == '.') {
      end = std::min(text.find_first_not_of(kLetters, dot + 1), text.size());
    }
    Name name{std::string(text.substr(1, end - 1)), std::string(text.substr(1, dot - 1)), ""};
    if (end > dot) name.own = text.substr(dot + 1, end - dot - 1);
    text.remove_prefix(end);
    return name;
  }

  static bool all_of(std::string_view text, std::size_t size, std::string_view letters) {
    return text.size() == size && text.find_first_not_of(letters) == std::string_view::npos;
  }

  // YYYY-MM-DDTHH:MM:SS.mmmZ
  static bool is_time(std::string_view text) {
    static constexpr std::string_view kShape = "dddd-dd-ddTdd:dd:dd.dddZ";
    if (text.size() != kShape.size()) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
      const bool digit = text[i] >= '0' && text[i] <= '9';
      if (kShape[i] == 'd' ? !digit : text[i] != kShape[i]) return false;
    }
    return true;
  }

  static bool has_kind(std::string_view kind, std::string_view text) {
    static constexpr std::string_view kBase32 = "%+123456789BCDFGHJKLMNPQRSTVWXYZ";
    if (kind == "uid") return all_of(text, 32, kBase32);
    if (kind == "node") return all_of(text, 40, kBase32);
    if (kind == "id") return all_of(text, 16, "0123456789abcdef");
    if (kind == "time") return is_time(text);
    if (kind == "number" || kind == "sum") return all_of(text, text.size(), "0123456789");
    return kind == "text" || kind == "fresh";
  }

  // Whether `text` may stand for the placeholder, and does from now on.
  Mismatch bind(const Name& name, std::string_view text) {
    if (!has_kind(name.kind, text)) return fmt::format("'{}' is no ${}", text, name.kind);
    if (name.own.empty()) return {};
    if (name.kind == "fresh") (void)fill("$" + name.whole);  // it has a value before it is met
    const auto [known, added] = values_.emplace(name.whole, text);
    if (known->second == text) return {};
    return fmt::format("${} was '{}', not '{}'", name.whole, known->second, text);
  }

  // The CRC of the frame as it was before its headsum was put in.
  static Mismatch check_sum(const std::string& header, std::string_view digits) {
    const std::string field = fmt::format(",\"headsum\":{}", digits);
    const std::size_t at = header.find(field);
    if (at == std::string::npos) return "no headsum between two other fields";
    std::string rest = header;
    rest.erase(at, field.size());
    const std::string right = std::to_string(crc32c(octets_of({rest, ""})));
    if (right == digits) return {};
    return fmt::format("headsum is {}, should be {}", digits, right);
  }

  // How many octets of `got` stand for the placeholder: what is known of it, else all up to what
  // the transcript says comes next, which is never within it.
  [[nodiscard]] std::size_t extent(const Name& name, std::string_view next, std::string_view got) {
    if (name.kind == "number" || name.kind == "sum") {
      return std::min(got.find_first_not_of("0123456789"), got.size());
    }
    const std::string known = fill("$" + name.whole);
    if (known.front() != '$' && got.substr(0, known.size()) == known) return known.size();
    next = next.substr(0, next.find('$'));
    if (next.empty()) return got.size();
    std::size_t at = 0;
    while (at < got.size() && got.substr(at, next.size()) != next) at += got[at] == '\\' ? 2 : 1;
    return std::min(at, got.size());
  }

  Mismatch match_octets(std::string_view expected, const std::string& header) {
    std::string_view got = header;
    while (!expected.empty()) {
      if (expected.front() != '$') {
        const std::size_t size = std::min(expected.find('$'), expected.size());
        if (got.substr(0, size) != expected.substr(0, size)) {
          return fmt::format("differs from octet {}", header.size() - got.size());
        }
        expected.remove_prefix(size);
        got.remove_prefix(size);
        continue;
      }
      const Name name = take_name(expected);
      const std::size_t size = extent(name, expected, got);
      if (Mismatch wrong = bind(name, got.substr(0, size))) return wrong;
      if (name.kind == "sum") {
        if (Mismatch wrong = check_sum(header, got.substr(0, size))) return wrong;
      }
      got.remove_prefix(size);
    }
    if (!got.empty()) return fmt::format("goes on with {}", got);
    return {};
  }

  Mismatch match_fields(const std::string& expected, const std::string& header) {
    boost::json::error_code bad;
    const boost::json::value want = boost::json::parse(expected, bad);
    if (bad) return "the transcript's header is no JSON";
    const boost::json::value got = boost::json::parse(header, bad);
    if (bad || !got.is_object()) return "no JSON object";
    for (const auto& [key, value] : want.as_object()) {
      const boost::json::value* field = got.as_object().if_contains(key);
      const bool absent = value.is_null();
      if (absent != (field == nullptr)) {
        return fmt::format("{} is {}", std::string_view(key), absent ? "there" : "missing");
      }
      if (absent) continue;
      if (Mismatch wrong = match_value(value, *field)) {
        return fmt::format("{}: {}", std::string_view(key), *wrong);
      }
    }
    return {};
  }

  Mismatch match_value(const boost::json::value& want, const boost::json::value& got) {
    if (!want.is_string() || want.as_string().find('$') == std::string_view::npos) {
      return want == got ? Mismatch() : boost::json::serialize(got);
    }
    std::string_view text(want.as_string());
    if (text.starts_with("$number")) {
      const Name name = take_name(text);
      if (!got.is_number()) return "no number";
      return bind(name, boost::json::serialize(got));
    }
    if (!got.is_string()) return "no text";
    return match_octets(text, std::string(got.as_string()));
  }

  std::string unique_;
  std::map<std::string, std::string> values_;
};

}  // namespace mnm::transcript
