// A third party that vouches for newcomers, as a relay is told of it: its providers' file, its keys
// in a file beside it, its tokens.
//
// One thread.
#pragma once

#include <fmt/format.h>

#include <chrono>
#include <fstream>
#include <string>
#include <string_view>

#include "support/temp_dir.h"
#include "support/token_maker.h"

namespace mnm::testing {

class IdentityService {
 public:
  static constexpr std::string_view kIssuer = "https://id.example/";

  // `keys`: where its keys are, as the file has it; by default in the file beside it.
  explicit IdentityService(std::string_view keys = "keys_file = \"keys.json\"") {
    publish();
    std::ofstream(providers_file()) << R"([[provider]]
label    = "Example"
issuer   = "https://id.example/"
audience = "mnm"
login    = ["https://id.example/authorize", "response_type=code"]
token    = ["https://id.example/token", "grant_type=authorization_code"]
params   = ["client_id=mnm"]
)" << keys << "\n";
  }

  [[nodiscard]] std::string providers_file() const { return directory_ / "providers.toml"; }
  // Signs by another key from now on, and says so in the file.
  void change_key() {
    key_ = SigningKey::ec(fmt::format("k{}", ++serial_));
    publish();
  }
  [[nodiscard]] const SigningKey& key() const { return key_; }

  // About somebody, good for so many seconds from now.
  [[nodiscard]] std::string claims(std::string_view subject, int seconds = 600) const {
    const auto now = std::chrono::duration_cast<std::chrono::seconds>(
                         std::chrono::system_clock::now().time_since_epoch())
                         .count();
    return fmt::format(R"({{"iss":"{}","aud":"mnm","sub":"{}","exp":{}}})", kIssuer, subject,
                       now + seconds);
  }
  [[nodiscard]] std::string token(std::string_view subject, int seconds = 600) const {
    return key_.token(key_.header(), claims(subject, seconds));
  }

 private:
  void publish() const { std::ofstream(directory_ / "keys.json") << key_.set(); }

  TempDir directory_;
  int serial_ = 1;
  SigningKey key_ = SigningKey::ec("k1");
};

}  // namespace mnm::testing
