#include "console/question.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <optional>
#include <utility>

namespace mnm::console {
namespace {

constexpr std::string_view kShownFields =
    "--fields=lsn,time,event,op,actor,actor_node,peer,msgid,what";
constexpr std::uint64_t kLimit = 100;
constexpr std::chrono::minutes kVerifyWithin{15};
constexpr std::array<std::string_view, 8> kFilters = {"op",    "user",    "group", "node",
                                                      "msgid", "session", "where", "grep"};
constexpr std::array<std::string_view, 4> kKinds = {"user", "group", "node", "queue"};

std::optional<int> hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return std::nullopt;
}

std::optional<std::string> percent_decode(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    const auto high = i + 2 < text.size() ? hex_digit(text[i + 1]) : std::nullopt;
    const auto low = high ? hex_digit(text[i + 2]) : std::nullopt;
    if (!low) return std::nullopt;
    out += static_cast<char>(*high * 16 + *low);
    i += 2;
  }
  return out;
}

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

// The values of a request, the first wrong one of which is remembered.
class Values {
 public:
  explicit Values(const net::HttpRequest& request) : request_(request) {}

  // Empty when it isn't there.
  std::string text(std::string_view name) {
    const auto value = percent_decode(request_.query(name));
    if (!value || value->size() > kValueBytesMax || std::ranges::any_of(*value, is_control)) {
      return refuse(
          fmt::format("{}: at most {} octets, without control characters", name, kValueBytesMax));
    }
    return *value;
  }
  // For after the --. Nothing that mnmlog takes there starts as an option does; that the -- is
  // heeded isn't relied on.
  std::string word(std::string_view name) {
    const std::string value = text(name);
    return value.starts_with('-') ? refuse(fmt::format("{}: it may not start with a -", name))
                                  : value;
  }
  // A list of commas alone would be an option without a value, which takes the next argument.
  std::string filter(std::string_view name) {
    const std::string value = text(name);
    const bool names = value.empty() || value.find_first_not_of(',') != std::string::npos;
    return names ? value : refuse(fmt::format("{}: only commas", name));
  }
  // Of the log; not where a file, of whoever started us, says.
  std::string place(std::string_view name) {
    std::string value = word(name);
    if (value.find("cursor") == std::string::npos) return value;
    return refuse(fmt::format("{}: cursors are files, which aren't read here", name));
  }
  std::string needed(const std::string& value, std::string_view name) {
    return value.empty() ? refuse(fmt::format("{} is missing", name)) : value;
  }
  std::uint64_t limit() {
    const std::string value = text("limit");
    if (value.empty()) return kLimit;
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (error == std::errc() && end == value.data() + value.size() && number > 0 &&
        number <= kLimitMax) {
      return number;
    }
    (void)refuse(fmt::format("limit: a number from 1 to {}", kLimitMax));
    return kLimit;
  }
  std::string refuse(std::string why) {
    if (!refusal_) refusal_ = Error{ErrorCode::kUsage, std::move(why)};
    return {};
  }
  [[nodiscard]] const std::optional<Error>& refusal() const { return refusal_; }

 private:
  const net::HttpRequest& request_;
  std::optional<Error> refusal_;
};

// Options are --NAME=VALUE, and all else follows a -- and doesn't start as an option does: no value
// can become one.
Question events(Values& values) {
  Question question{.arguments = {"show", "--format=jsonl", std::string(kShownFields)},
                    .type = kJsonLines};
  question.arguments.push_back(fmt::format("--limit={}", values.limit()));
  if (values.text("reverse") == "1") question.arguments.emplace_back("--reverse");
  for (const std::string_view filter : kFilters) {
    const std::string value = values.filter(filter);
    if (!value.empty()) question.arguments.push_back(fmt::format("--{}={}", filter, value));
  }
  const std::string range = values.place("range");
  if (!range.empty()) question.arguments.insert(question.arguments.end(), {"--", range});
  return question;
}

Question event(Values& values) {
  return {.arguments = {"show", "--format=jsonl", "--limit=1", "--",
                        values.needed(values.place("at"), "at")},
          .type = kJsonLines};
}

Question state(Values& values) {
  const std::string kind = values.text("kind");
  if (std::ranges::find(kKinds, kind) == kKinds.end()) {
    (void)values.refuse("kind: user, group, node or queue");
  }
  Question question{.arguments = {"state", "--json"}, .type = kJson};
  const std::string at = values.place("at");
  if (!at.empty()) question.arguments.push_back("--at=" + at);
  question.arguments.insert(question.arguments.end(),
                            {"--", kind, values.needed(values.word("id"), "id")});
  return question;
}

// Both say what they know when the log is damaged, and that it is, by their exit code.
Question about(const char* command, Values& values) {
  return {.arguments = {command, "--json", "--", values.needed(values.word("id"), "id")},
          .type = kJson,
          .judges = true};
}

Question queues(Values& values) {
  return {.arguments = {"stats", "--by=age", "--json", fmt::format("--limit={}", values.limit())},
          .type = kJsonLines};
}

// What the operator names is always held against; what lies in the directory, where there is some.
Question verify(const Reading& reading) {
  Question question{
      .arguments = {"verify", "--json"}, .type = kJson, .within = kVerifyWithin, .judges = true};
  const std::string heads = reading.heads.empty() ? reading.directory + "/heads" : reading.heads;
  std::error_code missing;
  const auto octets = std::filesystem::file_size(heads, missing);
  const bool given = !reading.pubkey.empty();
  const bool some = given || !reading.heads.empty() || (!missing && octets > 0);
  if (some) {
    question.arguments.push_back("--heads=" + heads);
    question.arguments.push_back("--pubkey=" +
                                 (given ? reading.pubkey : reading.directory + "/heads.pub"));
  }
  question.fields = {{std::string(kHeadsField), given     ? "given"
                                                : some    ? "beside"
                                                : missing ? "missing"
                                                          : "none"}};
  return question;
}

}  // namespace

Result<Question> question_of(const net::HttpRequest& request, const Reading& reading) {
  const std::string_view name = request.path().substr(std::min(kApi.size(), request.path().size()));
  Values values(request);
  Question question;
  if (name == "events") {
    question = events(values);
  } else if (name == "event") {
    question = event(values);
  } else if (name == "state") {
    question = state(values);
  } else if (name == "trace") {
    question = about("trace", values);
  } else if (name == "why") {
    question = about("why", values);
  } else if (name == "queues") {
    question = queues(values);
  } else if (name == "info") {
    question = {.arguments = {"info", "--json"}, .type = kJson};
  } else if (name == "verify") {
    question = verify(reading);
  } else {
    return fail(ErrorCode::kNegative, "there is nothing at this path");
  }
  if (values.refusal()) return fail(*values.refusal());
  std::vector<std::string> place = {"--quiet", "--data=" + reading.directory};
  if (!reading.key.empty()) place.push_back("--key=" + reading.key);
  question.arguments.insert(question.arguments.begin() + 1, place.begin(), place.end());
  return question;
}

}  // namespace mnm::console
