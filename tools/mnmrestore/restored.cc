#include "mnmrestore/restored.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <memory>

#include "base/text.h"
#include "common/json.h"
#include "common/program.h"
#include "common/terminal.h"
#include "log/data_directory.h"
#include "log/rocks_log.h"
#include "mnmlog/event_view.h"
#include "mnmlog/fold.h"
#include "ops/base.h"
#include "ops/message.h"
#include "ops/moment_keeper.h"
#include "ops/moments.h"

namespace mnm::mnmrestore {
namespace {

constexpr std::size_t kLostShown = 1000;  // one by one, on a terminal or in a pipe
constexpr std::size_t kSecretsBytesMax = 64 << 10;

std::uint64_t now_ns() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(now).count());
}

LostMessage describe(const state::Views& views, Lsn id) {
  const state::Message message = views.message(id).value();
  LostMessage lost{.id = id,
                   .kind = std::string(mnmlog::kind_name(message.kind)),
                   .from = message.sender ? views.user(message.sender).uid : std::string(),
                   .data_bytes = message.data_bytes,
                   .nodes = {}};
  for (NodeNo node(1); node < views.next_node(); node = next(node)) {
    if (!views.node(node).queue.contains(id)) continue;
    const state::Node& owner = views.node(node);
    lost.nodes.push_back(fmt::format("{}/{}", views.user(owner.user).uid, owner.ordinal.value()));
  }
  return lost;
}

Result<> copy_secrets(const std::string& from, const std::string& directory) {
  std::ifstream file(from, std::ios::binary);
  std::string content(std::istreambuf_iterator<char>(file), {});
  if (!file || content.empty() || content.size() > kSecretsBytesMax) {
    return fail(ErrorCode::kUnavailable, fmt::format("{}: can't be read as secrets", from));
  }
  const std::string path = directory + "/secrets";
  const log::FileDescriptor fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!fd.ok()) return fail(system_error("can't make " + path, errno));
  const ssize_t count = ::write(fd.get(), content.data(), content.size());
  const bool whole = count == static_cast<ssize_t>(content.size()) && ::fsync(fd.get()) == 0;
  const int reason = errno;
  wipe(content);
  if (!whole) return fail(system_error("can't write " + path, reason));
  return {};
}

Result<> lost_without_epoch(std::size_t count) {
  return fail(ErrorCode::kNegative,
              fmt::format("{} waiting messages have no octets here: they were acked after the "
                          "moment that this is of. With --new-epoch their copies end",
                          count));
}

}  // namespace

Result<Restored> complete(log::StoreBuilder& builder, const RestoreOptions& options,
                          const std::string& reason, const event::Trimmed* trimmed) {
  Restored restored;
  const Result<log::Position> copied = builder.finish();
  if (!copied) return fail(copied.error());
  restored.copied = restored.head = *copied;
  if (!copied->lsn) return fail(ErrorCode::kNegative, "there is no event to restore");
  if (trimmed != nullptr && !options.new_epoch) {
    return fail(ErrorCode::kNegative,
                fmt::format("the event that gave up what was before LSN {} came later than the "
                            "moment that this is of: a new epoch must say it again",
                            trimmed->lsn() + 1));
  }
  {
    auto store = log::open_store({.directory = builder.path(),
                                  .create = false,
                                  .key = options.key(),
                                  .file_bytes = ops::file_bytes_of});
    if (!store) return fail(store.error());
    auto base = ops::Bases(builder.path(), store->keyring).latest(*store->log, copied->lsn);
    if (!base) return fail(base.error());
    state::Views& views = base->views;
    ops::MomentKeeper keeper(*store->log, ops::moments_in(builder.path(), store->keyring), {});
    const auto fold = [&](Lsn through) { return mnmlog::fold(*store->log, through, views); };
    if (auto folded = ops::fold_keeping_moments(keeper, views, copied->lsn, fold); !folded) {
      return fail(folded.error());
    }
    restored.digest = views.digest();
    const auto lost = ops::find_lost_messages(*store->log, views);
    if (!lost) return fail(lost.error());
    for (const Lsn id : *lost) restored.lost.push_back(describe(views, id));
    if (options.new_epoch) {
      const auto begun = ops::begin_new_epoch(*store->log, views, now_ns(), reason, trimmed);
      if (!begun) return fail(begun.error());
      restored.head = begun->head;
      restored.new_epoch = true;
    } else if (!lost->empty()) {
      if (Result<> refused = lost_without_epoch(lost->size()); !refused) {
        return fail(refused.error());
      }
    }
    restored.waiting = views.message_count();
  }
  if (!options.secrets.empty()) {
    if (Result<> done = copy_secrets(options.secrets, builder.path()); !done) {
      return fail(done.error());
    }
    restored.secrets = true;
  }
  if (Result<> published = builder.publish(); !published) return fail(published.error());
  return restored;
}

namespace {

std::string as_json(const Restored& restored, const RestoreOptions& options) {
  std::string out;
  tools::JsonWriter json(out);
  json.begin_object()
      .text("directory", options.into)
      .number("copied_lsn", restored.copied.lsn.value())
      .text("copied_chain", hex_encode(as_bytes(restored.copied.chain)))
      .text("digest", hex_encode(as_bytes(restored.digest)))
      .flag("new_epoch", restored.new_epoch)
      .number("epoch", restored.head.epoch.value())
      .number("head_lsn", restored.head.lsn.value())
      .number("waiting_messages", restored.waiting)
      .flag("secrets", restored.secrets)
      .key("lost")
      .begin_array();
  for (const LostMessage& lost : restored.lost) {
    json.begin_object()
        .text("msgid", message_id(lost.id))
        .text("kind", lost.kind)
        .text("from", lost.from)
        .number("data_bytes", lost.data_bytes)
        .key("nodes")
        .begin_array();
    for (const std::string& node : lost.nodes) json.text(node);
    json.end_array().end_object();
  }
  json.end_array().end_object();
  return out + '\n';
}

std::string as_text(const Restored& restored, const RestoreOptions& options) {
  std::string out = fmt::format(
      "restored    {}\nevents      through LSN {}\nchain       {}\ndigest      {}\n",
      tools::escaped(options.into), restored.copied.lsn.value(),
      hex_encode(as_bytes(restored.copied.chain)), hex_encode(as_bytes(restored.digest)));
  if (restored.new_epoch) {
    out += fmt::format("new epoch   {}, ends at LSN {}\n", restored.head.epoch.value(),
                       restored.head.lsn.value());
  }
  out += fmt::format("waiting     {} messages\n", restored.waiting);
  if (restored.lost.empty()) return out;
  out += fmt::format("lost        {} messages that waited, whose octets are gone:\n",
                     restored.lost.size());
  for (std::size_t i = 0; i < std::min(restored.lost.size(), kLostShown); ++i) {
    const LostMessage& lost = restored.lost[i];
    out += fmt::format("  {}  {}  {} octets  from {}  for {}\n", message_id(lost.id), lost.kind,
                       lost.data_bytes, lost.from.empty() ? "the relay" : lost.from,
                       fmt::join(lost.nodes, " "));
  }
  if (restored.lost.size() > kLostShown) {
    out += fmt::format("  and {} more: --json has all\n", restored.lost.size() - kLostShown);
  }
  return out;
}

}  // namespace

Result<> report(const Restored& restored, const RestoreOptions& options) {
  tools::Output out;
  out.write(options.json ? as_json(restored, options) : as_text(restored, options));
  if (!options.quiet && !restored.new_epoch) {
    fmt::print(stderr,
               "It goes on in the same epoch: start a relay on it only if the one that it comes "
               "from never runs again,\nelse ids are given twice. --new-epoch makes it safe.\n");
  }
  if (!options.quiet && !restored.secrets) {
    fmt::print(stderr,
               "It holds no keys. Copy the relay's secrets file to {}/secrets (mode 0600), or "
               "start mnmd with --secrets FILE.\n",
               tools::escaped(options.into));
  }
  return out.finish();
}

}  // namespace mnm::mnmrestore
