// Errors of storage and system, as values. Three kinds of failure are never mixed: a rejection is
// the client's fault (ops/decision.h), an Error is the system's, a CHECK is ours.
//
// Any layer, any thread.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace mnm {

// What went wrong, to branch on. The values are the exit codes of all programs (see exit_code):
// add, don't renumber.
enum class ErrorCode {
  kNegative = 1,       // the answer is no: not found, differs
  kUsage = 2,          // the caller asked for something that can't be
  kCorruption = 3,     // bytes on disk are damaged, or acked events are missing
  kTampering = 4,      // the bytes are whole, but the hash chain or a signature doesn't hold
  kUnavailable = 5,    // in use, can't open, can't connect, input or output failed
  kDenied = 6,         // permission
  kUnknownFormat = 7,  // written by a newer or foreign program
  kInterrupted = 8,    // by a signal
};

struct [[nodiscard]] Error {
  ErrorCode code = ErrorCode::kUnavailable;
  std::string text;  // for people: what, which, expected, found, and what to do about it
};

template <class T = void>
using Result = tl::expected<T, Error>;

[[nodiscard]] inline tl::unexpected<Error> fail(ErrorCode code, std::string text) {
  return tl::unexpected<Error>(Error{code, std::move(text)});
}
[[nodiscard]] inline tl::unexpected<Error> fail(Error error) {
  return tl::unexpected<Error>(std::move(error));
}

// kUnavailable with `what` and the text of errno value `error_number`.
[[nodiscard]] Error system_error(std::string what, int error_number);

[[nodiscard]] constexpr int exit_code(ErrorCode code) { return static_cast<int>(code); }

}  // namespace mnm
