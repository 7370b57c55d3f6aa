// mnmlog replay [--compare live|DIR]: the views from the first event on, and whether others agree.
// With --into: a new data directory, which mnmrestore makes.
#include <fmt/format.h>
#include <poll.h>

#include <boost/json.hpp>
#include <chrono>
#include <cstdio>
#include <optional>

#include "base/text.h"
#include "common/admin_client.h"
#include "common/json.h"
#include "common/program.h"
#include "common/terminal.h"
#include "log/keyring.h"
#include "mnmlog/command_line.h"
#include "mnmlog/fold.h"
#include "mnmlog/hand_over.h"
#include "mnmlog/range.h"
#include "mnmlog/row_difference.h"
#include "mnmlog/source.h"

namespace mnm::mnmlog {
namespace {

// How long a relay's answer may be ahead of what its high-water mark shows us.
constexpr int kCatchUpMs = 10'000;
constexpr int kCatchUpStepMs = 50;

struct Replayed {
  state::Views views;
  Lsn first;  // folded, or the next to come
  Hash digest{};
  double seconds = 0;
  [[nodiscard]] double per_second() const {
    const auto events = static_cast<double>(views.applied().value() + 1 - first.value());
    return seconds > 0 ? events / seconds : 0;
  }
};

Result<Replayed> replay(const Source& source, Lsn through) {
  auto base = source.first_base();
  if (!base) return fail(base.error());
  Replayed replayed{.views = std::move(base->views)};
  replayed.first = next(replayed.views.applied());
  if (through < replayed.views.applied()) {
    return fail(ErrorCode::kNegative,
                fmt::format("{}: the log was trimmed and begins with the base at LSN {}, after "
                            "LSN {}",
                            source.directory(), replayed.views.applied().value(), through.value()));
  }
  const auto begin = std::chrono::steady_clock::now();
  const auto folded = fold(source.reader(), through, replayed.views);
  if (!folded) return fail(folded.error());
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  replayed.seconds = took.count();
  replayed.digest = replayed.views.digest();
  return replayed;
}

// The other side of a comparison.
struct Other {
  std::string name;
  Lsn lsn;
  std::string digest;      // hex
  std::string difference;  // the first one, when it is known
};

Result<Other> ask_live(const std::string& directory) {
  const Result<std::string> reply = tools::ask_admin(directory, R"({"cmd":"digest"})");
  if (!reply) return fail(reply.error());
  boost::system::error_code failed;
  const boost::json::value parsed = boost::json::parse(*reply, failed);
  const auto* object = failed ? nullptr : parsed.if_object();
  const auto* lsn = object != nullptr ? object->if_contains("lsn") : nullptr;
  const auto* digest = object != nullptr ? object->if_contains("digest") : nullptr;
  if (lsn == nullptr || digest == nullptr || !digest->is_string() || !lsn->is_number()) {
    return fail(ErrorCode::kUnavailable, "the relay's answer is no digest: " + *reply);
  }
  const auto value = lsn->to_number<std::uint64_t>(failed);
  if (failed) return fail(ErrorCode::kUnavailable, "the relay's answer is no digest: " + *reply);
  return Other{"live", Lsn(value), std::string(digest->get_string()), {}};
}

Result<> wait_until_durable(Source& source, Lsn lsn) {
  for (int waited = 0; source.durable().lsn < lsn; waited += kCatchUpStepMs) {
    if (waited >= kCatchUpMs || tools::interrupted()) {
      return fail(ErrorCode::kUnavailable,
                  fmt::format("the relay is at LSN {}, but only {} is seen to be durable",
                              lsn.value(), source.durable().lsn.value()));
    }
    (void)::poll(nullptr, 0, kCatchUpStepMs);  // a pause that a signal ends
    if (Result<> refreshed = source.refresh(); !refreshed) return refreshed;
  }
  return {};
}

std::string report(const Replayed& own, const std::optional<Other>& other, bool json) {
  const std::string digest = hex_encode(as_bytes(own.digest));
  const bool same = other && other->digest == digest;
  if (json) {
    std::string out;
    tools::JsonWriter writer(out);
    writer.begin_object()
        .number("lsn", own.views.applied().value())
        .number("epoch", own.views.epoch().value())
        .number("first_lsn", own.first.value())
        .text("digest", digest)
        .key("events_per_second")
        .real(own.per_second());
    if (other) {
      writer.text("compared_with", other->name)
          .text("other_digest", other->digest)
          .flag("identical", same);
      if (!same && !other->difference.empty()) writer.text("first_difference", other->difference);
    }
    writer.end_object();
    return out += '\n';
  }
  std::string out =
      fmt::format("replayed    LSN {}..{} in {:.2f} s, {:.2f} M events/s\n", own.first.value(),
                  own.views.applied().value(), own.seconds, own.per_second() / 1e6);
  out += fmt::format("digest      {}\n", digest);
  if (!other) return out;
  out += fmt::format("{}      {}\n", other->name == "live" ? "live  " : "other ", other->digest);
  if (!other->difference.empty()) {
    out += fmt::format("differs     {}\n", tools::escaped(other->difference));
  }
  return out += same ? "IDENTICAL\n" : "DIFFERENT\n";
}

// Through the last LSN that both have: where one was restored, that is before its new epoch.
Result<Replayed> replay_both(const Source& source, const Source& second, Lsn through,
                             const std::string& name, std::optional<Other>& other) {
  Result<Replayed> theirs = replay(second, through);
  if (!theirs) return theirs;
  Result<Replayed> own = replay(source, theirs->views.applied());
  if (!own) return own;
  if (own->views.applied() < theirs->views.applied()) {
    theirs = replay(second, own->views.applied());
    if (!theirs) return theirs;
  }
  other = Other{name, own->views.applied(), hex_encode(as_bytes(theirs->digest)), {}};
  if (theirs->digest != own->digest) {
    other->difference = first_row_difference(own->views, theirs->views);
  }
  return own;
}

// A plain one has no key. Standard input has been read to the end for the first one.
Result<std::unique_ptr<Source>> open_second(const Place& place, const std::string& directory) {
  const bool sealed = log::is_sealed(directory);
  if (sealed && place.key_file == "-") {
    return fail(ErrorCode::kUsage,
                "--key - is asked for once, and both are sealed: name the file that holds the key");
  }
  return Source::open({directory, sealed ? place.key_file : std::string()},
                      Source::Through::kFiles);
}

Result<int> run(const CommandLine& line, const std::string& compare) {
  const auto source = Source::open(line.place(), Source::Through::kFiles);
  if (!source) return fail(source.error());
  if (!line.quiet()) fmt::print(stderr, "{}\n", (*source)->describe());
  Lsn through = (*source)->durable().lsn;
  std::optional<Other> other;
  std::unique_ptr<Source> second;
  if (compare == "live") {
    Result<Other> live = ask_live(line.directory());
    if (!live) return fail(live.error());
    through = live->lsn;
    if (auto durable = wait_until_durable(**source, through); !durable)
      return fail(durable.error());
    other = std::move(*live);
  } else if (!compare.empty()) {
    auto opened = open_second(line.place(), compare);
    if (!opened) return fail(opened.error());
    second = std::move(*opened);
    if (!line.quiet()) fmt::print(stderr, "{}\n", second->describe());
    through = std::min(through, second->durable().lsn);
  }
  const Result<Replayed> own = second != nullptr
                                   ? replay_both(**source, *second, through, compare, other)
                                   : replay(**source, through);
  if (!own) return fail(own.error());
  tools::Output out;
  out.write(report(*own, other, line.json()));
  if (const Result<> written = out.finish(); !written) return fail(written.error());
  const bool same = !other || other->digest == hex_encode(as_bytes(own->digest));
  return same ? 0 : exit_code(ErrorCode::kNegative);
}

struct IntoOptions {
  std::string into;
  std::string until;
  std::string secrets;
  std::string into_key;
  bool plain = false;
  bool same_epoch = false;
};

// The moment is resolved here, where ranges are known; all else is mnmrestore's.
Result<int> replay_into(const CommandLine& line, const IntoOptions& options) {
  Arguments given{"replay", "--data", line.directory(), "--into", options.into};
  if (!options.until.empty()) {
    const auto source = Source::open(line.place(), Source::Through::kFiles);
    if (!source) return fail(source.error());
    const auto through =
        resolve_moment(options.until, (*source)->reader(), (*source)->durable(), line.zone());
    if (!through) return fail(through.error());
    given.insert(given.end(), {"--through", std::to_string(through->value())});
  }
  if (!line.place().key_file.empty()) {
    given.insert(given.end(), {"--key", line.place().key_file});
  }
  if (!options.into_key.empty()) given.insert(given.end(), {"--into-key", options.into_key});
  if (options.plain) given.emplace_back("--plain");
  if (!options.secrets.empty()) given.insert(given.end(), {"--secrets", options.secrets});
  if (options.same_epoch) given.emplace_back("--same-epoch");
  if (line.json()) given.emplace_back("--json");
  if (line.quiet()) given.emplace_back("--quiet");
  return fail(hand_over(std::move(given)));
}

}  // namespace

Result<int> run_replay(const Command& command, const Arguments& arguments) {
  CommandLine line(command);
  std::string compare;
  IntoOptions options;
  line.add_json();
  auto* comparing = line.app().add_option(
      "--compare", compare,
      "live: the running relay's views, at the same LSN; else a data directory, "
      "at the last LSN that both have");
  auto* into = line.app().add_option(
      "--into", options.into,
      "Makes this new data directory, in a new epoch, from which a relay can start");
  into->excludes(comparing);
  line.app()
      .add_option("--until", options.until, "With --into: only through this moment, as --at")
      ->needs(into);
  line.app()
      .add_option("--secrets", options.secrets,
                  "With --into: the relay's secrets file, to be copied into it")
      ->needs(into);
  line.app()
      .add_option("--into-key", options.into_key,
                  "With --into: the file with the key that seals the new one; - asks for it")
      ->needs(into);
  line.app()
      .add_flag("--plain", options.plain,
                "With --into: the new one isn't sealed, though the other one is")
      ->needs(into);
  line.app()
      .add_flag("--same-epoch", options.same_epoch,
                "With --into: no new epoch; only for a relay that never runs again")
      ->needs(into);
  if (const auto code = line.parse(arguments)) return *code;
  return options.into.empty() ? run(line, compare) : replay_into(line, options);
}

}  // namespace mnm::mnmlog
