// check_includes.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <optional>

#include "tidy/rules.h"

namespace mnm::tidy {
namespace {

constexpr std::array<std::string_view, 7> kLayers = {"base", "log",    "state", "ops",
                                                     "net",  "client", "daemon"};
constexpr std::size_t kStateRank = 2;
constexpr std::size_t kTopRank = kLayers.size();  // mnmd.cc and the tools

std::optional<std::size_t> rank_of(std::string_view layer) {
  const auto* const found = std::find(kLayers.begin(), kLayers.end(), layer);
  if (found == kLayers.end()) return std::nullopt;
  return static_cast<std::size_t>(found - kLayers.begin());
}

bool is_under_any(const Source& source, std::initializer_list<std::string_view> folders) {
  return std::any_of(folders.begin(), folders.end(),
                     [&](std::string_view folder) { return source.is_under(folder); });
}

std::string_view first_part(std::string_view path) { return path.substr(0, path.find('/')); }

// What is wrong with this include, or empty. `name` is what stands between the quotes or angles.
std::string judge(const Source& source, std::string_view name) {
  if (name.starts_with("boost/asio") || name.starts_with("boost/beast")) {
    if (is_under_any(source, {"src/net/", "src/daemon/", "src/mnmd.cc", "tools/mnm/",
                              "tools/mnmbench/", "tools/mnmctl/"})) {
      return "";
    }
    return "Asio belongs to net, daemon and the network tools";
  }
  if (name.starts_with("rocksdb/")) {
    if (is_under_any(source,
                     {"src/log/", "src/ops/projector", "src/ops/checkpoint", "src/ops/base"}))
      return "";
    return "RocksDB belongs to log, and to the projector's checkpoints and bases";
  }
  const bool in_src = source.is_under("src/");
  const std::string_view layer = in_src ? first_part(std::string_view(source.path).substr(4)) : "";
  const std::size_t own = rank_of(layer).value_or(kTopRank);
  if (name.ends_with(".pb.h")) {
    return own >= kStateRank ? "" : "events and message rows are opaque below state";
  }
  const std::optional<std::size_t> other = rank_of(first_part(name));
  if (other && *other > own) return fmt::format("{} may not include {}", layer, kLayers[*other]);
  if (other && *other > *rank_of("ops") && source.is_under("tools/mnmlog/")) {
    return "mnmlog reads through log, state and ops, never through net";
  }
  return "";
}

}  // namespace

Findings check_includes(const Source& source) {
  Findings findings;
  if (!source.is_cpp() || source.is_under("tests/")) return findings;
  std::size_t number = 0;
  for (const std::string_view line : lines_of(source.code)) {
    ++number;
    if (!line.starts_with("#include")) continue;
    const std::size_t open = line.find_first_of("\"<");
    if (open == std::string_view::npos) continue;
    const std::size_t close = line.find_first_of("\">", open + 1);
    const std::string_view name = line.substr(open + 1, close - open - 1);
    const std::string wrong = judge(source, name);
    if (wrong.empty()) continue;
    findings.push_back({"include", source.path, number, fmt::format("{}:{}", source.path, name), 1,
                        fmt::format("includes {}: {}", name, wrong)});
  }
  return findings;
}

}  // namespace mnm::tidy
