// A regular expression (Perl's syntax), for --grep and --where. Any thread; constant.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"

namespace mnm::mnmlog {

class Pattern {
 public:
  // kUsage when it isn't one.
  [[nodiscard]] static Result<Pattern> make(const std::string& text);
  // Anywhere in `text`. Throws when that takes more than any sensible expression would.
  [[nodiscard]] bool matches(std::string_view text) const;

 private:
  struct Compiled;
  std::shared_ptr<const Compiled> compiled_;
};

}  // namespace mnm::mnmlog
