// A question answered by the program that a request stands for: its output goes out as it comes,
// and how it ended decides how the answer ends.
//
// Each link's thread; blocks.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>

#include "console/question.h"

namespace mnm::console {

struct Asked {
  const Question& question;
  const std::string& program;
  int fd = -1;  // who asks
  bool head_only = false;
  std::chrono::milliseconds send_within;                     // each piece
  const std::function<void(std::string_view words)>& heard;  // what it says on its standard error
};

// What the asker gets:
//   nothing yet said, and an error      a problem with the program's words
//   a verdict, whatever its exit code   all of it
//   lines, and then an error            all of it, and a last line {"error":WORDS}
//   a signal, no time left, too long    an answer that is visibly cut
void answer_by_program(const Asked& asked);

[[nodiscard]] int status_of(ErrorCode code);

}  // namespace mnm::console
