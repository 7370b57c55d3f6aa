// log/signed_head.h: a line is a head only if the head is that line; the same of keys.
#include <glog/logging.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "log/signed_head.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view left(reinterpret_cast<const char*>(data), size);
  std::optional<mnm::log::Head> before;
  while (!left.empty()) {
    const std::string_view line = left.substr(0, left.find('\n'));
    left.remove_prefix(std::min(line.size() + 1, left.size()));
    if (const auto head = mnm::log::parse_head(line)) {
      CHECK(head->line() == std::string(line) + "\n");
      CHECK_LE(line.size(), mnm::log::kHeadLineBytesMax);
      const auto follows = mnm::log::check_succession(before, head->head);
      CHECK(follows || !follows.error().text.empty());
      before = head->head;
    }
    if (const auto key = mnm::log::parse_key(line)) {
      CHECK(mnm::log::key_line(*key).starts_with("mnm-heads-key 1 "));
      CHECK(mnm::log::parse_key(mnm::log::key_line(*key)) == key);
    }
  }
  return 0;
}
