#include "daemon/auth_providers.h"

#include <fmt/format.h>

#include <toml++/toml.h>
#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <optional>
#include <utility>

namespace mnm::daemon {
namespace {

constexpr std::string_view kTable = "provider";

// One [[provider]]: reads its keys, and complains about the first that can't be.
class ProviderReader {
 public:
  ProviderReader(const std::string& path, const toml::table& table) : path_(path), table_(table) {}

  Result<AuthProvider> read() {
    AuthProvider provider;
    const std::vector<std::string> both = texts("params");
    provider.service.label = text("label");
    provider.service.login = request("login", both);
    provider.service.token = request("token", both);
    provider.issuer = text("issuer");
    provider.audience = text("audience");
    provider.keys_file = file("keys_file");
    provider.keys_url = text("keys_url");
    provider.keys_ca = file("keys_ca");
    for (const auto& [key, node] : table_) {
      if (std::ranges::find(known_, key.str()) == known_.end()) {
        complain(key.source(), fmt::format("{}: no such key", key.str()));
      }
    }
    const std::array<std::pair<const char*, const std::string*>, 3> needed = {
        {{"label", &provider.service.label},
         {"issuer", &provider.issuer},
         {"audience", &provider.audience}}};
    for (const auto& [name, value] : needed) {
      if (value->empty()) complain(table_.source(), fmt::format("a provider needs a {}", name));
    }
    if (provider.keys_file.empty() && provider.keys_url.empty()) {
      complain(table_.source(), "a provider needs a keys_file, a keys_url, or both");
    }
    if (!provider.keys_url.empty() && !provider.keys_url.starts_with("https://")) {
      complain(table_.source(), "keys_url must be an https:// address");
    }
    if (fault_) return fail(ErrorCode::kUsage, *fault_);
    return provider;
  }

 private:
  void complain(const toml::source_region& where, const std::string& what) {
    if (fault_) return;
    fault_ = fmt::format("{}:{}:{}: {}", path_, where.begin.line, where.begin.column, what);
  }
  const toml::node* find(std::string_view key) {
    known_.push_back(key);
    return table_.get(key);
  }
  std::string text(std::string_view key) {
    const toml::node* node = find(key);
    if (node == nullptr) return {};
    if (const auto* string = node->as_string()) return string->get();
    complain(node->source(), fmt::format("{} needs a string", key));
    return {};
  }
  std::string file(std::string_view key) {
    const std::string name = text(key);
    if (name.empty()) return {};
    return std::filesystem::absolute(path_).parent_path() / name;  // `name`, if it is absolute
  }
  std::vector<std::string> texts(std::string_view key) {
    std::vector<std::string> all;
    const toml::node* node = find(key);
    if (node == nullptr) return all;
    const toml::array* array = node->as_array();
    for (std::size_t i = 0; array != nullptr && i < array->size(); ++i) {
      if (const auto* string = array->get(i)->as_string()) all.push_back(string->get());
    }
    if (array == nullptr || all.size() != array->size()) {
      complain(node->source(), fmt::format("{} needs a list of strings", key));
    }
    return all;
  }
  // A URL and its parameters, joined as clients are told them; nothing if it isn't there.
  std::vector<std::string> request(std::string_view key, const std::vector<std::string>& more) {
    std::vector<std::string> all = texts(key);
    if (all.empty()) return {};
    std::string url = std::move(all.front());
    all.erase(all.begin());
    all.insert(all.end(), more.begin(), more.end());
    return {std::move(url), fmt::format("{}", fmt::join(all, "&"))};
  }

  const std::string& path_;
  const toml::table& table_;
  std::vector<std::string_view> known_;
  std::optional<std::string> fault_;
};

Result<toml::table> parse(const std::string& path) {
  std::ifstream file(path);
  std::string text;
  if (!file || !std::getline(file, text, '\0').eof()) {
    return fail(ErrorCode::kUsage, fmt::format("--auth-providers: cannot read {}", path));
  }
  try {
    return toml::parse(text, path);
  } catch (const toml::parse_error& error) {
    return fail(ErrorCode::kUsage, fmt::format("{}:{}:{}: {}", path, error.source().begin.line,
                                               error.source().begin.column, error.description()));
  }
}

}  // namespace

Result<std::vector<AuthProvider>> read_auth_providers(const std::string& path) {
  const auto table = parse(path);
  if (!table) return fail(table.error());
  for (const auto& [key, node] : *table) {
    if (key.str() == kTable && node.is_array_of_tables()) continue;
    return fail(ErrorCode::kUsage, fmt::format("{}:{}: {}: only [[provider]] tables are known here",
                                               path, key.source().begin.line, key.str()));
  }
  std::vector<AuthProvider> providers;
  const toml::array* array = table->get_as<toml::array>(kTable);
  for (std::size_t i = 0; array != nullptr && i < array->size(); ++i) {
    auto provider = ProviderReader(path, *array->get_as<toml::table>(i)).read();
    if (!provider) return fail(provider.error());
    if (std::ranges::find(providers, provider->issuer, &AuthProvider::issuer) != providers.end()) {
      return fail(ErrorCode::kUsage,
                  fmt::format("{}: two providers with issuer {}", path, provider->issuer));
    }
    providers.push_back(std::move(*provider));
  }
  if (providers.empty() || providers.size() > kAuthProvidersMax) {
    return fail(ErrorCode::kUsage,
                fmt::format("{}: 1 to {} [[provider]] tables are needed", path, kAuthProvidersMax));
  }
  return providers;
}

}  // namespace mnm::daemon
