// tools/mnmlog/proof.h: what is read from a stranger's file is a proof or an error, and none holds
// under a key that signed nothing.
#include <glog/logging.h>

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "mnmlog/proof.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto proof = mnm::mnmlog::parse_proof({reinterpret_cast<const char*>(data), size});
  if (!proof) {
    CHECK(!proof.error().text.empty());
    return 0;
  }
  CHECK(!mnm::mnmlog::check_proof(*proof, mnm::SigningKey(std::string(32, 'f')).public_key()));
  const auto again = mnm::mnmlog::parse_proof(mnm::mnmlog::encode_proof(*proof));
  CHECK(again);
  CHECK(again->head == proof->head);
  CHECK_EQ(again->events.size(), proof->events.size());
  return 0;
}
