#include "common/progress.h"

#include <fmt/format.h>

#include <cstdio>

#include "common/terminal.h"

namespace mnm::tools {
namespace {

constexpr std::chrono::milliseconds kEvery{100};

}  // namespace

Progress::Progress(std::string unit, std::uint64_t first, std::uint64_t last)
    : on_(is_terminal(2)), unit_(std::move(unit)), first_(first), last_(last) {}

Progress::~Progress() {
  if (shown_) (void)std::fputs("\r\x1b[K", stderr);  // it was only ever for somebody watching
}

std::string Progress::line(std::uint64_t number, double seconds) const {
  std::string out = fmt::format("{} {} of {}", unit_, number, last_);
  if (number < first_ || number > last_ || seconds <= 0) return out;
  const auto done = static_cast<double>(number - first_ + 1);
  const auto all = static_cast<double>(last_ - first_ + 1);
  const auto left = static_cast<std::uint64_t>((all - done) * seconds / done);
  return out + fmt::format(", {:.0f} %, {:.2f} M/s, {}:{:02} left", 100 * done / all,
                           done / seconds / 1e6, left / 60, left % 60);
}

void Progress::show(std::uint64_t number) {
  const auto now = Clock::now();
  if (shown_ && now - shown_at_ < kEvery) return;
  shown_ = true;
  shown_at_ = now;
  const std::chrono::duration<double> taken = now - begin_;
  fmt::print(stderr, "\r\x1b[K{}", line(number, taken.count()));
}

}  // namespace mnm::tools
