// The table of all options: the one place where an option is added. Flags, keys, variables, --help,
// defaults and `mnmd config show` follow from it.
//
// Read-only once made; any thread.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/config.h"

namespace mnm::daemon {

struct Option {
  // One value; more for an option that repeats.
  using Values = std::vector<std::string>;

  const char* name;        // of the flag, without dashes
  const char* value_name;  // empty for a switch
  const char* help;        // with the default in brackets where default_text() doesn't say it
  std::function<Result<>(Config&, const Values&)> apply;  // kUsage for a value that can't be
  std::function<Values(const Config&)> show;              // what apply() would take
  bool is_text = true;                                    // quoted in TOML
  bool repeats = false;
  bool may_be_empty = false;  // a list of none means something

  [[nodiscard]] std::string key() const;       // of the file
  [[nodiscard]] std::string variable() const;  // of the environment
  // Empty when there is none to tell.
  [[nodiscard]] std::string default_text() const;
};

[[nodiscard]] const std::vector<Option>& options();

// ", did you mean X?" with the candidate that is most like `word`; empty when none is.
[[nodiscard]] std::string suggestion(std::string_view word,
                                     const std::vector<std::string>& candidates);

}  // namespace mnm::daemon
