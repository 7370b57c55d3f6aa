// Runs a program and hands its output on as it comes: no more of it is in memory than one piece,
// and when nobody takes that, the program waits.
//
// It has a directory of its own for what it needs on disk (TMPDIR), which goes with it: so it can
// be ended at once, and leaves nothing behind. Only for programs that write nothing else.
//
// Any thread; blocks. What always holds: the program is gone when run_child() returns. SIGCHLD must
// not be ignored.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace mnm::console {

inline constexpr std::size_t kPieceBytes = std::size_t{64} << 10;
// Of what it says on its standard error; the rest is dropped.
inline constexpr std::size_t kWordsBytesMax = std::size_t{4} << 10;
// Beside a relay, which goes first.
inline constexpr int kChildNice = 5;

struct Child {
  std::string program;  // a path
  std::vector<std::string> arguments;
  std::chrono::steady_clock::time_point until;  // ended then
  int watched = -1;                             // and when the peer of this socket is gone
};

enum class ChildEnd : std::uint8_t {
  kExited,   // by itself, or by a signal that wasn't ours
  kTooLong,  // we ended it: its time was over
  kUnheard,  // we ended it: nobody wants the rest
};

struct ChildOutcome {
  ChildEnd end = ChildEnd::kExited;
  int code = 0;       // kExited: its exit code, or 128 + the signal's number
  std::string words;  // its standard error
};

// `take` returns false when it wants no more. kUnavailable: it can't be started, or how it ended
// isn't known.
[[nodiscard]] Result<ChildOutcome> run_child(const Child& child,
                                             const std::function<bool(std::string_view)>& take);

}  // namespace mnm::console
