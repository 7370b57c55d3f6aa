#include "daemon/metrics.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <boost/json.hpp>
#include <cctype>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <limits>
#include <utility>
#include <vector>

#include "base/text.h"
#include "log/disk_space.h"
#include "state/views.h"

namespace mnm::daemon {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using Labels = std::vector<std::pair<std::string, std::string>>;

constexpr double kMicro = 1e-6;
constexpr double kMilli = 1e-3;
constexpr std::array<std::string_view, EventFigures::kTransports> kTransportNames = {
    "relay", "tcp", "tls", "unix", "embedded", "admin", "http", "ws", "https", "wss"};

// What the engine says of the views, between two turns.
struct Seen {
  std::size_t users = 0;
  std::size_t nodes = 0;
  std::size_t groups = 0;
  std::size_t messages = 0;
  std::uint64_t applied = 0;
};

// A scrape as it is put together.
class Scrape {
 public:
  void gauge(const char* name, const char* help, double value, const Labels& labels = {}) {
    add(name, help, MetricType::Gauge, labels).gauge.value = value;
  }
  void counter(const char* name, const char* help, double value, const Labels& labels = {}) {
    add(name, help, MetricType::Counter, labels).counter.value = value;
  }
  template <std::size_t kBounds>
  void histogram(const char* name, const char* help, const Histogram<kBounds>& of, double unit) {
    ClientMetric::Histogram& out = add(name, help, MetricType::Histogram, {}).histogram;
    for (std::size_t i = 0; i < kBounds; ++i) {
      out.sample_count += of.count(i);
      out.bucket.push_back({out.sample_count, static_cast<double>(of.bound(i)) * unit});
    }
    out.sample_count += of.count(kBounds);
    out.bucket.push_back({out.sample_count, std::numeric_limits<double>::infinity()});
    out.sample_sum = static_cast<double>(of.sum()) * unit;
  }
  [[nodiscard]] std::string text() const {
    return prometheus::TextSerializer().Serialize(families_);
  }

 private:
  // Metrics of one name come one after the other.
  ClientMetric& add(const char* name, const char* help, MetricType type, const Labels& labels) {
    if (families_.empty() || families_.back().name != name) {
      families_.push_back({name, help, type, {}});
    }
    ClientMetric& metric = families_.back().metric.emplace_back();
    for (const auto& [label, value] : labels) metric.label.push_back({label, value});
    return metric;
  }

  std::vector<MetricFamily> families_;
};

std::string fact_name(std::size_t number) {
  const auto* field = event::Event::descriptor()->FindFieldByNumber(static_cast<int>(number));
  return field == nullptr ? "other" : field->name();
}

void add_events(const EventFigures& events, Scrape& out) {
  for (std::size_t i = 0; i < events.facts.size(); ++i) {
    const std::uint64_t count = events.facts[i].get();
    if (count == 0 && i != event::Event::kStored) continue;
    out.counter("mnm_events_total", "Events since the start, by kind", static_cast<double>(count),
                {{"op", fact_name(i)}});
  }
  for (std::size_t i = 1; i < events.refused.size(); ++i) {
    out.counter("mnm_refused_total", "Requests refused, as far as they are logged, by op",
                static_cast<double>(events.refused[i].get()),
                {{"op", ascii_lower(event::Op_Name(static_cast<event::Op>(i)))}});
  }
  for (std::size_t i = 1; i < events.sessions.size(); ++i) {
    out.gauge("mnm_sessions", "Sessions that are logged in, by transport",
              static_cast<double>(events.sessions[i].get()),
              {{"transport", std::string(kTransportNames.at(i))}});
  }
  for (std::size_t i = 0; i < events.ended.size(); ++i) {
    out.counter("mnm_session_closed_total", "Sessions that ended, by why",
                static_cast<double>(events.ended[i].get()),
                {{"reason", std::string(EventFigures::kEnds[i])}});
  }
  out.histogram("mnm_delivery_latency_seconds", "From a message stored to a copy of it acked",
                events.waited_ms, kMilli);
}

// The names that Prometheus's own clients use.
void add_process(Scrape& out) {
  rusage usage{};
  if (::getrusage(RUSAGE_SELF, &usage) == 0) {
    const auto seconds = [](const timeval& time) {
      return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * kMicro;
    };
    out.counter("process_cpu_seconds_total", "User and system time",
                seconds(usage.ru_utime) + seconds(usage.ru_stime));
  }
  std::uint64_t pages = 0;
  std::uint64_t resident = 0;
  if (std::ifstream file("/proc/self/statm"); file >> pages >> resident) {
    out.gauge("process_resident_memory_bytes", "Resident memory",
              static_cast<double>(resident) * static_cast<double>(::sysconf(_SC_PAGESIZE)));
  }
  std::error_code error;
  const std::filesystem::directory_iterator files("/proc/self/fd", error);
  if (!error) {
    out.gauge("process_open_fds", "Open file descriptors",
              static_cast<double>(std::distance(files, std::filesystem::directory_iterator())));
  }
}

std::string scrape(const WatchPorts& ports, const Seen& seen, double start_time) {
  Scrape out;
  out.gauge("mnm_build_info", "1; the version is in the label", 1, {{"version", ports.version}});
  out.gauge("process_start_time_seconds", "When the relay started, UTC", start_time);
  out.gauge("mnm_log_lsn", "The last event decided", static_cast<double>(seen.applied));
  const double durable = static_cast<double>(ports.log.durable().lsn.value());
  out.gauge("mnm_log_durable_lsn", "The last event on the disk", durable);
  out.histogram("mnm_wal_fsync_duration_seconds", "An append to the log, its sync included",
                ports.log.figures().append_us, kMicro);
  out.histogram("mnm_commit_batch_events", "Events that share one sync",
                ports.log.figures().batch_events, 1);
  out.gauge("mnm_view_lag_events", "How far the projector is behind the log",
            durable - static_cast<double>(ports.events.applied.get()), {{"view", "projector"}});
  out.gauge("mnm_queued_messages", "Messages that wait for an ack",
            static_cast<double>(seen.messages));
  out.gauge("mnm_users", "Accounts", static_cast<double>(seen.users));
  out.gauge("mnm_nodes", "Nodes that ever were", static_cast<double>(seen.nodes));
  out.gauge("mnm_groups", "Groups", static_cast<double>(seen.groups));
  out.gauge("mnm_links", "Open links, and sessions over HTTP", static_cast<double>(ports.links()));
  out.gauge("mnm_disk_low", "1 while nothing new is stored for want of room",
            ports.disk_low() ? 1 : 0);
  if (const auto free = log::free_bytes(ports.data)) {
    out.gauge("mnm_disk_free_bytes", "Free on the data's disk", static_cast<double>(*free));
  }
  std::error_code error;
  const auto reserve = std::filesystem::file_size(ports.data + "/reserve", error);
  out.gauge("mnm_disk_reserve_bytes", "Kept back for a full disk",
            error ? 0 : static_cast<double>(reserve));
  add_events(ports.events, out);
  add_process(out);
  return out.text();
}

Seen see(const state::Views& views) {
  return {.users = views.next_user().value() - std::size_t{1},
          .nodes = views.next_node().value() - std::size_t{1},
          .groups = views.next_group().value() - std::size_t{1},
          .messages = views.message_count(),
          .applied = views.applied().value()};
}

// Asks the engine, and answers when it does; when it never does, `respond` is let go of.
void with_engine(ops::Inbox& inbox, const net::HttpRespond& respond,
                 const std::function<void(const Seen&, const net::HttpRespond&)>& answer) {
  ops::Request request;
  request.command =
      ops::Inspect{[respond, answer](const state::Views& views) { answer(see(views), respond); }};
  (void)inbox.offer(std::move(request));  // closed: `respond` goes with the request
}

net::HttpReply json(std::string body) {
  return {.status = 200, .type = "application/json", .body = std::move(body), .fields = {}};
}

double utc_now() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace

net::HttpPages watch_pages(const WatchPorts& ports, bool metrics) {
  net::HttpPages pages;
  pages.exact["/livez"] = [](std::string_view, const net::HttpRespond& respond) {
    respond(json("{\"status\":\"live\"}\n"));
  };
  pages.exact["/readyz"] = [ports](std::string_view, const net::HttpRespond& respond) {
    with_engine(ports.inbox, respond, [](const Seen&, const net::HttpRespond& say) {
      say(json("{\"status\":\"ready\"}\n"));
    });
  };
  if (!metrics) return pages;
  const double start_time = utc_now();
  pages.exact["/metrics"] = [ports, start_time](std::string_view, const net::HttpRespond& respond) {
    with_engine(ports.inbox, respond,
                [ports, start_time](const Seen& seen, const net::HttpRespond& say) {
                  ports.pool.submit([ports, start_time, seen, say] {
                    say({.status = 200,
                         .type = "text/plain; version=0.0.4; charset=utf-8",
                         .body = scrape(ports, seen, start_time),
                         .fields = {}});
                  });
                });
  };
  return pages;
}

AdminCommand metrics_command(const WatchPorts& ports, AdminEngine& engine) {
  return [ports, &engine,
          start_time = utc_now()](const boost::json::object&) -> Result<boost::json::object> {
    const Result<Seen> seen = engine.look([](const state::Views& views) { return see(views); });
    if (!seen) return fail(seen.error());
    return boost::json::object{{"metrics", scrape(ports, *seen, start_time)}};
  };
}

}  // namespace mnm::daemon
