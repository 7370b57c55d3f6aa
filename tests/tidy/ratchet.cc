#include "tidy/ratchet.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <sstream>
#include <utility>

namespace mnm::tidy {
namespace {

using Key = std::pair<std::string, std::string>;  // rule, subject
using Amounts = std::map<Key, std::size_t>;

// Lengths do not add up, occurrences do; what is named twice is still named once ("dead-path"
// counts its subject).
Amounts worst_of(const Findings& findings) {
  Amounts amounts;
  for (const Finding& finding : findings) {
    std::size_t& amount = amounts[{finding.rule, finding.subject}];
    if (finding.rule == "sleep" || finding.rule == "machine-path") {
      amount += finding.amount;
    } else {
      amount = std::max(amount, finding.amount);
    }
  }
  return amounts;
}

Amounts allowed_by(std::string_view ratchet, std::vector<std::string>& wrong) {
  Amounts allowed;
  for (const std::string_view line : lines_of(ratchet)) {
    if (line.empty() || line.front() == '#') continue;
    std::istringstream words{std::string(line)};
    std::string rule;
    std::string subject;
    std::size_t amount = 0;
    if (words >> rule >> subject >> amount) {
      allowed[{rule, subject}] = amount;
    } else {
      wrong.push_back(fmt::format("the ratchet's line '{}' is not 'RULE SUBJECT AMOUNT'", line));
    }
  }
  return allowed;
}

}  // namespace

std::vector<std::string> judge(const Findings& findings, std::string_view ratchet) {
  std::vector<std::string> wrong;
  const Amounts allowed = allowed_by(ratchet, wrong);
  const Amounts worst = worst_of(findings);
  for (const Finding& finding : findings) {
    const auto allowance = allowed.find({finding.rule, finding.subject});
    const std::size_t amount = worst.at({finding.rule, finding.subject});
    if (allowance != allowed.end() && amount <= allowance->second) continue;
    wrong.push_back(
        fmt::format("{}:{}: {} [{}]", finding.path, finding.line, finding.what, finding.rule));
  }
  for (const auto& [key, amount] : allowed) {
    const auto found = worst.find(key);
    const std::size_t needed = found == worst.end() ? 0 : found->second;
    if (needed >= amount) continue;
    wrong.push_back(
        fmt::format("{} {} got better ({} is allowed, {} is there): {} its line in the ratchet",
                    key.first, key.second, amount, needed, needed == 0 ? "delete" : "lower"));
  }
  return wrong;
}

}  // namespace mnm::tidy
