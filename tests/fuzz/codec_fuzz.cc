// net/codec.h: any header is understood or refused by both dialects, the same way each time; what
// is understood holds valid UTF-8, and can be answered within a frame, in JSON that reads back as
// it was.
#include <glog/logging.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "net/client_codec.h"
#include "net/codec.h"
#include "net/frame.h"
#include "net/json_text.h"

namespace {

using mnm::net::Codec;

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t size = mnm::net::utf8_size(text);
    if (size == 0) return false;
    text.remove_prefix(size);
  }
  return true;
}

// The header of a frame; there must be no more than that.
std::string_view header_of(std::string_view octets, mnm::net::HeaderReader& reader) {
  CHECK(reader.feed(octets) == mnm::net::HeaderReader::State::kReady);
  CHECK(octets.empty());
  return reader.header();
}

void check_answer(const Codec& codec, const std::string& id) {
  const mnm::ops::Acknowledged refusal{mnm::event::POST, id, "no such " + id, mnm::Lsn(), 0, 0};
  mnm::net::HeaderReader reader;
  const std::string octets = codec.encode(refusal);
  const auto answer = mnm::net::parse_reply(header_of(octets, reader));
  CHECK(answer);
  CHECK(answer->id == id);
}

void check_dialect(const Codec& codec, std::string_view header) {
  const auto decoded = codec.decode(header);
  const auto again = codec.decode(header);
  CHECK_EQ(decoded.has_value(), again.has_value());
  if (!decoded) {
    CHECK_EQ(decoded.error().text, again.error().text);
    return;
  }
  CHECK_EQ(decoded->id, again->id);
  CHECK(is_utf8(decoded->id));
  CHECK_LE(decoded->data.body_bytes, std::uint64_t{INT64_MAX});
  CHECK_LE(decoded->data.note_bytes, std::uint64_t{INT64_MAX});
  check_answer(codec, decoded->id);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view header(reinterpret_cast<const char*>(data), size);
  if (size > mnm::net::kHeaderBytesMax) return 0;
  check_dialect(mnm::net::mmtp_codec(), header);
  check_dialect(mnm::net::tmtp_codec(), header);
  (void)mnm::net::codec_for_first(header);  // must not crash; which one is the tests' business
  (void)mnm::net::parse_reply(header);      // nor this: a client trusts no relay
  return 0;
}
