// mnmlog prove LSN: a proof that the log holds an event, for somebody who hasn't got the log.
#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <fstream>
#include <map>
#include <set>

#include "common/program.h"
#include "log/heads_file.h"
#include "log/record.h"
#include "mnmlog/command_line.h"
#include "mnmlog/proof.h"
#include "mnmlog/source.h"
#include "mnmlog/verifier.h"
#include "ops/replay.h"

namespace mnm::mnmlog {
namespace {

// Of how many users the registration is proven, too: a post to a crowd would be a book of them.
constexpr std::size_t kWitnessesMax = 16;

// The numbers of users that an event speaks of.
std::set<std::uint32_t> users_in(const event::Event& event) {
  std::set<std::uint32_t> users;
  const auto add = [&users](std::uint32_t user) {
    if (user != 0 && users.size() < kWitnessesMax) users.insert(user);
  };
  add(event.actor().user());
  add(event.alias_added().user());
  add(event.member_set().user());
  for (const event::Target& target : event.stored().targets()) add(target.user());
  if (event.has_registered()) users.clear();  // it speaks for itself
  return users;
}

// The first head that covers `lsn`.
Result<log::SignedHead> find_head(const std::string& path, const log::Reader& reader, Lsn lsn) {
  auto heads = log::HeadsReader::open(path);
  if (!heads && heads.error().code == ErrorCode::kNegative) {
    return fail(ErrorCode::kUsage, heads.error().text + "; name the file with --heads");
  }
  if (!heads) return fail(heads.error());
  while (true) {
    auto next = heads->next();
    if (!next) return fail(next.error());
    if (!next->has_value()) {
      return fail(ErrorCode::kNegative,
                  fmt::format("no head in {} covers LSN {} yet; mnmctl heads-sign signs one now",
                              path, lsn.value()));
    }
    const log::Position& position = (*next)->head.position;
    if (position.lsn < lsn) continue;
    const Result<log::Record> record = reader.read(position.lsn);
    if (record && record->position() == position) return std::move(**next);
    if (record || record.error().code != ErrorCode::kNegative) {
      return fail(ErrorCode::kTampering,
                  fmt::format("head {} doesn't fit the log: see mnmlog verify --heads {}",
                              (*next)->head.number, path));
    }
  }  // else a restore dropped what it covers: the next one may do
}

// Walks the log once, to the record that the head names, and collects all proofs on the way.
class Collector {
 public:
  // `before`: the records that were trimmed.
  Collector(const log::Head& head, Lsn lsn, std::set<std::uint32_t> users, log::MerkleRange before)
      : head_(head), lsn_(lsn), users_(std::move(users)), range_(std::move(before)) {}

  Result<std::vector<ProvenEvent>> run(const log::Reader& reader) {
    const auto scanner = reader.scan(reader.tail());
    while (range_.size() < head_.records) {
      auto stored = scanner->next_stored();
      if (!stored) return fail(stored.error());
      if (!stored->has_value()) break;
      if (Result<> added = add(std::move(**stored)); !added) return fail(added.error());
    }
    if (range_.size() != head_.records || range_.root() != head_.root) {
      return fail(ErrorCode::kTampering,
                  fmt::format("the records through LSN {} are not those which head {} covers",
                              head_.position.lsn.value(), head_.number));
    }
    std::vector<ProvenEvent> events;
    for (Wanted& wanted : wanted_) {
      wanted.event.record_path = wanted.prover.finish().path;
      const auto at = wanted.event.lsn == lsn_ ? events.begin() : events.end();
      events.insert(at, std::move(wanted.event));
    }
    return events;
  }

 private:
  struct Wanted {
    ProvenEvent event;
    log::RangeProver prover;
  };

  Result<> add(log::Stored stored) {
    const Result<log::Envelope> envelope = log::check_envelope(stored);
    if (!envelope) return fail(envelope.error());
    for (Wanted& wanted : wanted_) wanted.prover.append(envelope->chain);
    if (envelope->first <= lsn_ && (!users_.empty() || envelope->last() >= lsn_)) {
      if (Result<> searched = search(std::move(stored)); !searched) return searched;
    }
    range_.append(envelope->chain);
    return {};
  }

  Result<> search(log::Stored stored) {
    const Result<log::Record> record = log::decode_stored(std::move(stored));
    if (!record) return fail(record.error());
    Lsn lsn = record->first;
    for (const std::string_view bytes : record->events) {
      if (lsn == lsn_ || registers(lsn, bytes)) want(*record, lsn);
      lsn = next(lsn);
    }
    return {};
  }

  // One of the users.
  bool registers(Lsn lsn, std::string_view bytes) {
    event::Event event;
    if (users_.empty() || lsn > lsn_ || !ops::parse_event(lsn, bytes, event)) return false;
    return event.has_registered() && users_.erase(event.registered().user()) > 0;
  }

  void want(const log::Record& record, Lsn lsn) {
    const auto index = static_cast<std::uint32_t>(lsn.value() - record.first.value());
    log::EventProof proof = log::prove_event(log::record_salt(record), record.events, index);
    ProvenEvent event;
    event.lsn = lsn;
    event.event = record.events[index];
    event.salt = proof.salt;
    event.path = std::move(proof.path);
    event.envelope = record.storage.substr(0, log::kEnvelopeBytes);
    event.record = range_.size();
    wanted_.push_back({std::move(event), log::RangeProver(range_, record.chain)});
  }

  const log::Head& head_;
  const Lsn lsn_;
  std::set<std::uint32_t> users_;  // whose registration is still to be found, if it is kept
  log::MerkleRange range_;
  std::vector<Wanted> wanted_;
};

Result<Proof> prove(Source& source, Lsn lsn, const std::string& heads_file) {
  if (const auto awaited = await_last_head(source, heads_file); !awaited) {
    return fail(awaited.error());
  }
  const log::Reader& reader = source.reader();
  if (lsn < reader.tail()) {
    return fail(ErrorCode::kNegative, fmt::format("LSN {} was trimmed: the log begins at LSN {}",
                                                  lsn.value(), reader.tail().value()));
  }
  const Result<log::Record> record = reader.read(lsn);
  if (!record) return fail(record.error());
  auto base = source.first_base();
  if (!base) return fail(base.error());
  event::Event event;
  const auto index = static_cast<std::size_t>(lsn.value() - record->first.value());
  if (auto parsed = ops::parse_event(lsn, record->events[index], event); !parsed) {
    return fail(parsed.error());
  }
  Result<log::SignedHead> head = find_head(heads_file, reader, lsn);
  if (!head) return fail(head.error());
  auto events =
      Collector(head->head, lsn, users_in(event), std::move(base->info.range)).run(reader);
  if (!events) return fail(events.error());
  return Proof{std::move(*head), std::move(*events)};
}

// As a whole, or not at all.
Result<> write_file(const std::string& path, const std::string& octets) {
  const std::string fresh = path + ".new";
  std::ofstream file(fresh, std::ios::binary | std::ios::trunc);
  file << octets;
  file.close();
  if (!file || std::rename(fresh.c_str(), path.c_str()) != 0) {
    return fail(system_error("can't write " + path, errno));
  }
  return {};
}

Result<int> run(const CommandLine& line, const std::string& text, std::string heads_file,
                const std::string& out_file) {
  const Result<Lsn> lsn = parse_lsn(text);
  if (!lsn) return fail(lsn.error());
  const auto source = Source::open(line.place(), Source::Through::kFiles);
  if (!source) return fail(source.error());
  if (!line.quiet()) fmt::print(stderr, "{}\n", (*source)->describe());
  if (heads_file.empty()) heads_file = line.directory() + "/heads";
  const Result<Proof> proof = prove(**source, *lsn, heads_file);
  if (!proof) return fail(proof.error());
  const std::string octets = encode_proof(*proof);
  if (!out_file.empty()) {
    if (const Result<> written = write_file(out_file, octets); !written) {
      return fail(written.error());
    }
    return 0;
  }
  tools::Output out;
  out.write(octets);
  if (const Result<> written = out.finish(); !written) return fail(written.error());
  return 0;
}

}  // namespace

Result<int> run_prove(const Command& command, const Arguments& arguments) {
  CommandLine line(command);
  std::string lsn;
  std::string heads_file;
  std::string out_file;
  line.app().add_option("LSN", lsn, "An LSN, or a message's id")->required();
  line.app().add_option("--heads", heads_file, "The file of signed heads (DIR/heads)");
  line.app().add_option("--out", out_file, "Where the proof goes (standard output)");
  if (const auto code = line.parse(arguments)) return *code;
  return run(line, lsn, heads_file, out_file);
}

}  // namespace mnm::mnmlog
