#include "mnmlog/pattern.h"

#include <fmt/format.h>

#include <boost/regex.hpp>

namespace mnm::mnmlog {

struct Pattern::Compiled {
  boost::regex expression;
};

Result<Pattern> Pattern::make(const std::string& text) {
  Pattern pattern;
  try {
    pattern.compiled_ = std::make_shared<const Compiled>(Compiled{boost::regex(text)});
  } catch (const boost::regex_error& error) {
    return fail(ErrorCode::kUsage, fmt::format("not a regular expression: {}", error.what()));
  }
  return pattern;
}

bool Pattern::matches(std::string_view text) const {
  return boost::regex_search(text.begin(), text.end(), compiled_->expression);
}

}  // namespace mnm::mnmlog
