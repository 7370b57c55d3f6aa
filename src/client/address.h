// Where a relay is: tcp://HOST:PORT, tls://HOST:PORT, unix:///PATH. Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"

namespace mnm::client {

inline constexpr std::string_view kDefaultAddress = "tcp://127.0.0.1:7070";

struct Address {
  enum class Kind : std::uint8_t { kTcp, kTls, kUnix };
  Kind kind = Kind::kTcp;
  std::string host;  // a name or a literal, without brackets
  std::string port;
  std::string path;  // of a Unix socket
  std::string text;  // as it was given

  // A password sent there crosses no network, or is encrypted on it.
  [[nodiscard]] bool is_private() const;
};

// kUsage when it is none; the text says what it should look like.
[[nodiscard]] Result<Address> parse_address(std::string_view text);

}  // namespace mnm::client
