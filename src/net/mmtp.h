// MMTP, in two halves: requests in (mmtp.cc), answers and messages out (mmtp_encode.cc). For
// codec.cc; everyone else uses Codec.
#pragma once

#include <string>
#include <string_view>

#include "net/codec_rules.h"

namespace mnm::net {

[[nodiscard]] Decoded decode_mmtp(std::string_view header);
[[nodiscard]] std::string encode_mmtp(const ops::Effect& effect);
[[nodiscard]] std::string encode_mmtp(const ops::Message& message);

}  // namespace mnm::net
