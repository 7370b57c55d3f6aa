// as_text and as_json.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <boost/json.hpp>

#include "mnmbench/load.h"

namespace mnm::bench {
namespace {

double us(std::uint64_t ns) { return static_cast<double>(ns) / 1e3; }

std::string quantiles(const Histogram& histogram) {
  return fmt::format("p50 {:.0f} us, p99 {:.0f} us, p99.9 {:.0f} us, max {:.0f} us",
                     us(histogram.quantile_ns(0.5)), us(histogram.quantile_ns(0.99)),
                     us(histogram.quantile_ns(0.999)), us(histogram.max_ns()));
}

boost::json::object quantiles_json(const Histogram& histogram) {
  return {{"p50_us", us(histogram.quantile_ns(0.5))},
          {"p99_us", us(histogram.quantile_ns(0.99))},
          {"p999_us", us(histogram.quantile_ns(0.999))},
          {"max_us", us(histogram.max_ns())}};
}

std::size_t fanout_of(const Load& load) {
  return load.groups > 0 ? load.receivers / load.groups : load.fanout;
}

std::string heading(const Load& load) {
  return fmt::format("{} senders x {} in flight, {} octets, {} of {} receivers each{}, {}",
                     load.senders, load.window, fmt::join(load.sizes, ","), fanout_of(load),
                     load.receivers, load.groups > 0 ? " through a group" : "",
                     load.address.text());
}

}  // namespace

std::string as_text(const Load& load, const Figures& figures) {
  std::string out = heading(load) + "\n";
  if (figures.seconds > 0) {
    out += fmt::format("posts       {:.0f}/s\ndeliveries  {:.0f}/s\n", figures.posts_per_s(),
                       figures.deliveries_per_s());
    out += "ack         " + quantiles(figures.ack) + "\n";
    out += "delivery    " + quantiles(figures.delivery) + "\n";
    if (load.churn > 0) {
      out += fmt::format("logins      {:.0f}/s, {}\n",
                         static_cast<double>(figures.logins) / figures.seconds,
                         quantiles(figures.login));
    }
    out += fmt::format("own time    {:.1f} us a post\n", figures.own_cpu_us_per_post);
  }
  for (const auto& [thread, time] : figures.cpu_us_per_post) {
    out += fmt::format("relay time  {:.2f} us a post: {}\n", time, thread);
  }
  if (load.pid != 0) {
    out +=
        fmt::format("relay       {:.1f} MiB of RSS, {:.2f} octets written an octet posted\n",
                    static_cast<double>(figures.rss_bytes) / (1 << 20), figures.written_per_posted);
    if (load.idle > 0) {
      out += fmt::format("idle        {:.0f} octets of RSS a link\n", figures.rss_bytes_per_idle);
    }
  }
  for (const std::string& fault : figures.faults) out += "FAULT       " + fault + "\n";
  return out;
}

std::string as_json(const Load& load, const Figures& figures) {
  boost::json::object out = {{"connect", load.address.text()},
                             {"dialect", load.dialect == ops::Dialect::kTmtp ? "tmtp" : "mmtp"},
                             {"senders", load.senders},
                             {"receivers", load.receivers},
                             {"fanout", fanout_of(load)},
                             {"groups", load.groups},
                             {"sizes", boost::json::array(load.sizes.begin(), load.sizes.end())},
                             {"window", load.window},
                             {"idle", load.idle},
                             {"churn", load.churn},
                             {"absent", load.absent},
                             {"stuck", load.stuck},
                             {"posts", figures.posts},
                             {"deliveries", figures.deliveries},
                             {"seconds", figures.seconds},
                             {"posts_per_s", figures.posts_per_s()},
                             {"deliveries_per_s", figures.deliveries_per_s()},
                             {"ack", quantiles_json(figures.ack)},
                             {"delivery", quantiles_json(figures.delivery)},
                             {"own_cpu_us_per_post", figures.own_cpu_us_per_post}};
  if (load.churn > 0) {
    out["logins"] = figures.logins;
    out["login"] = quantiles_json(figures.login);
  }
  if (load.pid != 0) {
    boost::json::object threads;
    for (const auto& [thread, time] : figures.cpu_us_per_post) threads[thread] = time;
    out["relay_cpu_us_per_post"] = std::move(threads);
    out["relay_rss_bytes"] = figures.rss_bytes;
    out["rss_bytes_per_idle"] = figures.rss_bytes_per_idle;
    out["written_per_posted"] = figures.written_per_posted;
  }
  boost::json::array faults;
  for (const std::string& fault : figures.faults) faults.emplace_back(fault);
  out["faults"] = std::move(faults);
  return boost::json::serialize(out);
}

}  // namespace mnm::bench
