// A load, and what came of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "mnmbench/histogram.h"
#include "net/server_address.h"
#include "ops/command.h"

namespace mnm::bench {

inline constexpr std::size_t kBodyBytesMin = 24;  // sender, number, time
inline constexpr std::size_t kBodyBytesMax = std::size_t{16} << 20;

struct Load {
  net::ListenAddress address;
  ops::Dialect dialect = ops::Dialect::kMmtp;
  std::size_t senders = 8;
  std::size_t receivers = 8;
  std::size_t fanout = 2;  // recipients of a post
  // Posts go to this many groups instead, in rotation, among which the receivers are dealt evenly.
  std::size_t groups = 0;
  std::vector<std::size_t> sizes = {1024};  // octets of the bodies, in rotation
  std::size_t window = 16;                  // posts of a sender that are not answered
  std::size_t idle = 0;                     // more users, connected and silent
  std::size_t churn = 0;                    // more users, who log in and out all the time
  // More members of every group: logged out, and connected without taking anything.
  std::size_t absent = 0;
  std::size_t stuck = 0;
  double warm_up_s = 1;
  double seconds = 5;
  int pid = 0;  // of the relay, on this machine: its processor time, memory and writes; 0: unknown
};

// "1024", or a mix: "80x4,400x2,250000" is four bodies of 80 octets, two of 400 and one of 250,000.
// kUsage when it isn't one, or a size is out of bounds.
[[nodiscard]] Result<std::vector<std::size_t>> parse_sizes(std::string_view text);

// What a process has used, from /proc. Zeros when it can't be read.
struct Usage {
  std::map<std::string, double> cpu_s;  // by the name of the thread
  std::uint64_t rss_bytes = 0;
  std::uint64_t written_bytes = 0;  // to storage
};
[[nodiscard]] Usage usage_of(int pid);
// Processor time of this process so far.
[[nodiscard]] double own_cpu_s();

struct Figures {
  double seconds = 0;  // measured
  std::uint64_t posts = 0;
  std::uint64_t deliveries = 0;
  std::uint64_t logins = 0;      // of those who come and go
  std::uint64_t body_bytes = 0;  // of the posts
  Histogram ack;                 // post to ack
  Histogram delivery;            // post to delivery
  Histogram login;               // connecting to being logged in
  std::map<std::string, double> cpu_us_per_post;
  double own_cpu_us_per_post = 0;
  double written_per_posted = 0;  // octets to storage by octet of bodies
  std::uint64_t rss_bytes = 0;    // at the end
  double rss_bytes_per_idle = 0;
  std::vector<std::string> faults;  // what must not be: lost, repeated, out of order, damaged

  [[nodiscard]] double posts_per_s() const {
    return seconds > 0 ? static_cast<double>(posts) / seconds : 0;
  }
  [[nodiscard]] double deliveries_per_s() const {
    return seconds > 0 ? static_cast<double>(deliveries) / seconds : 0;
  }
};

// Registers the users, runs the load and waits until every post has arrived everywhere. Bounded in
// time. kUnavailable when it can't connect or register; what goes wrong later is a fault.
[[nodiscard]] Result<Figures> run_load(const Load& load);

// For people, and as one JSON object on one line.
[[nodiscard]] std::string as_text(const Load& load, const Figures& figures);
[[nodiscard]] std::string as_json(const Load& load, const Figures& figures);

}  // namespace mnm::bench
