// What the load tool and the floor need to know of a frame, read with as little work as possible: a
// generator that is slower than the relay measures itself.
//
// Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mnm::bench {

// Views into the header; those of texts with escapes, which neither side of a load sends, would not
// be valid, so the one text that is for people is a copy.
struct FrameView {
  std::string_view op;          // of what a relay says
  std::uint64_t op_number = 0;  // of what a client says
  std::string_view id;
  std::string_view from;
  std::string_view uid;
  std::string_view node;  // its password
  std::string_view gid;
  std::string problem;  // error, or the info of a quit
  std::uint64_t data_bytes = 0;
  std::vector<std::string_view> targets;  // ids of `for`

  [[nodiscard]] bool wants_ack() const { return !from.empty() && !id.empty() && op != "ack"; }
};

// False when it isn't one JSON object with an op. `frame` keeps its memory.
[[nodiscard]] bool read_frame(std::string_view header, FrameView& frame);

}  // namespace mnm::bench
