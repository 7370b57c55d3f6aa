// RFC 4648's base64, with padding: OpenSSL behind one call. Any thread.
#pragma once

#include <string>
#include <string_view>

namespace mnm {

[[nodiscard]] std::string base64_encode(std::string_view bytes);

}  // namespace mnm
