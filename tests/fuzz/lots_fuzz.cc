// log/lot_rows.h: the rows of lots and purge notes are read or refused. What is read can be written
// again, and is the same: messages and purges in ascending order, each once.
//
// The input: an octet, odd for a purge note; then, of a lot, eight for its first LSN; then the row.
#include "log/lot_rows.h"

#include <glog/logging.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/codec.h"

namespace {

using mnm::Lsn;

void try_note(std::string_view row) {
  const auto ids = mnm::log::decode_note(row);
  if (!ids) return;
  CHECK(!ids->empty() && std::ranges::is_sorted(*ids, std::ranges::less_equal{}));
  CHECK(mnm::log::decode_note(mnm::log::encode_note(*ids)).value() == *ids);
}

void try_lot(Lsn first, std::string_view row) {
  const auto messages = mnm::log::decode_lot(first, row);
  if (!messages) return;
  std::vector<mnm::log::MessagePut> puts;
  std::string rows;
  for (const auto& [id, octets] : *messages) {
    CHECK(puts.empty() ? id == first : id > puts.back().id);
    puts.push_back({id, octets, "", {}});
    rows += octets;
  }
  CHECK(!puts.empty());
  const std::string again = mnm::log::encode_lot_index(puts) + rows;
  CHECK(mnm::log::decode_lot(first, again).value() == *messages);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  mnm::Decoder in(std::string_view(reinterpret_cast<const char*>(data), size));
  const bool note = in.byte() % 2 == 1;
  const Lsn first(note ? 0 : in.fixed64_be());
  if (!in.ok()) return 0;
  const std::string_view row = in.raw(in.left());
  note ? try_note(row) : try_lot(first, row);
  return 0;
}
