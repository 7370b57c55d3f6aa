// state/rows.h: a checkpoint of any rows is loaded or refused. What is loaded can be written down
// and loaded again, and is the same.
//
// The input: rows, each an octet for the size of its key, one for that of its value, and both.
#include "state/rows.h"

#include <glog/logging.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace {

using Rows = std::map<std::string, std::string>;

bool load(const Rows& rows, mnm::state::Views& views) {
  mnm::state::RowReader reader(views);
  for (const auto& [key, value] : rows) {
    if (!reader.add(key, value)) return false;
  }
  return reader.finish(mnm::Lsn(1'000'000)).has_value();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view input(reinterpret_cast<const char*>(data), size);
  Rows rows;
  while (input.size() >= 2) {
    const auto key = static_cast<std::uint8_t>(input[0]);
    const auto value = static_cast<std::uint8_t>(input[1]);
    input.remove_prefix(2);
    const std::string name(input.substr(0, key));
    input.remove_prefix(name.size());
    rows[name] = input.substr(0, value);
    input.remove_prefix(rows[name].size());
  }
  mnm::state::Views views;
  if (!load(rows, views)) return 0;
  Rows written;
  mnm::state::RowWriter(views, [&written](std::string_view key, std::string_view value) {
    written[std::string(key)] = value;
  }).write_for_digest();
  CHECK_GE(written.size(), 1U);
  return 0;
}
