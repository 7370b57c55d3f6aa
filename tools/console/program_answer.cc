#include "console/program_answer.h"

#include "common/json.h"
#include "console/child.h"
#include "console/sending.h"

namespace mnm::console {
namespace {

using net::problem;
using std::chrono::steady_clock;

constexpr int kBySignal = 128;

// mnmlog's words: "mnmlog: TEXT".
std::string_view words_of(const ChildOutcome& outcome) {
  constexpr std::string_view kPrefix = "mnmlog: ";
  std::string_view words = outcome.words;
  if (words.starts_with(kPrefix)) words.remove_prefix(kPrefix.size());
  while (words.ends_with('\n')) words.remove_suffix(1);
  return words.empty() ? "mnmlog ended without a word" : words;
}

net::HttpReply refusal(const ChildOutcome& outcome) {
  if (outcome.end == ChildEnd::kTooLong) return problem(504, "it took too long: ask for less");
  return problem(status_of(static_cast<ErrorCode>(outcome.code)), words_of(outcome));
}

std::string last_line(const ChildOutcome& outcome) {
  std::string line;
  tools::JsonWriter(line).begin_object().text("error", words_of(outcome)).end_object();
  return line += '\n';
}

void end(const Asked& asked, const ChildOutcome& outcome, Chunks& chunks) {
  // An exit code of 1 without a word: nothing was found, which is an answer.
  const bool nothing = outcome.code == exit_code(ErrorCode::kNegative) && outcome.words.empty();
  const bool exited = outcome.end == ChildEnd::kExited && outcome.code < kBySignal;
  if (exited && (outcome.code == 0 || nothing)) return chunks.end();
  if (!chunks.begun()) {
    return say(asked.fd, refusal(outcome), steady_clock::now() + asked.send_within);
  }
  if (!exited) return;
  if (asked.question.judges) return chunks.end();
  if (asked.question.type == kJsonLines && chunks.add(last_line(outcome))) chunks.end();
}

}  // namespace

int status_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::kNegative:
      return 404;
    case ErrorCode::kUsage:
      return 400;
    case ErrorCode::kUnavailable:
      return 503;
    default:
      return 500;
  }
}

void answer_by_program(const Asked& asked) {
  const Time until = steady_clock::now() + asked.question.within;
  Chunks chunks(asked.fd, {.type = asked.question.type,
                           .fields = asked.question.fields,
                           .head_only = asked.head_only,
                           .within = asked.send_within,
                           .until = until});
  const Result<ChildOutcome> outcome =
      run_child({.program = asked.program,
                 .arguments = asked.question.arguments,
                 .until = until,
                 .watched = asked.fd},
                [&chunks](std::string_view piece) { return chunks.add(piece); });
  if (!outcome) {
    asked.heard(outcome.error().text);
    if (chunks.begun()) return;
    return say(asked.fd, problem(503, outcome.error().text),
               steady_clock::now() + asked.send_within);
  }
  if (!outcome->words.empty()) asked.heard(words_of(*outcome));
  if (chunks.too_long()) asked.heard("an answer was cut: it is too long for a page");
  if (chunks.begun() && steady_clock::now() >= until) {
    asked.heard("an answer was cut: its time was over");
  }
  if (outcome->end != ChildEnd::kUnheard) end(asked, *outcome, chunks);
}

}  // namespace mnm::console
