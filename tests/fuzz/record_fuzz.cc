// log/record.h, log/wal_scan.h, log/high_water.h: octets from a disk that may hold anything. A
// record that is accepted is one that could have been written, also when the CRC fits whatever is
// there; an envelope and its record agree; nothing reads beyond its end.
#include "log/record.h"

#include <glog/logging.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/crc32c.h"
#include "log/high_water.h"
#include "log/wal_scan.h"

namespace {

using mnm::log::kEnvelopeBytes;
using mnm::log::kHeaderBytes;

void check_record(const std::string& stored) {
  const auto record = mnm::log::decode_record(stored);
  const auto envelope = mnm::log::decode_envelope(stored);
  if (!record) {
    CHECK(!record.error().text.empty());
    return;
  }
  CHECK(!record->events.empty());
  CHECK(envelope);
  CHECK(envelope->chain == record->chain);
  CHECK_EQ(envelope->count, record->events.size());
  std::string again;
  const mnm::Hash chain = mnm::log::encode_record(
      {record->epoch, record->first, record->previous, record->events, record_salt(*record)},
      again);
  CHECK(chain == record->chain);
  CHECK(again == stored) << "one content, one encoding";
  (void)check_link({}, *record);  // either answer; it must have one
}

// Octets that a CRC fits, whatever they are.
std::string with_crc(std::string stored) {
  if (stored.size() < kHeaderBytes) return stored;
  const std::string_view whole = stored;
  const std::uint32_t crc =
      mnm::crc32c(whole.substr(kHeaderBytes), mnm::crc32c(whole.substr(0, kEnvelopeBytes)));
  for (std::size_t i = 0; i < 4; ++i) {
    stored[kEnvelopeBytes + i] = static_cast<char>(crc >> (24 - 8 * i));
  }
  return stored;
}

void check_slot(std::string_view input) {
  const auto slot = mnm::log::decode_slot(input);
  if (slot) CHECK(mnm::log::encode_slot(*slot) == input);
}

void check_wal(std::string_view input) {
  mnm::log::WalScan whole;
  whole.add_file("000001.log", input);
  mnm::log::WalScan halves;  // as two files
  halves.add_file("000001.log", input.substr(0, input.size() / 2));
  halves.add_file("000002.log", input.substr(input.size() / 2));
  CHECK_LE(whole.finding().offset, input.size());
  CHECK_LE(halves.finding().offset, input.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  check_record(std::string(input));
  check_record(with_crc(std::string(input)));
  check_slot(input);
  check_wal(input);
  return 0;
}
