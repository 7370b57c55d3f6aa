// mnmlog info: what a data directory is.
#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <optional>

#include "base/text.h"
#include "common/json.h"
#include "common/program.h"
#include "common/table.h"
#include "common/terminal.h"
#include "log/heads_file.h"
#include "log/record.h"
#include "mnmlog/command_line.h"
#include "mnmlog/source.h"
#include "mnmlog/walk.h"

namespace mnm::mnmlog {
namespace {

// A relay that has run for longer than this many events is not searched for its start.
constexpr std::uint64_t kStartSearchMax = 200'000;

struct Sizes {
  std::uint64_t log = 0;
  std::uint64_t body = 0;
  std::uint64_t views = 0;
  std::uint64_t moments = 0;
  [[nodiscard]] std::uint64_t total() const { return log + body + views + moments; }
};

std::uint64_t bytes_in(const std::string& directory) {
  std::uint64_t bytes = 0;
  std::error_code failed;  // files come and go beside a running relay
  for (std::filesystem::recursive_directory_iterator at(directory, failed), end;
       !failed && at != end; at.increment(failed)) {
    std::error_code gone;
    if (!at->is_regular_file(gone)) continue;
    const std::uint64_t size = at->file_size(gone);
    if (!gone) bytes += size;
  }
  return bytes;
}

struct LastStart {
  Lsn lsn;
  std::uint64_t time_ns = 0;
  std::string version;
};

std::optional<LastStart> find_last_start(const Source& source) {
  const Lsn end = source.durable().lsn;
  const Lsn first = end.value() > kStartSearchMax ? end - kStartSearchMax : Lsn(1);
  std::optional<LastStart> found;
  const Result<> walked = walk_backward(source.reader(), {first, end}, [&](const EventView& view) {
    if (!view.event.has_started()) return true;
    found = LastStart{view.lsn, view.event.time_ns(), view.event.started().version()};
    return false;
  });
  // What damage hides stays unknown here; verify is the command that reports it.
  return walked ? found : std::nullopt;
}

struct Counts {
  std::uint64_t users = 0;
  std::uint64_t nodes = 0;
  std::uint64_t nodes_dropped = 0;
  std::uint64_t groups = 0;
  std::uint64_t messages = 0;
  std::uint64_t copies = 0;
  std::uint64_t sessions = 0;
};

Counts count(const state::Views& views) {
  Counts counts{.users = views.next_user().value() - 1,
                .groups = views.next_group().value() - 1,
                .messages = views.message_count()};
  for (NodeNo number(1); number < views.next_node(); number = next(number)) {
    const state::Node& node = views.node(number);
    ++(node.dropped ? counts.nodes_dropped : counts.nodes);
    counts.copies += node.queue.size();
    counts.sessions += node.session ? 1 : 0;
  }
  return counts;
}

// What lies in the directory itself; --heads-file may name another place.
struct SignedHeads {
  std::optional<PublicKey> key;
  std::optional<log::Head> last;
};

SignedHeads find_heads(const std::string& directory) {
  SignedHeads heads;
  // What can't be read is nothing to show here; verify is the command that reports it.
  if (const auto key = log::load_key(directory + "/heads.pub")) heads.key = *key;
  if (const auto last = log::last_head(directory + "/heads"); last && *last) {
    heads.last = (*last)->head;
  }
  return heads;
}

struct Info {
  const Source& source;
  const state::Views& views;
  Counts counts;
  Sizes sizes;
  std::optional<LastStart> start;
  SignedHeads heads;
  const LiveSessions* live = nullptr;  // null when it isn't known
  [[nodiscard]] std::uint64_t in_flight() const {
    std::uint64_t sum = 0;
    for (const auto& [node, session] : *live) sum += session.in_flight;
    return sum;
  }
};

std::string as_json(const Info& info) {
  std::string out;
  tools::JsonWriter json(out);
  const log::Position& head = info.source.durable();
  json.begin_object()
      .text("directory", info.source.directory())
      .text("format", info.source.reader().format())
      .number("record_version", log::kRecordVersion)
      .flag("live", info.source.live())
      .number("epoch", head.epoch.value())
      .number("tail_lsn", info.source.reader().tail().value())
      .number("head_lsn", head.lsn.value())
      .text("chain", hex_encode(as_bytes(head.chain)))
      .number("views_lsn", info.views.applied().value())
      .number("users", info.counts.users)
      .number("nodes", info.counts.nodes)
      .number("nodes_dropped", info.counts.nodes_dropped)
      .number("groups", info.counts.groups)
      .number("waiting_messages", info.counts.messages)
      .number("waiting_copies", info.counts.copies)
      .number("open_sessions", info.counts.sessions)
      .number("uptime_hours", info.views.uptime_hours())
      .number("log_bytes", info.sizes.log)
      .number("body_bytes", info.sizes.body)
      .number("views_bytes", info.sizes.views)
      .number("moments_bytes", info.sizes.moments);
  if (info.start) {
    std::string time;
    tools::append_time_exact(time, info.start->time_ns);
    json.number("started_lsn", info.start->lsn.value())
        .text("started_time", time)
        .text("started_version", info.start->version);
  }
  if (info.heads.key) json.text("heads_key", hex_encode(as_bytes(*info.heads.key)));
  if (info.heads.last) {
    std::string time;
    tools::append_time_exact(time, info.heads.last->time_ns);
    json.number("signed_head", info.heads.last->number)
        .number("signed_lsn", info.heads.last->position.lsn.value())
        .text("signed_time", time);
  }
  if (info.live != nullptr) {
    json.number("connected", info.live->size()).number("in_flight", info.in_flight());
  }
  json.end_object();
  return out += '\n';
}

std::string as_text(const Info& info, tools::Zone zone) {
  std::string out;
  const auto line = [&out](const std::string& name, const std::string& value) {
    tools::append_padded(out, name, 18, false);
    out += value + '\n';
  };
  const log::Position& head = info.source.durable();
  line("directory", tools::escaped(info.source.directory()));
  line("format", fmt::format("{}, records of version {}", info.source.reader().format(),
                             log::kRecordVersion));
  line("epoch", std::to_string(head.epoch.value()));
  line("LSN", fmt::format("{}..{}", info.source.reader().tail().value(), head.lsn.value()));
  line("chain", hex_encode(as_bytes(head.chain)));
  line("users", std::to_string(info.counts.users));
  line("nodes", fmt::format("{}, and {} dropped", info.counts.nodes, info.counts.nodes_dropped));
  line("groups", std::to_string(info.counts.groups));
  line("waiting",
       fmt::format(
           "{}, {}", tools::plural(info.counts.messages, "message"),
           info.counts.copies == 1 ? "1 copy" : fmt::format("{} copies", info.counts.copies)));
  line("open sessions", fmt::format("{}{}", info.counts.sessions,
                                    info.counts.sessions > 0 && !info.source.live()
                                        ? ", as the log ends; no relay runs"
                                        : ""));
  if (info.live != nullptr) {
    line("connected", fmt::format("{} now, {} sent and not acked", info.live->size(),
                                  tools::plural(info.in_flight(), "message")));
  }
  line("on disk",
       fmt::format("{}: log {}, bodies {}, views {}, moments {}",
                   tools::format_bytes(info.sizes.total()), tools::format_bytes(info.sizes.log),
                   tools::format_bytes(info.sizes.body), tools::format_bytes(info.sizes.views),
                   tools::format_bytes(info.sizes.moments)));
  line("last start",
       info.start
           ? fmt::format("{}, LSN {}, version {}", tools::format_time(info.start->time_ns, zone),
                         info.start->lsn.value(), tools::escaped(info.start->version))
           : fmt::format("not in the last {} events", kStartSearchMax));
  if (info.heads.key) line("heads' key", hex_encode(as_bytes(*info.heads.key)));
  if (info.heads.last) {
    line("signed head", fmt::format("{}, of LSN {}, {}", info.heads.last->number,
                                    info.heads.last->position.lsn.value(),
                                    tools::format_time(info.heads.last->time_ns, zone)));
  }
  line("uptime", fmt::format("{} hours, over all starts", info.views.uptime_hours()));
  return out;
}

Result<int> info(const CommandLine& line) {
  const auto source = Source::open(line.place());
  if (!source) return fail(source.error());
  if (!line.quiet()) fmt::print(stderr, "{}\n", (*source)->describe());
  const state::Views& views = (*source)->views();
  const std::string& directory = line.directory();
  const Info info{**source,
                  views,
                  count(views),
                  {bytes_in(directory + "/log"), bytes_in(directory + "/body"),
                   bytes_in(directory + "/views"), bytes_in(directory + "/moments")},
                  find_last_start(**source),
                  find_heads(directory),
                  (*source)->live_sessions()};
  tools::Output out;
  out.write(line.json() ? as_json(info) : as_text(info, line.zone()));
  if (const Result<> written = out.finish(); !written) return fail(written.error());
  // The counts are of what could be folded: say so, and don't call it a success.
  if ((*source)->views_error()) return fail(*(*source)->views_error());
  return 0;
}

}  // namespace

Result<int> run_info(const Command& command, const Arguments& arguments) {
  CommandLine line(command);
  line.add_json();
  if (const auto code = line.parse(arguments)) return *code;
  return info(line);
}

}  // namespace mnm::mnmlog
