#include "mnmbench/pairs.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

#include "mnmbench/floor.h"

namespace mnm::bench {
namespace {

struct Bracket {
  double median = 0;
  double least = 0;
  double most = 0;
  [[nodiscard]] std::string text(int digits) const {
    return fmt::format("{:.{}f} [{:.{}f}-{:.{}f}]", median, digits, least, digits, most, digits);
  }
  [[nodiscard]] boost::json::array json() const { return {least, median, most}; }
};

template <class Measure>
Bracket bracket(const std::vector<Pair>& pairs, Measure measure) {
  std::vector<double> values;
  values.reserve(pairs.size());
  for (const Pair& pair : pairs) values.push_back(measure(pair));
  std::ranges::sort(values);
  const std::size_t half = values.size() / 2;
  const double median =
      values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
  return {median, values.front(), values.back()};
}

double us(std::uint64_t ns) { return static_cast<double>(ns) / 1e3; }

}  // namespace

Result<std::vector<Pair>> run_pairs(const Load& load, std::size_t count,
                                    const std::string& directory) {
  std::vector<Pair> pairs;
  for (std::size_t i = 0; i < count; ++i) {
    Pair& pair = pairs.emplace_back();
    {
      auto floor = FloorProcess::start(load.address, directory);
      if (!floor) return fail(floor.error());
      Load on_floor = load;
      on_floor.address = floor->address();
      on_floor.pid = floor->pid();
      on_floor.idle = 0;
      auto figures = run_load(on_floor);
      if (!figures) return fail(figures.error());
      pair.floor = std::move(*figures);
    }
    auto figures = run_load(load);
    if (!figures) return fail(figures.error());
    pair.relay = std::move(*figures);
    if (!pair.floor.faults.empty() || !pair.relay.faults.empty()) break;
  }
  return pairs;
}

std::string as_text(const Load& load, const std::vector<Pair>& pairs) {
  std::string out;
  const auto line = [&out](const char* what, const Bracket& value, int digits) {
    out += fmt::format("{:26}{}\n", what, value.text(digits));
  };
  line("posts/s, ratio", bracket(pairs, [](const Pair& p) { return p.posts_ratio(); }), 2);
  line("ack p50, ratio", bracket(pairs, [](const Pair& p) { return p.ack_ratio(); }), 2);
  line("relay posts/s", bracket(pairs, [](const Pair& p) { return p.relay.posts_per_s(); }), 0);
  line("floor posts/s", bracket(pairs, [](const Pair& p) { return p.floor.posts_per_s(); }), 0);
  const auto ack = [](const Figures& figures) { return us(figures.ack.quantile_ns(0.5)); };
  line("relay ack p50, us", bracket(pairs, [&](const Pair& p) { return ack(p.relay); }), 0);
  line("floor ack p50, us", bracket(pairs, [&](const Pair& p) { return ack(p.floor); }), 0);
  return out + "the last run on the relay:\n" + as_text(load, pairs.back().relay);
}

std::string as_json(const Load& load, const std::vector<Pair>& pairs) {
  boost::json::array runs;
  for (const Pair& pair : pairs) {
    runs.push_back(boost::json::object{{"floor", boost::json::parse(as_json(load, pair.floor))},
                                       {"relay", boost::json::parse(as_json(load, pair.relay))}});
  }
  const boost::json::object out = {
      {"posts_ratio", bracket(pairs, [](const Pair& p) { return p.posts_ratio(); }).json()},
      {"ack_p50_ratio", bracket(pairs, [](const Pair& p) { return p.ack_ratio(); }).json()},
      {"pairs", std::move(runs)}};
  return boost::json::serialize(out);
}

}  // namespace mnm::bench
