// parse_sizes.
#include <fmt/format.h>

#include <charconv>

#include "mnmbench/load.h"

namespace mnm::bench {
namespace {

constexpr std::size_t kSizesMax = 1000;

bool read_number(std::string_view text, std::size_t& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

Result<std::vector<std::size_t>> parse_sizes(std::string_view text) {
  std::vector<std::size_t> sizes;
  for (std::string_view left = text; !left.empty() || sizes.empty();) {
    const std::size_t comma = left.find(',');
    const std::string_view entry = left.substr(0, comma);
    left = comma == std::string_view::npos ? std::string_view() : left.substr(comma + 1);
    const std::size_t times = entry.find('x');
    std::size_t size = 0;
    std::size_t count = 1;
    if (!read_number(entry.substr(0, times), size) ||
        (times != std::string_view::npos && !read_number(entry.substr(times + 1), count)) ||
        size < kBodyBytesMin || size > kBodyBytesMax || count < 1 ||
        count > kSizesMax - sizes.size()) {
      return fail(ErrorCode::kUsage,
                  fmt::format("--size: \"{}\" is no size: octets from {} to {}, or a mix such as "
                              "80x4,400x2,250000 of at most {}",
                              entry, kBodyBytesMin, kBodyBytesMax, kSizesMax));
    }
    sizes.insert(sizes.end(), count, size);
  }
  return sizes;
}

}  // namespace mnm::bench
