#include "net/json_header.h"

#include <array>
#include <charconv>
#include <limits>
#include <utility>

#include "base/canary.h"

namespace mnm::net {
namespace {

constexpr std::uint64_t kLengthMax = std::numeric_limits<std::int64_t>::max();
constexpr std::uint64_t kOpMax = std::numeric_limits<std::uint8_t>::max();
constexpr std::uint64_t kForTypeMax = std::numeric_limits<std::int8_t>::max();

enum class Type : std::uint8_t { kOp, kText, kLength, kSum, kFlag, kOrdinal, kFor, kOidc };

constexpr unsigned kInMmtp = 1;
constexpr unsigned kInTmtp = 2;
constexpr unsigned kInBoth = kInMmtp | kInTmtp;

struct Field {
  std::string_view name;
  Type type;
  unsigned dialects;
  std::string_view RequestHeader::*text = nullptr;
  std::uint64_t RequestHeader::*number = nullptr;
  bool RequestHeader::*flag = nullptr;
  std::optional<std::uint32_t> RequestHeader::*ordinal = nullptr;
  std::optional<std::vector<ForEntry>> RequestHeader::*list = nullptr;
};

using H = RequestHeader;

constexpr Field text(std::string_view name, std::string_view H::*member,
                     unsigned dialects = kInBoth) {
  return {name, Type::kText, dialects, member};
}
constexpr Field number(std::string_view name, Type type, std::uint64_t H::*member,
                       unsigned dialects = kInBoth) {
  return {name, type, dialects, nullptr, member};
}
constexpr Field flag(std::string_view name, bool H::*member, unsigned dialects) {
  return {name, Type::kFlag, dialects, nullptr, nullptr, member};
}
constexpr Field ordinal(std::string_view name, std::optional<std::uint32_t> H::*member) {
  return {name, Type::kOrdinal, kInBoth, nullptr, nullptr, nullptr, member};
}
constexpr Field list(std::string_view name, std::optional<std::vector<ForEntry>> H::*member,
                     unsigned dialects) {
  return {name, Type::kFor, dialects, nullptr, nullptr, nullptr, nullptr, member};
}

// Lowercase. The order is that of frequency, roughly.
constexpr std::array kFields = {
    Field{"op", Type::kOp, kInBoth},
    text("id", &H::id),
    text("type", &H::type),
    list("for", &H::for_list, kInBoth),
    number("datalen", Type::kLength, &H::datalen),
    number("datahead", Type::kLength, &H::datahead),
    number("datasum", Type::kSum, &H::datasum),
    text("from", &H::from),
    text("to", &H::to),
    text("gid", &H::gid),
    text("act", &H::act),
    text("uid", &H::uid),
    text("node", &H::node),
    text("nodeid", &H::nodeid, kInMmtp),
    text("newnode", &H::newnode),
    text("newalias", &H::newalias),
    flag("once", &H::once, kInBoth),
    flag("retry", &H::retry, kInMmtp),
    ordinal("dropnode", &H::dropnode),
    ordinal("keepnode", &H::keepnode),
    text("dropalias", &H::dropalias),
    text("mmtp", &H::mmtp, kInMmtp),
    list("notefor", &H::notefor, kInTmtp),
    number("notelen", Type::kLength, &H::notelen, kInTmtp),
    number("notehead", Type::kLength, &H::notehead, kInTmtp),
    number("notesum", Type::kSum, &H::notesum, kInTmtp),
    flag("fornotself", &H::fornotself, kInTmtp),
    Field{"oidc", Type::kOidc, kInBoth},
};
static_assert(kFields.size() <= 32, "a bit each in read_header()");

// `name` is of lowercase letters and '_'.
bool equals_folded(std::string_view key, std::string_view name) {
  if (key.size() != name.size()) return false;
  for (std::size_t i = 0; i < key.size(); ++i) {
    if ((key[i] | 0x20) != name[i] && (key[i] != '_' || name[i] != '_')) return false;
  }
  return true;
}

// By length and first letter, then the few that share them one by one.
constexpr std::size_t kNameMax = 10;
constexpr std::size_t kLetters = 26;
constexpr std::uint8_t kNone = 0xff;

struct Lookup {
  std::array<std::array<std::uint8_t, kLetters>, kNameMax + 1> first{};
  std::array<std::uint8_t, kFields.size()> next{};
};

constexpr Lookup make_lookup() {
  Lookup lookup;
  for (auto& row : lookup.first) row.fill(kNone);
  for (std::size_t i = kFields.size(); i-- > 0;) {
    const std::string_view name = kFields[i].name;
    std::uint8_t& head = lookup.first[name.size()][static_cast<std::size_t>(name[0] - 'a')];
    lookup.next[i] = head;
    head = static_cast<std::uint8_t>(i);
  }
  return lookup;
}

constexpr Lookup kLookup = make_lookup();

// The index of the field named, or kNone.
std::uint8_t find_field(std::string_view key) {
  if (key.empty() || key.size() > kNameMax) return kNone;
  const auto letter = static_cast<std::size_t>(static_cast<std::uint8_t>(key[0] | 0x20) - 'a');
  if (letter >= kLetters) return kNone;
  std::uint8_t i = kLookup.first[key.size()][letter];
  while (i != kNone && !equals_folded(key, kFields[i].name)) i = kLookup.next[i];
  return i;
}

bool read_at_most(JsonReader& reader, std::uint64_t max, std::uint64_t& out) {
  return reader.integer(out) && out <= max;
}

// An object with an id and a type; what else it has is ignored.
bool read_entry(JsonReader& reader, ForEntry& entry) {
  bool has_id = false;
  bool has_type = false;
  KeySet unknown;
  std::string_view key;
  if (!reader.begin_object()) return false;
  while (reader.next_member(key)) {
    const bool is_id = equals_folded(key, "id");
    if (is_id || equals_folded(key, "type")) {
      bool& seen = is_id ? has_id : has_type;
      if (seen) return false;
      seen = true;
      if (reader.take_null()) continue;
      if (!(is_id ? reader.string(entry.id) : read_at_most(reader, kForTypeMax, entry.type))) {
        return false;
      }
    } else {
      unknown.add(key);
      if (!reader.skip()) return false;
    }
  }
  return reader.ok() && !unknown.has_duplicate();
}

bool read_list(JsonReader& reader, std::optional<std::vector<ForEntry>>& out) {
  out.emplace();
  if (!reader.begin_array()) return false;
  while (reader.next_element()) {
    if (!read_entry(reader, out->emplace_back())) return false;
  }
  return reader.ok();
}

// A node's number, as an integer or in a string of its decimal digits.
bool read_ordinal(JsonReader& reader, std::optional<std::uint32_t>& out) {
  std::uint64_t value = 0;
  if (reader.at_string()) {
    std::string_view digits;
    if (!reader.string(digits)) return false;
    if (digits.empty()) return true;  // absent, as with other texts
    const char* end = digits.data() + digits.size();
    const auto parsed = std::from_chars(digits.data(), end, value);
    if (parsed.ec != std::errc() || parsed.ptr != end || digits.front() == '0') return false;
  } else if (!reader.integer(value)) {
    return false;
  }
  if (value == 0 || value > std::numeric_limits<std::uint32_t>::max()) return false;
  out = static_cast<std::uint32_t>(value);
  return true;
}

// What a third party's token service answers: of it, the id_token alone is ours to look at.
bool read_oidc(JsonReader& reader, std::string_view& id_token) {
  bool seen = false;
  KeySet unknown;
  std::string_view key;
  if (!reader.begin_object()) return false;
  while (reader.next_member(key)) {
    if (equals_folded(key, "id_token")) {
      if (std::exchange(seen, true)) return false;
      if (!reader.take_null() && !reader.string(id_token)) return false;
    } else {
      unknown.add(key);
      if (!reader.skip()) return false;
    }
  }
  return reader.ok() && !unknown.has_duplicate();
}

bool read_field(JsonReader& reader, const Field& field, RequestHeader& header) {
  if (reader.take_null()) return true;
  std::uint64_t value = 0;
  switch (field.type) {
    case Type::kOp:
      if (!read_at_most(reader, kOpMax, value)) return false;
      header.op = static_cast<std::uint8_t>(value);
      return true;
    case Type::kText:
      return reader.string(header.*field.text);
    case Type::kLength:
      return read_at_most(reader, kLengthMax, header.*field.number);
    case Type::kSum:
      return reader.integer(header.*field.number);
    case Type::kFlag:
      return reader.boolean(header.*field.flag);
    case Type::kOrdinal:
      return read_ordinal(reader, header.*field.ordinal);
    case Type::kFor:
      return read_list(reader, header.*field.list);
    case Type::kOidc:
      return read_oidc(reader, header.id_token);
  }
  return false;
}

}  // namespace

bool read_header(JsonReader& reader, ops::Dialect dialect, RequestHeader& header) {
  const unsigned mine = dialect == ops::Dialect::kTmtp ? kInTmtp : kInMmtp;
  std::uint32_t seen = 0;
  KeySet unknown;
  std::string_view key;
  if (!reader.begin_object()) return false;
  while (reader.next_member(key)) {
    const std::uint8_t which = find_field(key);
    if (which == kNone) {
      unknown.add(key);
      if (!reader.skip()) return false;
      continue;
    }
    const std::uint32_t bit = std::uint32_t{1} << which;
    if ((seen & bit) != 0) return false;
    seen |= bit;
    const Field& field = kFields[which];
    const bool known = (field.dialects & mine) != 0;
    if (!(known ? read_field(reader, field, header) : reader.skip())) return false;
  }
  return reader.finish() && (!unknown.has_duplicate() || MNM_CANARY("duplicate-keys"));
}

}  // namespace mnm::net
