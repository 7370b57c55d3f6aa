// mnmlog verify [RANGE]: is every octet what it was, and does it all add up?
#include <fmt/format.h>

#include <cstdio>

#include "base/text.h"
#include "common/json.h"
#include "common/program.h"
#include "common/table.h"
#include "common/terminal.h"
#include "mnmlog/command_line.h"
#include "mnmlog/verifier.h"

namespace mnm::mnmlog {
namespace {

double per_second(const Verification& verdict) {
  return verdict.seconds > 0 ? static_cast<double>(verdict.events) / verdict.seconds : 0;
}

// The heads: what holds, and what none of them covers.
template <class Line>
void append_heads(const HeadReport& heads, const Verification& verdict, const Line& line) {
  line("heads",
       fmt::format("{} read, {} hold{}{}", heads.read, heads.held,
                   heads.trimmed == 0 ? std::string()
                                      : fmt::format(", {} of what was trimmed", heads.trimmed),
                   heads.torn ? "; an unfinished line follows" : ""));
  if (heads.last_held) {
    line("covered", fmt::format("through LSN {}, by head {}", heads.last_held->position.lsn.value(),
                                heads.last_held->number));
  }
  const Lsn covered = heads.last_held ? heads.last_held->position.lsn : Lsn();
  if (covered < verdict.range.last) {
    line("not covered", fmt::format("LSN {}..{}", covered.value() + 1, verdict.range.last.value()));
  }
  if (!heads.ranges_checked) {
    line("ranges", "not checked: the records before the first one kept are not known");
  }
  if (heads.dropped > 0) {
    line("DROPPED", fmt::format("{} heads cover what a restore has dropped", heads.dropped));
  }
  if (heads.found > heads.findings.size()) {
    line("BAD", fmt::format("{} heads more than are named", heads.found - heads.findings.size()));
  }
}

std::string as_text(const Verification& verdict) {
  std::string out;
  const auto line = [&out](const std::string& name, const std::string& value) {
    tools::append_padded(out, name, 12, false);
    out += value + '\n';
  };
  line("events", fmt::format("LSN {}..{}: {} in {} records, {} epoch{}; {:.2f} M/s",
                             verdict.range.first.value(), verdict.range.last.value(),
                             verdict.events, verdict.records, verdict.epochs,
                             verdict.epochs == 1 ? "" : "s", per_second(verdict) / 1e6));
  if (verdict.base) {
    line("base", fmt::format("at LSN {}: what was before was trimmed", verdict.base.value()));
  }
  if (!verdict.torn.empty()) line("torn end", tools::escaped(verdict.torn));
  if (verdict.findings.empty()) {
    line("records", verdict.keyless ? "checksums, numbers and chain hold"
                                    : "checksums, numbers, chain and events_root hold");
  }
  if (verdict.folded && verdict.findings.empty()) {
    line("fold", "digest " + hex_encode(as_bytes(verdict.digest)));
    line("messages",
         fmt::format("{} wait, {} octets of bodies, {} in files of their own",
                     verdict.messages.waiting, verdict.messages.bytes, verdict.messages.files));
    if (verdict.messages.older > 0) {
      line("", fmt::format("{} are older than the log: their bodies' hashes went with their events",
                           verdict.messages.older));
    }
  }
  if (verdict.moments > 0) {
    line("moments", fmt::format("{} kept ones compared with the fold", verdict.moments));
  }
  if (verdict.checkpoint) {
    line("checkpoint",
         fmt::format("at LSN {}, compared with the fold", verdict.checkpoint.value()));
  }
  if (!verdict.not_folded.empty()) line("fold", "not checked: " + verdict.not_folded);
  if (verdict.heads) append_heads(*verdict.heads, verdict, line);
  if (verdict.first_bad) line("FIRST BAD", fmt::format("LSN {}", verdict.first_bad->value()));
  for (const Range& range : verdict.unaffected) {
    line("unaffected", fmt::format("LSN {}..{}", range.first.value(), range.last.value()));
  }
  for (const Error& error : verdict.all_findings()) line("BAD", tools::escaped(error.text));
  if (verdict.messages.found > verdict.messages.findings.size()) {
    line("BAD", fmt::format("and {} messages more",
                            verdict.messages.found - verdict.messages.findings.size()));
  }
  const auto worst = verdict.worst();
  if (!worst) return out += verdict.dropped() ? "DIFFERS\n" : "OK\n";
  if (worst->code == ErrorCode::kTampering) return out += "TAMPERED\n";
  return out += worst->code == ErrorCode::kUnknownFormat ? "UNKNOWN FORMAT\n" : "DAMAGED\n";
}

void append_heads(const HeadReport& heads, tools::JsonWriter& json) {
  json.begin_object()
      .number("read", heads.read)
      .number("held", heads.held)
      .number("trimmed", heads.trimmed)
      .number("dropped", heads.dropped)
      .flag("ranges_checked", heads.ranges_checked)
      .number("bad", heads.found);
  if (heads.last_held) {
    json.number("covered_lsn", heads.last_held->position.lsn.value())
        .number("covered_by", heads.last_held->number);
  }
  json.end_object();
}

std::string as_json(const Verification& verdict) {
  std::string out;
  tools::JsonWriter json(out);
  json.begin_object()
      .number("first_lsn", verdict.range.first.value())
      .number("last_lsn", verdict.range.last.value())
      .number("events", verdict.events)
      .number("records", verdict.records)
      .number("epochs", verdict.epochs)
      .key("events_per_second")
      .real(per_second(verdict))
      .flag("folded", verdict.folded)
      .flag("keyless", verdict.keyless);
  if (verdict.base) json.number("base_lsn", verdict.base.value());
  if (verdict.folded) json.text("digest", hex_encode(as_bytes(verdict.digest)));
  json.number("waiting_messages", verdict.messages.waiting)
      .number("body_files", verdict.messages.files)
      .number("moments", verdict.moments);
  if (verdict.checkpoint) json.number("checkpoint_lsn", verdict.checkpoint.value());
  json.flag("ok", !verdict.worst());
  if (verdict.first_bad) json.number("first_bad_lsn", verdict.first_bad->value());
  json.key("unaffected").begin_array();
  for (const Range& range : verdict.unaffected) {
    json.begin_object()
        .number("first_lsn", range.first.value())
        .number("last_lsn", range.last.value())
        .end_object();
  }
  json.end_array();
  if (verdict.heads) append_heads(*verdict.heads, json.key("heads"));
  json.key("findings").begin_array();
  for (const Error& error : verdict.all_findings()) {
    json.begin_object()
        .number("code", static_cast<std::uint64_t>(exit_code(error.code)))
        .text("text", error.text)
        .end_object();
  }
  json.end_array().end_object();
  return out += '\n';
}

// The key and the file of heads, if they were given.
Result<> prepare_heads(const CommandLine& line, const std::string& key_file, Source& source,
                       VerifyOptions& options) {
  if (options.heads_file.empty() && key_file.empty()) return {};
  if (options.heads_file.empty() || key_file.empty()) {
    return fail(ErrorCode::kUsage, "--heads and --pubkey belong together");
  }
  if (!line.range().empty()) {
    return fail(ErrorCode::kUsage, "heads cover the whole log: --heads takes no range");
  }
  const Result<PublicKey> key = log::load_key(key_file);
  if (!key) return fail(ErrorCode::kUsage, key.error().text);
  const Result<std::uint64_t> octets = await_last_head(source, options.heads_file);
  if (!octets) return fail(octets.error());
  if (*octets == 0) {
    return fail(ErrorCode::kUsage, options.heads_file + ": there is no signed head in it");
  }
  options.key = *key;
  options.heads_octets = *octets;
  return {};
}

Result<int> run(const CommandLine& line, const std::string& key_file, VerifyOptions options) {
  const auto source = Source::open(line.place(), Source::Through::kFiles);
  if (!source) return fail(source.error());
  if (const Result<> ready = prepare_heads(line, key_file, **source, options); !ready) {
    return fail(ready.error());
  }
  const auto range =
      resolve_range(line.range(), (*source)->reader(), (*source)->durable(), line.zone());
  if (!range) return fail(range.error());
  if (!line.quiet()) fmt::print(stderr, "{}\n", (*source)->describe());
  const Result<Verification> verdict = verify(**source, *range, options);
  if (!verdict) return fail(verdict.error());
  if (!line.quiet() && !verdict->checkpoint_skipped.empty()) {
    fmt::print(stderr, "not compared: {}\n", tools::escaped(verdict->checkpoint_skipped));
  }
  tools::Output out;
  out.write(line.json() ? as_json(*verdict) : as_text(*verdict));
  if (const Result<> written = out.finish(); !written) return fail(written.error());
  const auto worst = verdict->worst();
  if (worst) return exit_code(worst->code);
  // Nothing is damaged, but the log doesn't hold all that was signed.
  return verdict->dropped() ? exit_code(ErrorCode::kNegative) : 0;
}

}  // namespace

Result<int> run_verify(const Command& command, const Arguments& arguments) {
  CommandLine line(command);
  VerifyOptions options;
  std::string key_file;
  line.add_range();
  line.add_json();
  line.app().add_flag("--purged", options.purged,
                      "Also that no message is stored that nobody waits for");
  bool moments = false;  // they always are
  line.app().add_flag("--moments", moments, "For scripts of old: moments are always compared");
  line.app().add_option(
      "--heads", options.heads_file,
      "Signed heads (DIR/heads, or a copy): is the log what they were signed of?");
  line.app().add_option("--pubkey", key_file, "The file with the key that signed them");
  if (const auto code = line.parse(arguments)) return *code;
  return run(line, key_file, options);
}

}  // namespace mnm::mnmlog
