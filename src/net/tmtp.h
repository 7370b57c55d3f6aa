// TMTP rev 1, in two halves: requests in (tmtp.cc), answers and messages out (tmtp_encode.cc).
// For codec.cc; everyone else uses Codec.
#pragma once

#include <string>
#include <string_view>

#include "net/codec_rules.h"

namespace mnm::net {

[[nodiscard]] Decoded decode_tmtp(std::string_view header);
[[nodiscard]] std::string encode_tmtp(const ops::Effect& effect);
[[nodiscard]] std::string encode_tmtp(const ops::Message& message);

}  // namespace mnm::net
