// as_text and as_json of the headline.
#include <fmt/format.h>

#include <boost/json.hpp>

#include "mnmbench/headline.h"

namespace mnm::bench {
namespace {

double mb(std::uint64_t bytes) { return static_cast<double>(bytes) / 1e6; }

}  // namespace

std::string as_text(const HeadlineLoad& load, const HeadlineFigures& figures) {
  const double seconds = std::max(figures.seconds, 1e-9);
  std::string out = fmt::format(
      "{} clients, groups of {}: {} cycles of 15 posts to two users and 2 to a group\n"
      "time        {:.1f} s\n"
      "posts       {} = {:.0f}/s\n"
      "deliveries  {} = {:.0f}/s, {:.0f} MB of bodies\n"
      "own time    {:.1f} s of processor\n",
      load.clients, load.group_size, figures.cycles, figures.seconds, figures.posts,
      static_cast<double>(figures.posts) / seconds, figures.deliveries,
      static_cast<double>(figures.deliveries) / seconds, mb(figures.delivered_bytes),
      figures.own_cpu_s);
  if (load.base.pid != 0) {
    out += fmt::format(
        "relay       {:.1f} s of processor, {:.0f} MB of RSS at most, {:.0f} MB "
        "written\n",
        figures.relay_cpu_s, mb(figures.rss_bytes_max), mb(figures.written_bytes));
  }
  if (!load.data.empty()) out += fmt::format("on disk     {:.1f} MB\n", mb(figures.data_bytes));
  for (const std::string& fault : figures.faults) out += "FAULT       " + fault + "\n";
  return out;
}

std::string as_json(const HeadlineLoad& load, const HeadlineFigures& figures) {
  boost::json::object out = {{"connect", load.base.address.text()},
                             {"clients", load.clients},
                             {"group_size", load.group_size},
                             {"seconds", figures.seconds},
                             {"cycles", figures.cycles},
                             {"posts", figures.posts},
                             {"deliveries", figures.deliveries},
                             {"delivered_bytes", figures.delivered_bytes},
                             {"own_cpu_s", figures.own_cpu_s}};
  if (load.base.pid != 0) {
    out["relay_cpu_s"] = figures.relay_cpu_s;
    out["relay_rss_bytes_max"] = figures.rss_bytes_max;
    out["relay_written_bytes"] = figures.written_bytes;
  }
  if (!load.data.empty()) out["data_bytes"] = figures.data_bytes;
  boost::json::array faults;
  for (const std::string& fault : figures.faults) faults.emplace_back(fault);
  out["faults"] = std::move(faults);
  return boost::json::serialize(out);
}

}  // namespace mnm::bench
