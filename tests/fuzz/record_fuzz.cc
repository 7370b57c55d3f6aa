// log/record.h, log/wal_scan.h, log/high_water.h: octets from a disk that may hold anything. A
// record that is accepted is one that could have been written; nothing reads beyond its end.
#include "log/record.h"

#include <glog/logging.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "log/high_water.h"
#include "log/wal_scan.h"

namespace {

void check_record(std::string_view input) {
  const auto record = mnm::log::decode_record(std::string(input));
  if (!record) return;
  CHECK(!record->events.empty());
  std::string again;
  const mnm::Hash chain = mnm::log::encode_record(
      {record->epoch, record->first, record->previous, record->events, record_salt(*record)},
      again);
  CHECK(chain == record->chain);
  CHECK(again == record->storage);
  (void)check_link({}, *record);  // either answer; it must have one
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
  check_record(input);
  check_slot(input);
  check_wal(input);
  return 0;
}
