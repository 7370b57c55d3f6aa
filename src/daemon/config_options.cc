#include "daemon/config_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <limits>
#include <numeric>
#include <span>
#include <utility>

#include "base/text.h"
#include "daemon/units.h"
#include "state/objects.h"

namespace mnm::daemon {
namespace {

using Values = Option::Values;

// How a kind of option is read and shown. Built from a function that finds the field.
struct Kind {
  std::function<Result<>(Config&, const Values&)> apply;
  std::function<Values(const Config&)> show;
  bool is_text = true;
};

// `parse` gives a Result of the field's type, `print` a text that parse takes.
template <class Find, class Parse, class Print>
Kind kind_of(Find find, Parse parse, Print print, bool is_text) {
  const auto apply = [find, parse](Config& config, const Values& values) -> Result<> {
    auto value = parse(values.back());
    if (!value) return fail(value.error());
    find(config) = std::move(*value);
    return {};
  };
  const auto show = [find, print](const Config& config) {
    Config copy = config;  // the finder wants one that may be changed
    return Values{print(find(copy))};
  };
  return {apply, show, is_text};
}

template <class Find>
Kind text(Find find) {
  const auto same = [](const std::string& value) { return value; };
  const auto parse = [](const std::string& value) -> Result<std::string> { return value; };
  return kind_of(find, parse, same, true);
}

// Whole numbers; by default all that the type holds twice over.
template <class Find>
Kind count(Find find, std::uint64_t min = 0, std::uint64_t max = 0) {
  using Number = std::remove_reference_t<decltype(find(std::declval<Config&>()))>;
  if (max == 0) max = std::numeric_limits<Number>::max() / 2;
  const auto parse = [min, max](const std::string& value) -> Result<Number> {
    const auto number = parse_count(value, min, max);
    if (!number) return fail(number.error());
    return static_cast<Number>(*number);
  };
  return kind_of(
      find, parse, [](Number value) { return std::to_string(value); }, false);
}

template <class Find>
Kind bytes(Find find, std::uint64_t max = std::numeric_limits<std::uint64_t>::max()) {
  const auto parse = [max](const std::string& value) -> Result<std::uint64_t> {
    const auto parsed = parse_bytes(value);
    if (!parsed || *parsed <= max) return parsed;
    return fail(ErrorCode::kUsage, fmt::format("'{}' is more than {}", value, format_bytes(max)));
  };
  return kind_of(find, parse, format_bytes, true);
}

// A size kept as whole KiB, rounded up.
template <class Find>
Kind kib(Find find) {
  constexpr std::uint64_t kBytes = 1024;
  constexpr std::uint64_t kKibMax = std::numeric_limits<std::uint32_t>::max() / 2;
  const auto parse = [](const std::string& value) -> Result<std::uint32_t> {
    const auto parsed = parse_bytes(value);
    if (!parsed) return fail(parsed.error());
    const std::uint64_t count = *parsed / kBytes + (*parsed % kBytes != 0 ? 1 : 0);
    if (count <= kKibMax) return static_cast<std::uint32_t>(count);
    return fail(ErrorCode::kUsage,
                fmt::format("'{}' is more than {}", value, format_bytes(kKibMax * kBytes)));
  };
  return kind_of(
      find, parse, [](std::uint32_t value) { return format_bytes(value * kBytes); }, true);
}

template <class Find>
Kind duration(Find find, std::chrono::milliseconds min = {}) {
  using Field = std::remove_reference_t<decltype(find(std::declval<Config&>()))>;
  const auto parse = [min](const std::string& value) -> Result<Field> {
    const auto parsed = parse_duration(value);
    if (!parsed) return fail(parsed.error());
    if (*parsed >= min) return std::chrono::duration_cast<Field>(*parsed);
    return fail(ErrorCode::kUsage,
                fmt::format("'{}' is too short: it is at least {}", value, format_duration(min)));
  };
  return kind_of(find, parse, format_duration, true);
}

// A duration kept as whole hours, rounded up.
template <class Find>
Kind hours(Find find) {
  const auto parse = [](const std::string& value) -> Result<std::uint64_t> {
    const auto parsed = parse_duration(value);
    if (!parsed) return fail(parsed.error());
    return static_cast<std::uint64_t>(std::chrono::ceil<std::chrono::hours>(*parsed).count());
  };
  const auto print = [](std::uint64_t value) {
    return format_duration(std::chrono::hours(static_cast<std::int64_t>(value)));
  };
  return kind_of(find, parse, print, true);
}

template <class Find>
Kind flag(Find find) {
  const auto parse = [](const std::string& value) -> Result<bool> {
    if (value == "true" || value == "false") return value == "true";
    return fail(ErrorCode::kUsage, fmt::format("'{}' is neither true nor false", value));
  };
  return kind_of(
      find, parse, [](bool value) { return std::string(value ? "true" : "false"); }, false);
}

template <class Find>
Kind one_of(std::span<const std::string_view> words, Find find) {
  const auto parse = [words](const std::string& value) -> Result<std::string> {
    if (std::ranges::find(words, value) != words.end()) return value;
    return fail(ErrorCode::kUsage,
                fmt::format("'{}' is none of {}", value, fmt::join(words, ", ")));
  };
  return kind_of(
      find, parse, [](const std::string& value) { return value; }, true);
}

Kind listen() {
  const auto apply = [](Config& config, const Values& values) -> Result<> {
    config.server.addresses.clear();
    for (const std::string& value : values) {
      auto address = net::parse_listen_address(value);
      if (!address) return fail(address.error());
      config.server.addresses.push_back(std::move(*address));
    }
    return {};
  };
  const auto show = [](const Config& config) {
    Values values;
    for (const auto& address : config.server.addresses) values.push_back(address.text());
    return values;
  };
  return {apply, show, true};
}

template <class Find>
Kind texts(Find find) {
  const auto apply = [find](Config& config, const Values& values) -> Result<> {
    find(config) = values;
    return {};
  };
  const auto show = [find](const Config& config) { return find(const_cast<Config&>(config)); };
  return {apply, show, true};
}

Kind host_names() {
  const auto apply = [](Config& config, const Values& values) -> Result<> {
    auto& hosts = config.server.http.hosts;
    hosts.clear();
    for (const std::string& name : values) {
      if (name.empty()) continue;  // none, as shown
      const bool literal = name.starts_with('[') && name.ends_with(']');
      if (name.find_first_of(literal ? "/ " : ":/ ") != std::string::npos) {
        return fail(ErrorCode::kUsage, fmt::format("'{}' is no name of a host: without scheme and "
                                                   "port, an IPv6 address in brackets",
                                                   name));
      }
      hosts.push_back(ascii_lower(name));
    }
    return {};
  };
  return {apply, [](const Config& config) { return config.server.http.hosts; }, true};
}

// Addresses that only HTTP listens on.
Kind admin_listen() {
  const auto apply = [](Config& config, const Values& values) -> Result<> {
    config.server.admin_addresses.clear();
    for (const std::string& value : values) {
      if (value.empty()) continue;  // none, as shown
      auto address = net::parse_listen_address(value);
      if (!address) return fail(address.error());
      if (!address->is_http()) {
        return fail(ErrorCode::kUsage, fmt::format("'{}' is no http://HOST:PORT", value));
      }
      config.server.admin_addresses.push_back(std::move(*address));
    }
    return {};
  };
  const auto show = [](const Config& config) {
    Values values;
    for (const auto& address : config.server.admin_addresses) values.push_back(address.text());
    return values;
  };
  return {apply, show, true};
}

Kind origins() {
  const auto apply = [](Config& config, const Values& values) -> Result<> {
    for (const std::string& value : values) {
      const bool good = value.empty() || value == "*" ||
                        (value.find("://") != std::string::npos && !value.ends_with('/'));
      if (!good) {
        return fail(ErrorCode::kUsage,
                    fmt::format("'{}' is no origin: expected SCHEME://HOST[:PORT] or *", value));
      }
    }
    config.server.http.origins = values;
    std::erase(config.server.http.origins, "");
    return {};
  };
  return {apply, [](const Config& config) { return config.server.http.origins; }, true};
}

Option option(const char* name, const char* value_name, const char* help, Kind kind) {
  return {name, value_name, help, std::move(kind.apply), std::move(kind.show), kind.is_text};
}

#define MNM_FIELD(path) [](Config& c) -> decltype(auto) { return (c.path); }

std::vector<Option> serving_options() {
  Option listens = option("listen", "URL",
                          "tcp://HOST:PORT, tls://HOST:PORT, http://HOST:PORT, "
                          "https://HOST:PORT or\nunix:///PATH, repeatable; port 0 picks "
                          "one\n(tcp://127.0.0.1:7070 and unix://DIR/mnm.sock)",
                          listen());
  listens.repeats = true;
  return {
      option("data", "DIR", "the data directory", text(MNM_FIELD(data))),
      option("name", "NAME", "the site's name, told to clients (the host's name)",
             text(MNM_FIELD(server.site_name))),
      std::move(listens),
      option("allow-plaintext", "", "tcp:// and http:// on addresses beyond this machine too",
             flag(MNM_FIELD(server.allow_plaintext))),
      option("tls-cert", "FILE",
             "certificate chain for tls:// and https://, PEM; read again on SIGHUP",
             text(MNM_FIELD(server.tls_certificate_file))),
      option("tls-key", "FILE", "its private key, PEM", text(MNM_FIELD(server.tls_key_file))),
      option("key", "FILE",
             "key or passphrase that the data directory is sealed with; - asks for it",
             text(MNM_FIELD(key_file))),
      option("secrets", "FILE", "the relay's keys, made at the first start (DIR/secrets)",
             text(MNM_FIELD(secrets))),
      option("heads-file", "FILE", "signed heads of the log are appended to it (DIR/heads)",
             text(MNM_FIELD(heads_file))),
      option("heads-interval", "DURATION", "how often the log's head is signed; 0 = never",
             duration(MNM_FIELD(heads_interval))),
      option("log-level", "LEVEL", "the least that is said on stderr: debug, info, warning, error",
             one_of(kLogLevels, MNM_FIELD(log_level))),
      option("purge-window", "DURATION", "after it no octet of an acked message is on the disk",
             duration(MNM_FIELD(purge_window), std::chrono::seconds(1))),
      option("checkpoint-interval", "DURATION", "how often the views are checkpointed",
             duration(MNM_FIELD(checkpoint_interval))),
      option("retain", "DURATION", "how long events are kept; 0 = for ever",
             duration(MNM_FIELD(retain))),
      option("net-threads", "N", "threads for links",
             count(MNM_FIELD(server.net_threads), 1, net::kThreadsMax)),
      option("read-threads", "N", "threads that read messages and bodies from the disk",
             count(MNM_FIELD(server.read_threads), 1, net::kThreadsMax)),
      option("upload-threads", "N", "threads that write large bodies to the disk",
             count(MNM_FIELD(server.upload_threads), 1, net::kThreadsMax)),
      option("body-bytes-max", "SIZE", "the longest message body",
             bytes(MNM_FIELD(server.session.body_bytes_max), state::kDataBytesMax)),
      option("mmtp-idle", "DURATION", "close an MMTP link that is silent for so long; 0 = never",
             duration(MNM_FIELD(server.session.mmtp_idle))),
      option("links-max", "N", "links at a time", count(MNM_FIELD(server.limits.links_max), 1)),
      option("strangers-percent", "N", "of these, how many may be not logged in",
             count(MNM_FIELD(server.limits.strangers_percent), 1, 100)),
      option("strangers-per-address", "N", "links from one address that are not logged in",
             count(MNM_FIELD(server.limits.strangers_per_address), 1)),
      option("inbox-bytes-max", "SIZE", "requests held before links are not read",
             bytes(MNM_FIELD(inbox_bytes_max))),
      option("disk-low", "SIZE",
             "with less free on the data's disk nothing new is stored; 0 = not watched",
             bytes(MNM_FIELD(disk.low_bytes))),
      option("disk-reserve", "SIZE",
             "a file on it that is given up when the disk is full; 0 = none",
             bytes(MNM_FIELD(disk.reserve_bytes))),
  };
}

std::vector<Option> http_options() {
  Option origin = option("origin", "URL",
                         "a site whose scripts may use http:// addresses, as "
                         "https://app.example.com; * = all; repeatable",
                         origins());
  origin.repeats = origin.may_be_empty = true;
  Option host = option("http-host", "NAME",
                       "what clients' http:// and https:// addresses are called: requests for "
                       "others are\nrefused; none = any name; repeatable",
                       host_names());
  host.repeats = host.may_be_empty = true;
  Option admin = option("admin-listen", "URL",
                        "http://HOST:PORT with /livez, /readyz and /metrics alone; repeatable",
                        admin_listen());
  admin.repeats = admin.may_be_empty = true;
  return {
      std::move(origin),
      std::move(host),
      option("http-session-idle", "DURATION",
             "end a session over HTTP that has neither request nor receiver for so long",
             duration(MNM_FIELD(server.http.session_idle), std::chrono::seconds(1))),
      option("http-session-max", "DURATION", "end any session over HTTP after so long",
             duration(MNM_FIELD(server.http.session_max), std::chrono::seconds(1))),
      option("metrics", "", "/metrics on http:// and https:// addresses, too",
             flag(MNM_FIELD(metrics))),
      option("no-web", "", "don't serve the browser client at / of http:// and https:// addresses",
             flag(MNM_FIELD(no_web))),
      std::move(admin),
  };
}

std::vector<Option> process_options() {
  Option writable = option("writable", "DIR",
                           "with --sandbox paths: where backups and the like may go, repeatable",
                           texts(MNM_FIELD(writable)));
  writable.repeats = true;
  writable.may_be_empty = true;
  return {
      option("sandbox", "HOW",
             "off; calls: no system call but those a relay needs; paths: and no file\nbut the data "
             "and what options name",
             one_of(kSandboxes, MNM_FIELD(sandbox))),
      std::move(writable),
      option("engine-stall-max", "DURATION", "end when nothing was answered for so long; 0 = never",
             duration(MNM_FIELD(engine_stall_max))),
  };
}

std::vector<Option> limit_options() {
  return {
      option("node-messages-max", "N", "messages waiting for one node",
             count(MNM_FIELD(limits.node_messages_max))),
      option("node-bytes-max", "SIZE", "their octets", bytes(MNM_FIELD(limits.node_bytes_max))),
      option("nodes-max", "N", "nodes of one user", count(MNM_FIELD(limits.nodes_max))),
      option("nodes-ever-max", "N", "nodes of one user over time, dropped ones included",
             count(MNM_FIELD(limits.nodes_ever_max))),
      option("aliases-max", "N", "aliases of one user", count(MNM_FIELD(limits.aliases_max))),
      option("members-max", "N", "members of one group", count(MNM_FIELD(limits.members_max))),
      option("pings-max", "N", "pings and invites of one user in 24 hours",
             count(MNM_FIELD(limits.pings_max))),
      option("failed-pings-max", "N", "failed pings and invites in a row",
             count(MNM_FIELD(limits.failed_pings_max))),
      option("undelivered-after", "DURATION",
             "return posts that nobody took, after so much uptime; 0 = never",
             hours(MNM_FIELD(limits.undelivered_hours))),
      option("alias-policy", "HOW",
             "names that are refused as taken: exact, the same ones; distinct, look-alikes too",
             one_of(kAliasPolicies, MNM_FIELD(alias_policy))),
      option("groups-max", "N", "groups that one user makes", count(MNM_FIELD(limits.groups_max))),
      option("drop-delay", "DURATION", "how long the drop of an older node can be vetoed",
             hours(MNM_FIELD(limits.drop_delay_hours))),
      option("register-receive-only", "", "new accounts may not ping, post or invite",
             flag(MNM_FIELD(limits.register_receive_only))),
      option("auth", "WHEN",
             "whether newcomers need a third party's token (OpenID Connect): off, optional, "
             "required",
             one_of(kAuthModes, MNM_FIELD(auth))),
      option("auth-providers", "FILE", "whose tokens are taken, TOML; read again on SIGHUP",
             text(MNM_FIELD(auth_providers))),
      option("auth-accounts-per-identity", "N",
             "accounts of one whom a third party vouches for; 0 = no limit",
             count(MNM_FIELD(limits.accounts_per_identity))),
      option("window-messages", "N", "messages sent to one link and not acked",
             count(MNM_FIELD(limits.window_messages), 1)),
      option("window-bytes", "SIZE", "their octets; one message is always allowed",
             bytes(MNM_FIELD(limits.window_bytes))),
  };
}

// Pairs: at once, and in an hour.
std::vector<Option> budget_options() {
  return {
      option("registrations-burst", "N",
             "accounts that one remote address may make at once; 0 = none",
             count(MNM_FIELD(limits.registrations.burst))),
      option("registrations-per-hour", "N", "and in an hour; 0 = no limit",
             count(MNM_FIELD(limits.registrations.per_hour))),
      option("logins-burst", "N",
             "logins that one remote address may try at once; one that fails counts ten times",
             count(MNM_FIELD(limits.address_logins.burst), 1)),
      option("logins-per-hour", "N", "and in an hour; 0 = no limit",
             count(MNM_FIELD(limits.address_logins.per_hour))),
      option("posts-burst", "N", "posts that one user may make at once",
             count(MNM_FIELD(limits.user_posts.burst), 1)),
      option("posts-per-hour", "N", "and in an hour; 0 = no limit",
             count(MNM_FIELD(limits.user_posts.per_hour))),
      option("post-bytes-burst", "SIZE", "octets that one user may post at once",
             kib(MNM_FIELD(limits.user_post_kib.burst))),
      option("post-bytes-per-hour", "SIZE", "and in an hour; 0 = no limit",
             kib(MNM_FIELD(limits.user_post_kib.per_hour))),
      option("limit-this-machine", "", "links from this machine count as from one address, too",
             flag(MNM_FIELD(limits.limit_this_machine))),
      option("session-events-burst", "N", "events that one session may cause at once",
             count(MNM_FIELD(limits.session_events.burst), 1)),
      option("session-events-per-hour", "N", "and in an hour; 0 = no limit",
             count(MNM_FIELD(limits.session_events.per_hour))),
      option("user-events-burst", "N", "events that one user may cause at once",
             count(MNM_FIELD(limits.user_events.burst), 1)),
      option("user-events-per-hour", "N", "and in an hour; 0 = no limit",
             count(MNM_FIELD(limits.user_events.per_hour))),
      option("address-events-burst", "N", "events that one remote address may cause at once",
             count(MNM_FIELD(limits.address_events.burst), 1)),
      option("address-events-per-hour", "N", "and in an hour; 0 = no limit",
             count(MNM_FIELD(limits.address_events.per_hour))),
      option("refusal-events-burst", "N", "refusals logged of one address or user at once",
             count(MNM_FIELD(limits.refusal_events.burst))),
      option("refusal-events-per-hour", "N", "and in an hour; 0 = no limit",
             count(MNM_FIELD(limits.refusal_events.per_hour))),
  };
}

#undef MNM_FIELD

// Insertions, deletions and replacements that make one of the other.
std::size_t edits_between(std::string_view one, std::string_view other) {
  std::vector<std::size_t> row(other.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < one.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < other.size(); ++j) {
      const std::size_t replaced = diagonal + (one[i] == other[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

std::string Option::key() const {
  std::string key = name;
  std::ranges::replace(key, '-', '_');
  return key;
}

std::string Option::variable() const {
  std::string variable = "MNM_" + key();
  std::ranges::transform(variable, variable.begin(),
                         [](unsigned char c) { return std::toupper(c); });
  return variable;
}

std::string Option::default_text() const {
  if (*value_name == '\0') return {};
  static const Config defaults;
  return fmt::format("{}", fmt::join(show(defaults), ","));
}

const std::vector<Option>& options() {
  static const std::vector<Option> table = [] {
    std::vector<Option> all = serving_options();
    std::ranges::move(http_options(), std::back_inserter(all));
    std::ranges::move(process_options(), std::back_inserter(all));
    std::ranges::move(limit_options(), std::back_inserter(all));
    std::ranges::move(budget_options(), std::back_inserter(all));
    return all;
  }();
  return table;
}

std::string suggestion(std::string_view word, const std::vector<std::string>& candidates) {
  constexpr std::size_t kWordBytesMax = 100;
  if (word.size() > kWordBytesMax) return {};
  std::size_t fewest = word.size() / 3 + 2;  // beyond it they have nothing to do with each other
  std::string best;
  for (const std::string& candidate : candidates) {
    const std::size_t edits = edits_between(word, candidate);
    if (edits >= fewest) continue;
    fewest = edits;
    best = candidate;
  }
  return best.empty() ? std::string() : fmt::format(", did you mean {}?", best);
}

}  // namespace mnm::daemon
