// Who vouches for newcomers: third parties whose word the relay asks for, or takes, when somebody
// registers (OpenID Connect).
//
// Called by net threads, several at once; must not block. A token takes the time of one signature.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

namespace mnm::net {

// Where a person can get a token, as TMTP's "authby" has it: told to whoever asks for the version.
struct SignInService {
  std::string label;
  // A URL and its parameters, URL-encoded and joined by '&'; or nothing.
  std::vector<std::string> login;
  std::vector<std::string> token;
};

// The value of "authby".
[[nodiscard]] std::string encode_services(const std::vector<SignInService>& services);
// The most that it may take up, so that the answer stays within a frame.
inline constexpr std::size_t kServicesBytesMax = 32 << 10;

class Authority {
 public:
  struct Person {
    std::string issuer;
    std::string subject;  // personal: wiped as soon as it is hashed
  };

  virtual ~Authority() = default;
  // What encode_services() gave; the same object until it changes.
  [[nodiscard]] virtual std::shared_ptr<const std::string> services() const = 0;
  // Whom the token names; else why it isn't taken, in words of static storage that tell nothing of
  // what is in it.
  [[nodiscard]] virtual tl::expected<Person, std::string_view> judge(
      std::string_view token) const = 0;
};

}  // namespace mnm::net
