// ops/replay.h and ops/message.h: the octets of an event and of a message row. What is accepted has
// a fact of this version; a row's parts lie within it.
#include <glog/logging.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "ops/message.h"
#include "ops/replay.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  mnm::event::Event event;
  if (mnm::ops::parse_event(mnm::Lsn(1), input, event)) {
    CHECK(event.fact_case() != mnm::event::Event::FACT_NOT_SET);
    CHECK_GT(event.schema(), 0U);
  }
  const auto row = mnm::ops::decode_row(mnm::Lsn(1), input);
  if (row) {
    const auto& body = (*row)->body();
    CHECK_LE(body != nullptr ? body->size() : 0, size);
    (void)mnm::ops::file_bytes_of(mnm::Lsn(1), input);  // either answer
  }
  return 0;
}
