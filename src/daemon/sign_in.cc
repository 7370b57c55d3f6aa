#include "daemon/sign_in.h"

#include <fmt/format.h>
#include <glog/logging.h>

#include <fstream>
#include <iterator>
#include <utility>

#include "base/crypto.h"
#include "daemon/https_fetch.h"

namespace mnm::daemon {
namespace {

// How often the thread looks whether something is due.
constexpr std::chrono::seconds kLookEvery{1};

Result<std::shared_ptr<const KeySet>> read_keys(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text(kFetchBytesMax, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad() || (file.fail() && !file.eof())) {
    return fail(ErrorCode::kUnavailable, fmt::format("cannot read the keys in {}", path));
  }
  text.resize(static_cast<std::size_t>(file.gcount()));
  auto keys = KeySet::parse(text);
  if (!keys) return fail(keys.error().code, fmt::format("{}: {}", path, keys.error().text));
  return std::make_shared<const KeySet>(std::move(*keys));
}

}  // namespace

Result<std::unique_ptr<SignIn>> SignIn::open(std::string providers_file, Fetch fetch,
                                             std::function<std::int64_t()> now_s) {
  std::unique_ptr<SignIn> made(
      new SignIn(std::move(providers_file), std::move(fetch), std::move(now_s)));
  if (auto read = made->reload(); !read) return fail(read.error());
  return made;
}

SignIn::SignIn(std::string providers_file, Fetch fetch, std::function<std::int64_t()> now_s)
    : providers_file_(std::move(providers_file)),
      fetch_(std::move(fetch)),
      now_s_(std::move(now_s)),
      periodic_([this](Clock::time_point now) { return refresh(now); }) {}

void SignIn::stop() {
  stopping_ = true;
  periodic_.stop();
}

Result<> SignIn::reload() {
  auto providers = read_auth_providers(providers_file_);
  if (!providers) return fail(providers.error());
  auto fresh = std::make_shared<State>();
  std::vector<net::SignInService> services;
  for (const AuthProvider& provider : *providers) {
    Issuer issuer{provider.issuer, provider.audience, nullptr};
    if (!provider.keys_file.empty()) {
      auto keys = read_keys(provider.keys_file);
      if (!keys) return fail(keys.error());
      issuer.keys = std::move(*keys);
    }
    fresh->issuers.push_back(std::move(issuer));
    services.push_back(provider.service);
  }
  std::string encoded = net::encode_services(services);
  if (encoded.size() > net::kServicesBytesMax) {
    return fail(
        ErrorCode::kUsage,
        fmt::format("{}: what clients are told of the providers takes {} octets, and {} fit",
                    providers_file_, encoded.size(), net::kServicesBytesMax));
  }
  fresh->services = std::make_shared<const std::string>(std::move(encoded));
  fresh->providers = std::move(*providers);

  const std::scoped_lock lock(mutex_);
  std::map<std::string, Remote> remotes;
  for (std::size_t i = 0; i < fresh->providers.size(); ++i) {
    const std::string& url = fresh->providers[i].keys_url;
    if (url.empty()) continue;
    Remote remote = remotes_[url];  // what was fetched stays
    remote.due = {};                // but is looked at again
    if (remote.keys != nullptr) fresh->issuers[i].keys = remote.keys;
    remotes.emplace(url, std::move(remote));
  }
  remotes_ = std::move(remotes);
  state_ = std::move(fresh);
  return {};
}

std::shared_ptr<const SignIn::State> SignIn::state() const {
  const std::scoped_lock lock(mutex_);
  return state_;
}

std::shared_ptr<const std::string> SignIn::services() const { return state()->services; }

tl::expected<net::Authority::Person, std::string_view> SignIn::judge(std::string_view token) const {
  const auto by = state();
  TokenVerdict verdict = judge_token(token, by->issuers, now_s_());
  if (verdict.fault == TokenFault::kNone) {
    return Person{by->issuers[verdict.issuer].name, std::move(verdict.subject)};
  }
  if (verdict.fault == TokenFault::kUnknownKey) {
    const std::scoped_lock lock(mutex_);
    const auto remote = remotes_.find(by->providers[verdict.issuer].keys_url);
    if (remote != remotes_.end()) remote->second.wanted = true;
  }
  return tl::unexpected<std::string_view>(words_for(verdict.fault));
}

SignIn::Clock::time_point SignIn::refresh(Clock::time_point now) {
  for (const AuthProvider& provider : state()->providers) {
    if (provider.keys_url.empty() || stopping_) continue;
    {
      const std::scoped_lock lock(mutex_);
      const auto at = remotes_.find(provider.keys_url);
      if (at == remotes_.end()) continue;  // a reload has forgotten it meanwhile
      Remote& remote = at->second;
      if (now < remote.due && !(remote.wanted && now >= remote.soonest)) continue;
      remote.wanted = false;
      remote.soonest = now + kRetryEvery;
      remote.due = now + kRetryEvery;
    }
    fetch_one(provider, now);
  }
  return now + kLookEvery;
}

void SignIn::fetch_one(const AuthProvider& provider, Clock::time_point now) {
  const std::string& url = provider.keys_url;
  const auto document = fetch_(url, provider.keys_ca, stopping_);
  auto keys = document ? KeySet::parse(*document) : Result<KeySet>(fail(document.error()));
  if (!keys) {
    if (!stopping_) {
      LOG(WARNING) << "the keys of " << provider.issuer
                   << " stay as they are, tried again in a minute: " << keys.error().text;
    }
    return;
  }
  const auto fetched = std::make_shared<const KeySet>(std::move(*keys));
  const std::scoped_lock lock(mutex_);
  const auto remote = remotes_.find(url);
  if (remote == remotes_.end()) return;  // a reload has forgotten it meanwhile
  remote->second.keys = fetched;
  remote->second.due = now + kKeysEvery;
  auto fresh = std::make_shared<State>(*state_);
  for (std::size_t i = 0; i < fresh->providers.size(); ++i) {
    if (fresh->providers[i].keys_url == url) fresh->issuers[i].keys = fetched;
  }
  state_ = std::move(fresh);
}

}  // namespace mnm::daemon
