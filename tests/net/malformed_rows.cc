#include "net/malformed_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <iterator>
#include <string_view>

namespace mnm::net::testing {
namespace {

using ops::Dialect;

constexpr const char* kBadHeader = "invalid header";
constexpr const char* kBadLength = "invalid header length";

enum class Kind { kText, kLength, kSum, kFlag, kList };
struct Field {
  std::string name;
  std::string value;  // JSON
  Kind kind = Kind::kText;
  bool required = true;
};
struct Whole {
  std::string name;
  Dialect dialect;
  bool logged_in;
  int op;
  std::vector<Field> fields;
};

const std::string kUser = R"([{"id":"BCD","type":1}])";
const std::string kSecret = "\"" + std::string(40, 'B') + "\"";

// Whole requests: each is accepted as it is, which the test checks too.
std::vector<Whole> tmtp_wholes() {
  const Dialect t = Dialect::kTmtp;
  return {
      {"register", t, false, 1, {{"newnode", "\"n\""}, {"newalias", "\"_\""}}},
      {"login", t, false, 2, {{"uid", "\"BCD\""}, {"node", kSecret}}},
      {"user edit", t, true, 3, {{"id", "\"1\""}, {"newalias", "\"somebody\""}}},
      {"ohi edit",
       t,
       true,
       4,
       {{"id", "\"1\""}, {"type", "\"add\""}, {"for", R"([{"id":"BCD"}])", Kind::kList}}},
      {"invite",
       t,
       true,
       5,
       {{"id", "\"1\""}, {"gid", "\"the-group\""}, {"from", "\"alias-a\""}, {"to", "\"alias-b\""}}},
      {"group edit",
       t,
       true,
       6,
       {{"id", "\"1\""}, {"act", "\"drop\""}, {"gid", "\"the-group\""}, {"to", "\"alias-b\""}}},
      {"post",
       t,
       true,
       7,
       {{"id", "\"1\""},
        {"for", kUser, Kind::kList},
        {"datalen", "5", Kind::kLength},
        {"datahead", "2", Kind::kLength, false},
        {"datasum", "7", Kind::kSum, false}}},
      {"post notify",
       t,
       true,
       8,
       {{"id", "\"1\""},
        {"for", kUser, Kind::kList},
        {"notefor", kUser, Kind::kList},
        {"datalen", "9", Kind::kLength},
        {"notelen", "4", Kind::kLength},
        {"notehead", "1", Kind::kLength, false},
        {"notesum", "7", Kind::kSum, false},
        {"fornotself", "true", Kind::kFlag, false}}},
      {"ping", t, true, 9, {{"id", "\"1\""}, {"from", "\"alias-a\""}, {"to", "\"alias-b\""}}},
      {"ack", t, true, 10, {{"id", "\"0000000000000001\""}, {"type", "\"ok\""}}},
  };
}

std::vector<Whole> mmtp_wholes() {
  const Dialect m = Dialect::kMmtp;
  return {
      {"register", m, false, 1, {{"newnode", "\"n\""}}},
      {"login", m, false, 3, {{"uid", "\"BCD\""}, {"node", kSecret}}},
      {"user edit",
       m,
       true,
       2,
       {{"uid", "\"BCD\""}, {"nodeid", kSecret}, {"newalias", "\"somebody\""}}},
      {"group edit",
       m,
       true,
       4,
       {{"id", "\"1\""}, {"act", "\"drop\""}, {"gid", "\"the-group\""}, {"to", "\"alias-b\""}}},
      {"post",
       m,
       true,
       5,
       {{"id", "\"1\""},
        {"for", kUser, Kind::kList},
        {"dataLen", "5", Kind::kLength, false},
        {"retry", "true", Kind::kFlag, false}}},
      {"ping", m, true, 6, {{"id", "\"1\""}, {"from", "\"alias-a\""}, {"to", "\"alias-b\""}}},
      {"ack", m, true, 7, {{"id", "\"0000000000000001\""}, {"type", "\"ok\""}}},
      {"ohi", m, true, 9, {{"id", "\"1\""}, {"for", R"([{"id":"BCD"}])", Kind::kList}}},
  };
}

std::vector<Whole> wholes() {
  std::vector<Whole> all = tmtp_wholes();
  std::ranges::move(mmtp_wholes(), std::back_inserter(all));
  return all;
}

std::string frame_of(std::string_view json) { return fmt::format("{:04x}{}", json.size(), json); }

std::string json_of(const Whole& whole, const std::vector<Field>& fields, const std::string& more) {
  std::string json = fmt::format(R"({{"op":{})", whole.op);
  for (const Field& field : fields) json += fmt::format(R"(,"{}":{})", field.name, field.value);
  return json + more + "}";
}

// What can't be a value of this kind.
std::vector<std::string> wrong_values(Kind kind) {
  std::vector<std::string> values = {"{}",  "tru", "nul", "'x'", "\"x", "\"\\x\"", "\"\\u12\"",
                                     "01x", "-",   ".5",  "+1",  "[1",  "{\"a\"}", "\"\n\""};
  const auto also = [&values](std::vector<std::string> more) {
    values.insert(values.end(), more.begin(), more.end());
  };
  switch (kind) {
    case Kind::kText:
      also({"1", "-1", "1.5", "true", "false", "[]", R"(["x"])", R"({"id":"x"})"});
      break;
    case Kind::kLength:
      also({"\"1\"", "true", "[]", "-1", "1.0", "1e1", "1E0", "01", "9223372036854775808",
            "18446744073709551615", "18446744073709551616", "99999999999999999999999"});
      break;
    case Kind::kSum:
      also({"\"1\"", "true", "[]", "-1", "1.0", "1e1", "01", "18446744073709551616"});
      break;
    case Kind::kFlag:
      also({"0", "1", "\"true\"", "[]"});
      break;
    case Kind::kList:
      also({"1", "\"BCD\"", "true", R"({"id":"BCD","type":1})", R"(["BCD"])", "[1]", "[[]]", "[{}]",
            R"([{"type":1}])", R"([{"id":"","type":1}])", R"([{"id":7,"type":1}])",
            R"([{"id":"BCD","type":"1"}])", R"([{"id":"BCD","type":-1}])",
            R"([{"id":"BCD","type":1.0}])", R"([{"id":"BCD","id":"BCD","type":1}])",
            R"([{"id":"BCD","type":1},])", R"([,{"id":"BCD","type":1}])",
            R"([{"id":"BCD","type":1}{"id":"BCD","type":1}])", R"([{"id":"BCD","type":256}])"});
      break;
  }
  return values;
}

class Rows {
 public:
  void spoil(const Whole& whole) {
    whole_ = &whole;
    drop_fields();
    retype_fields();
    repeat_fields();
    cut();
    add_around();
    other_ops();
  }
  void lengths() {
    for (const Dialect dialect : {Dialect::kTmtp, Dialect::kMmtp}) {
      for (std::size_t place = 0; place < 4; ++place) {
        for (int octet = 0; octet < 256; ++octet) {
          if (std::isxdigit(octet) != 0) continue;
          std::string digits = "000a";
          digits[place] = static_cast<char>(octet);
          add(fmt::format("octet {} for digit {}", octet, place), dialect, true,
              digits + R"({"op":10 })", kBadLength);
        }
      }
      for (int size = 0; size < 8; ++size) {
        add(fmt::format("a header of {}", size), dialect, true, fmt::format("{:04x}", size),
            kBadLength);
      }
    }
  }
  [[nodiscard]] std::vector<MalformedRow> take() { return std::move(rows_); }

 private:
  void add(const std::string& what, Dialect dialect, bool logged_in, std::string octets,
           const char* error) {
    rows_.push_back({what, dialect, logged_in, std::move(octets), error});
  }
  void add(const std::string& what, const std::string& json, const char* error = kBadHeader) {
    const bool short_one = json.size() < 8;
    const char* dialect = whole_->dialect == Dialect::kTmtp ? "TMTP" : "MMTP";
    add(fmt::format("{} {}: {}", dialect, whole_->name, what), whole_->dialect, whole_->logged_in,
        frame_of(json), short_one ? kBadLength : error);
  }

  void drop_fields() {
    for (std::size_t i = 0; i < whole_->fields.size(); ++i) {
      if (!whole_->fields[i].required) continue;
      std::vector<Field> fields = whole_->fields;
      const std::string name = fields[i].name;
      fields.erase(fields.begin() + static_cast<std::ptrdiff_t>(i));
      add("without " + name, json_of(*whole_, fields, {}));
      add("null for " + name, json_of(*whole_, fields, fmt::format(R"(,"{}":null)", name)));
      if (whole_->fields[i].kind == Kind::kText) {
        add("empty " + name, json_of(*whole_, fields, fmt::format(R"(,"{}":"")", name)));
      }
    }
  }
  void retype_fields() {
    for (std::size_t i = 0; i < whole_->fields.size(); ++i) {
      for (const std::string& value : wrong_values(whole_->fields[i].kind)) {
        // An entry of presence has no type, and {} is at fault in any case.
        const bool untyped = whole_->fields[i].value.find("type") == std::string::npos;
        const bool about_type = value.find("256") != std::string::npos;
        if (untyped && about_type) continue;
        std::vector<Field> fields = whole_->fields;
        fields[i].value = value;
        add(fmt::format("{} is {}", fields[i].name, value), json_of(*whole_, fields, {}));
      }
    }
  }
  void repeat_fields() {
    for (const Field& field : whole_->fields) {
      std::string loud = field.name;
      for (char& letter : loud) letter = static_cast<char>(std::toupper(letter));
      for (const std::string& name : {field.name, loud}) {
        add(fmt::format("{} twice, as {}", field.name, name),
            json_of(*whole_, whole_->fields, fmt::format(R"(,"{}":{})", name, field.value)));
      }
    }
    add("op twice", json_of(*whole_, whole_->fields, fmt::format(R"(,"Op":{})", whole_->op)));
    add("an unknown field twice", json_of(*whole_, whole_->fields, R"(,"x":1,"x":1)"));
  }
  void cut() {
    const std::string json = json_of(*whole_, whole_->fields, {});
    for (std::size_t size = 8; size < json.size(); ++size) {
      add(fmt::format("cut at {}", size), json.substr(0, size));
    }
  }
  void add_around() {
    const std::string json = json_of(*whole_, whole_->fields, {});
    for (const std::string after :
         {"x", "{}", "}", ",", "]", "\"", "1", "//", "null", "{\"op\":1}"}) {
      add("then " + after, json + after);
    }
    for (const std::string before : {"x", "{", "[", ",", "\"", "1", "\xef\xbb\xbf"}) {
      add("after " + std::string(before), before + json);
    }
    add("in a list", "[" + json + "]");
    add("a comma too many", json.substr(0, json.size() - 1) + ",}");
    add("nested deep", json_of(*whole_, whole_->fields,
                               ",\"x\":" + std::string(5'000, '[') + std::string(5'000, ']')));
  }
  void other_ops() {
    for (const char* op : {"-1", "1.0", "1e0", "256", "99999999999999999999", "\"1\"", "[1]", "{}",
                           "true", "13", "255", "01", "0x1", ""}) {
      std::string json = fmt::format(R"({{"op":{})", op);
      for (const Field& field : whole_->fields) {
        json += fmt::format(R"(,"{}":{})", field.name, field.value);
      }
      add(fmt::format("op is {}", op), json + "}");
    }
  }

  const Whole* whole_ = nullptr;
  std::vector<MalformedRow> rows_;
};

}  // namespace

std::vector<MalformedRow> malformed_rows() {
  Rows rows;
  for (const Whole& whole : wholes()) rows.spoil(whole);
  rows.lengths();
  return rows.take();
}

}  // namespace mnm::net::testing
