// mnmlog check-proof FILE: does a proof hold, and what does it prove? Needs no log.
#include <fmt/format.h>

#include <fstream>
#include <iterator>

#include "base/text.h"
#include "common/json.h"
#include "common/program.h"
#include "common/table.h"
#include "common/terminal.h"
#include "log/heads_file.h"
#include "log/record.h"
#include "mnmlog/command_line.h"
#include "mnmlog/event_view.h"
#include "mnmlog/json_fields.h"
#include "mnmlog/proof.h"
#include "ops/replay.h"

namespace mnm::mnmlog {
namespace {

// An event and its path, in hex, and a few more.
constexpr std::uintmax_t kFileBytesMax = 4 * log::kRecordBytesMax;

struct Proven {
  Proof proof;
  std::vector<Epoch> epochs;
  std::vector<event::Event> events;
};

Result<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file) return fail(ErrorCode::kUsage, path + ": can't be read");
  if (file.tellg() < 0 || static_cast<std::uintmax_t>(file.tellg()) > kFileBytesMax) {
    return fail(ErrorCode::kUsage, path + ": this is no proof: it is too long");
  }
  file.seekg(0);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

Result<Proven> check(const std::string& path, const std::string& key_file) {
  const Result<PublicKey> key = log::load_key(key_file);
  if (!key) return fail(ErrorCode::kUsage, key.error().text);
  const Result<std::string> text = read_file(path);
  if (!text) return fail(text.error());
  Result<Proof> proof = parse_proof(*text);
  if (!proof) return fail(proof.error().code, path + ": " + proof.error().text);
  Result<std::vector<Epoch>> epochs = check_proof(*proof, *key);
  if (!epochs) return fail(epochs.error().code, path + ": " + epochs.error().text);
  Proven proven{std::move(*proof), std::move(*epochs), {}};
  for (const ProvenEvent& event : proven.proof.events) {
    const auto parsed = ops::parse_event(event.lsn, event.event, proven.events.emplace_back());
    if (!parsed) return fail(parsed.error());
  }
  return proven;
}

std::string as_text(const Proven& proven, tools::Zone zone) {
  std::string out;
  const auto line = [&out](const std::string& name, const std::string& value) {
    tools::append_padded(out, name, 12, false);
    out += value + '\n';
  };
  const log::Head& head = proven.proof.head.head;
  const ProvenEvent& about = proven.proof.events.front();
  const event::Event& event = proven.events.front();
  const EventView view{proven.epochs.front(), about.lsn, event, about.event};
  const Names names(nullptr);
  line("event", fmt::format("LSN {}, epoch {}", about.lsn.value(), view.epoch.value()));
  line("time", tools::format_time(event.time_ns(), zone) + ", by the relay's clock");
  line("actor", actor_text(event, names));
  line("what", sentence(view, names));
  for (std::size_t i = 1; i < proven.events.size(); ++i) {
    const event::Registered& fact = proven.events[i].registered();
    if (!proven.events[i].has_registered()) continue;
    line(names.user(UserNo(fact.user())),
         fmt::format("{}, with node#{}, since LSN {}", tools::escaped(fact.uid()), fact.node(),
                     proven.proof.events[i].lsn.value()));
  }
  line("covered by", fmt::format("head {}, signed {}, of LSN {} in {} records", head.number,
                                 tools::format_time(head.time_ns, zone), head.position.lsn.value(),
                                 head.records));
  line("log", hex_encode(as_bytes(head.identity)));
  return out += "PROVEN\n";
}

std::string as_json(const Proven& proven) {
  std::string out;
  tools::JsonWriter json(out);
  const log::Head& head = proven.proof.head.head;
  const Names names(nullptr);
  std::string time;
  tools::append_time_exact(time, head.time_ns);
  json.begin_object()
      .number("head", head.number)
      .text("head_time", time)
      .number("head_lsn", head.position.lsn.value())
      .number("records", head.records)
      .text("identity", hex_encode(as_bytes(head.identity)))
      .key("events")
      .begin_array();
  for (std::size_t i = 0; i < proven.events.size(); ++i) {
    const ProvenEvent& event = proven.proof.events[i];
    json.begin_object();
    JsonFields fields(json);
    visit_fields({proven.epochs[i], event.lsn, proven.events[i], event.event}, names, fields);
    json.end_object();
  }
  json.end_array().end_object();
  return out += '\n';
}

}  // namespace

Result<int> run_check_proof(const Command& command, const Arguments& arguments) {
  CommandLine line(command);
  std::string file;
  std::string key_file;
  line.app().add_option("FILE", file, "What mnmlog prove wrote")->required();
  line.app()
      .add_option("--pubkey", key_file, "The file with the relay's key, from somebody you trust")
      ->required();
  line.add_json();
  if (const auto code = line.parse(arguments)) return *code;
  const Result<Proven> proven = check(file, key_file);
  if (!proven) return fail(proven.error());
  tools::Output out;
  out.write(line.json() ? as_json(*proven) : as_text(*proven, line.zone()));
  if (const Result<> written = out.finish(); !written) return fail(written.error());
  return 0;
}

}  // namespace mnm::mnmlog
