// Third parties' word about newcomers, put together: the providers, their keys, and when to fetch
// them anew.
//
// judge() and services() from any thread; start(), stop() and reload() from the relay's owner;
// refresh() on the thread of its own between start() and stop(). What is judged is judged by one
// whole state: a reload changes all or nothing.
//
//   keys of a URL: none, or the file's --answer--> fetched --each kKeysEvery--> fetched again
//                    \--no answer, kRetryEvery-->/          a token with an unknown key: at once,
//                                                          but at most each kRetryEvery
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "daemon/auth_providers.h"
#include "daemon/periodic.h"
#include "daemon/token.h"
#include "net/authority.h"

namespace mnm::daemon {

class SignIn final : public net::Authority {
 public:
  static constexpr std::chrono::minutes kKeysEvery{60};
  static constexpr std::chrono::minutes kRetryEvery{1};
  using Clock = Periodic::Clock;
  // The document at a URL, trusted by the authorities in a file; see fetch_https.
  using Fetch = std::function<Result<std::string>(
      const std::string& url, const std::string& ca_file, const std::atomic<bool>& stop)>;

  // `now_s`: UTC seconds. kUsage as read_auth_providers; kUnavailable or kCorruption for a key
  // file. Nothing is fetched yet.
  [[nodiscard]] static Result<std::unique_ptr<SignIn>> open(std::string providers_file, Fetch fetch,
                                                            std::function<std::int64_t()> now_s);
  ~SignIn() override { stop(); }

  void start() { periodic_.start(); }
  void stop();
  // Reads the file and the key files again; on failure all stays as it is.
  [[nodiscard]] Result<> reload();
  // Fetches what is due at `now`; returns when to look again.
  [[nodiscard]] Clock::time_point refresh(Clock::time_point now);

  [[nodiscard]] std::shared_ptr<const std::string> services() const override;
  [[nodiscard]] tl::expected<Person, std::string_view> judge(std::string_view token) const override;

 private:
  // What tokens are judged by; never changed once others can see it.
  struct State {
    std::vector<AuthProvider> providers;
    std::vector<Issuer> issuers;  // by the same index
    std::shared_ptr<const std::string> services;
  };
  // A URL's keys, whichever provider they are for.
  struct Remote {
    std::shared_ptr<const KeySet> keys;  // null before the first answer
    Clock::time_point due;               // the next fetch
    Clock::time_point soonest;           // not before, though a token would want it
    bool wanted = false;
  };

  SignIn(std::string providers_file, Fetch fetch, std::function<std::int64_t()> now_s);
  [[nodiscard]] std::shared_ptr<const State> state() const;
  void fetch_one(const AuthProvider& provider, Clock::time_point now);

  const std::string providers_file_;
  const Fetch fetch_;
  const std::function<std::int64_t()> now_s_;
  std::atomic<bool> stopping_{false};
  mutable std::mutex mutex_;  // of what follows; held for copies only
  std::shared_ptr<const State> state_;
  mutable std::map<std::string, Remote> remotes_;  // by URL
  Periodic periodic_;
};

}  // namespace mnm::daemon
