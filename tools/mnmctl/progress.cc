#include "mnmctl/progress.h"

#include <fmt/format.h>

#include <cstdio>

#include "common/duration.h"
#include "common/terminal.h"

namespace mnm::mnmctl {
namespace {

constexpr std::chrono::milliseconds kEvery{200};

}  // namespace

ProgressLine::ProgressLine(std::string what) : what_(std::move(what)), on_(tools::is_terminal(2)) {}

ProgressLine::~ProgressLine() {
  if (shown_) (void)std::fputs("\r\x1b[K", stderr);  // it was only ever for somebody watching
}

void ProgressLine::at(std::uint64_t done, std::uint64_t all) {
  const auto now = Clock::now();
  if (!on_ || now < shown_at_ + kEvery) return;
  shown_ = true;
  shown_at_ = now;
  std::string left;
  if (done > 0 && done < all) {
    const auto taken = std::chrono::duration_cast<std::chrono::nanoseconds>(now - begun_).count();
    const double rest = static_cast<double>(all - done) / static_cast<double>(done);
    left = ", " +
           tools::format_duration(static_cast<std::uint64_t>(static_cast<double>(taken) * rest)) +
           " left";
  }
  fmt::print(stderr, "\r\x1b[K{}: {} of {}{}", what_, tools::format_bytes(done),
             tools::format_bytes(all), left);
}

}  // namespace mnm::mnmctl
