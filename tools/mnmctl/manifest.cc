#include "mnmctl/manifest.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <numeric>
#include <optional>

#include "base/text.h"

namespace mnm::mnmctl {
namespace {

constexpr std::string_view kFormat = "mnm backup 1";

std::string hex(const Hash& hash) { return hex_encode(as_bytes(hash)); }

std::optional<Hash> parse_hash(std::string_view text) {
  const auto octets = hex_decode(text);
  if (!octets || octets->size() != sizeof(Hash)) return std::nullopt;
  return hash_from(*octets);
}

template <class Number>
bool parse(std::string_view text, Number& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size();
}

// "NAME VALUE" of the next line; takes it off the text.
bool take(std::string_view& text, std::string_view name, std::string_view& value) {
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos) return false;
  const std::string_view line = text.substr(0, end);
  if (!line.starts_with(name) || line.size() <= name.size() || line[name.size()] != ' ') {
    return false;
  }
  value = line.substr(name.size() + 1);
  text.remove_prefix(end + 1);
  return true;
}

bool is_inside(std::string_view path) {
  return !path.empty() && path.front() != '/' && path.find("..") == std::string_view::npos &&
         path.find("//") == std::string_view::npos;
}

bool parse_file(std::string_view line, BackupFile& file) {
  const std::size_t first = line.find(' ');
  if (first == std::string_view::npos) return false;
  const std::size_t second = line.find(' ', first + 1);
  if (second == std::string_view::npos) return false;
  const auto hash = parse_hash(line.substr(0, first));
  if (!hash || !parse(line.substr(first + 1, second - first - 1), file.octets)) return false;
  file.hash = *hash;
  file.path = line.substr(second + 1);
  return is_inside(file.path);
}

bool parse_body(std::string_view text, Manifest& manifest) {
  std::string_view value;
  if (!take(text, "made", value)) return false;
  manifest.made = value;
  std::uint32_t epoch = 0;
  std::uint64_t lsn = 0;
  if (!take(text, "epoch", value) || !parse(value, epoch)) return false;
  if (!take(text, "lsn", value) || !parse(value, lsn)) return false;
  if (!take(text, "chain", value)) return false;
  const auto chain = parse_hash(value);
  if (!chain) return false;
  manifest.at = {Epoch(epoch), Lsn(lsn), *chain};
  if (!take(text, "secrets", value)) return false;
  manifest.with_secrets = value == "yes";
  while (take(text, "file", value)) {
    if (!parse_file(value, manifest.files.emplace_back())) return false;
  }
  return text.empty();
}

}  // namespace

const BackupFile* Manifest::find(std::string_view path) const {
  const auto place = std::ranges::lower_bound(files, path, {}, &BackupFile::path);
  return place != files.end() && place->path == path ? &*place : nullptr;
}

std::uint64_t Manifest::octets() const {
  return std::accumulate(
      files.begin(), files.end(), std::uint64_t{0},
      [](std::uint64_t sum, const BackupFile& file) { return sum + file.octets; });
}

std::string encode_manifest(const Manifest& manifest) {
  std::string out = fmt::format("{}\nmade {}\nepoch {}\nlsn {}\nchain {}\nsecrets {}\n", kFormat,
                                manifest.made, manifest.at.epoch.value(), manifest.at.lsn.value(),
                                hex(manifest.at.chain), manifest.with_secrets ? "yes" : "no");
  for (const BackupFile& file : manifest.files) {
    out += fmt::format("file {} {} {}\n", hex(file.hash), file.octets, file.path);
  }
  return out += fmt::format("end {}\n", hex(sha256(out)));
}

Result<Manifest> decode_manifest(std::string_view text) {
  if (!text.starts_with("mnm backup ")) {
    return fail(ErrorCode::kUnknownFormat, "the manifest is no backup's");
  }
  if (!text.starts_with(std::string(kFormat) + "\n")) {
    return fail(ErrorCode::kUnknownFormat,
                fmt::format("the backup is of another version than \"{}\"", kFormat));
  }
  const std::size_t end = text.rfind("end ");
  std::string_view sum = end == std::string_view::npos ? "" : text.substr(end);
  std::string_view value;
  if (!take(sum, "end", value) || !sum.empty() ||
      parse_hash(value) != sha256(text.substr(0, end))) {
    return fail(ErrorCode::kCorruption, "the manifest is damaged: its hash isn't that of its text");
  }
  Manifest manifest;
  if (!parse_body(text.substr(kFormat.size() + 1, end - kFormat.size() - 1), manifest)) {
    return fail(ErrorCode::kCorruption, "the manifest can't be read");
  }
  return manifest;
}

}  // namespace mnm::mnmctl
