#include "mnm/profile.h"

#include <fmt/format.h>

#include "common/json.h"
#include "net/json_reader.h"

namespace mnm::client {
namespace {

bool read_text(net::JsonReader& reader, std::string& out) {
  std::string_view text;
  if (!reader.string(text)) return false;
  out = text;
  return true;
}

bool read_aliases(net::JsonReader& reader, std::vector<std::string>& aliases) {
  if (!reader.begin_array()) return false;
  while (reader.next_element()) {
    if (!read_text(reader, aliases.emplace_back())) return false;
  }
  return reader.ok();
}

bool read_member(net::JsonReader& reader, std::string_view key, Profile& profile,
                 std::uint64_t& format) {
  if (key == "format") return reader.integer(format);
  if (key == "connect") return read_text(reader, profile.connect);
  if (key == "tls_ca") return read_text(reader, profile.tls_ca);
  if (key == "uid") return read_text(reader, profile.uid);
  if (key == "node") return read_text(reader, profile.node);
  if (key == "node_name") return read_text(reader, profile.node_name);
  if (key == "node_number") return reader.integer(profile.node_number);
  if (key == "aliases") return read_aliases(reader, profile.aliases);
  if (key == "requests") return reader.integer(profile.requests);
  return reader.skip();
}

}  // namespace

std::string write_profile(const Profile& profile) {
  std::string out;
  tools::JsonWriter json(out);
  json.begin_object()
      .number("format", kProfileFormat)
      .text("connect", profile.connect)
      .text("tls_ca", profile.tls_ca)
      .text("uid", profile.uid)
      .text("node", profile.node)
      .text("node_name", profile.node_name)
      .number("node_number", profile.node_number);
  json.key("aliases").begin_array();
  for (const std::string& alias : profile.aliases) json.text(alias);
  json.end_array().number("requests", profile.requests).end_object();
  out += '\n';
  return out;
}

Result<Profile> parse_profile(std::string_view text, const std::string& path) {
  net::JsonReader reader(text);
  Profile profile;
  std::uint64_t format = 0;
  std::string_view key;
  bool good = reader.begin_object();
  while (good && reader.next_member(key)) good = read_member(reader, key, profile, format);
  good = good && reader.finish();
  if (good && format > kProfileFormat) {
    return fail(ErrorCode::kUnknownFormat,
                fmt::format("{} has format {}, this program knows {}: a newer mnm wrote it", path,
                            format, kProfileFormat));
  }
  if (!good || format == 0 || profile.uid.empty() || profile.node.empty()) {
    return fail(ErrorCode::kCorruption,
                fmt::format("{} is damaged or is no profile: expected a JSON object with format, "
                            "uid and node; restore it from a backup",
                            path));
  }
  return profile;
}

}  // namespace mnm::client
