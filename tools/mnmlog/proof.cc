#include "mnmlog/proof.h"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "base/text.h"
#include "common/json.h"
#include "log/record.h"

namespace mnm::mnmlog {
namespace {

namespace json = boost::json;

constexpr std::uint64_t kVersion = 1;
constexpr std::size_t kEventsMax = 64;

tl::unexpected<Error> no_proof(std::string_view what) {
  return fail(ErrorCode::kUsage, fmt::format("this is no proof: {}", what));
}

void append_path(tools::JsonWriter& json, std::string_view name, const std::vector<Hash>& path) {
  json.key(name).begin_array();
  for (const Hash& hash : path) json.text(hex_encode(as_bytes(hash)));
  json.end_array();
}

// Reads the members of one JSON object; after the first that isn't what it should be, ok() is
// false.
class Members {
 public:
  explicit Members(const json::value& value) : object_(value.if_object()) {}

  [[nodiscard]] std::uint64_t number(std::string_view name) {
    const json::value* value = find(name);
    if (value != nullptr && value->is_int64() && value->get_int64() >= 0) {
      return static_cast<std::uint64_t>(value->get_int64());
    }
    if (value != nullptr && value->is_uint64()) return value->get_uint64();
    ok_ = false;
    return 0;
  }
  [[nodiscard]] std::string text(std::string_view name) {
    const json::value* value = find(name);
    if (value != nullptr && value->is_string()) return std::string(value->get_string());
    ok_ = false;
    return {};
  }
  // `size` octets, any number if it is 0.
  [[nodiscard]] std::string octets(std::string_view name, std::size_t size) {
    const auto decoded = hex_decode(text(name));
    ok_ = ok_ && decoded && (size == 0 || decoded->size() == size);
    return ok_ ? *decoded : std::string();
  }
  [[nodiscard]] std::vector<Hash> path(std::string_view name) {
    std::vector<Hash> path;
    for (const json::value& step : array(name)) {
      const auto decoded =
          step.is_string() ? hex_decode(std::string(step.get_string())) : std::nullopt;
      ok_ = ok_ && decoded && decoded->size() == sizeof(Hash);
      if (!ok_) return {};
      path.push_back(hash_from(*decoded));
    }
    return path;
  }
  [[nodiscard]] json::array array(std::string_view name) {
    const json::value* value = find(name);
    if (value != nullptr && value->is_array()) return value->get_array();
    ok_ = false;
    return {};
  }
  [[nodiscard]] bool ok() const { return ok_ && object_ != nullptr; }

 private:
  [[nodiscard]] const json::value* find(std::string_view name) {
    return object_ != nullptr ? object_->if_contains(name) : nullptr;
  }
  const json::object* object_;
  bool ok_ = true;
};

Result<ProvenEvent> parse_event(const json::value& value) {
  Members members(value);
  ProvenEvent event;
  event.lsn = Lsn(members.number("lsn"));
  event.event = members.octets("event", 0);
  const std::string salt = members.octets("salt", event.salt.size());
  salt.copy(event.salt.data(), event.salt.size());
  event.path = members.path("path");
  event.envelope = members.octets("envelope", log::kEnvelopeBytes);
  event.record = members.number("record");
  event.record_path = members.path("record_path");
  if (!members.ok()) return no_proof("an event lacks something, or has it in another form");
  return event;
}

Result<Epoch> check_event(const ProvenEvent& event, const log::Head& head) {
  const auto wrong = [&](std::string_view what) {
    return fail(ErrorCode::kTampering, fmt::format("LSN {}: {}", event.lsn.value(), what));
  };
  const Result<log::Envelope> envelope = log::decode_envelope(event.envelope);
  if (!envelope) return wrong("its envelope is none: " + envelope.error().text);
  const bool in_record = event.lsn >= envelope->first && event.lsn <= envelope->last();
  if (!in_record) return wrong("it isn't in this record, by the record's envelope");
  const auto index = static_cast<std::uint32_t>(event.lsn.value() - envelope->first.value());
  if (!log::proof_holds({index, envelope->count, event.salt, event.path}, event.event,
                        envelope->events_root)) {
    return wrong("these octets are not what the record has there");
  }
  if (!log::proof_holds({event.record, head.records, event.record_path}, envelope->chain,
                        head.root)) {
    return wrong("the head doesn't cover this record");
  }
  return envelope->epoch;
}

}  // namespace

std::string encode_proof(const Proof& proof) {
  std::string out;
  tools::JsonWriter json(out);
  std::string line = proof.head.line();
  line.pop_back();
  json.begin_object().number("mnm_proof", kVersion).text("head", line).key("events").begin_array();
  for (const ProvenEvent& event : proof.events) {
    json.begin_object()
        .number("lsn", event.lsn.value())
        .text("event", hex_encode(event.event))
        .text("salt", hex_encode(log::salt_bytes(event.salt)));
    append_path(json, "path", event.path);
    json.text("envelope", hex_encode(event.envelope)).number("record", event.record);
    append_path(json, "record_path", event.record_path);
    json.end_object();
  }
  json.end_array().end_object();
  return out += '\n';
}

Result<Proof> parse_proof(std::string_view text) {
  json::error_code failed;
  const json::value value = json::parse(text, failed);
  if (failed) return no_proof("it isn't JSON");
  Members members(value);
  const std::uint64_t version = members.number("mnm_proof");
  if (members.ok() && version != kVersion) {
    return fail(ErrorCode::kUnknownFormat,
                fmt::format("a proof of version {}; this program knows {}", version, kVersion));
  }
  const std::string line = members.text("head");
  const json::array events = members.array("events");
  if (!members.ok() || events.empty() || events.size() > kEventsMax) {
    return no_proof("it lacks mnm_proof, head or events");
  }
  const auto head = log::parse_head(line);
  if (!head) return no_proof("its head is none");
  Proof proof{*head, {}};
  for (const json::value& each : events) {
    Result<ProvenEvent> event = parse_event(each);
    if (!event) return fail(event.error());
    proof.events.push_back(std::move(*event));
  }
  return proof;
}

Result<std::vector<Epoch>> check_proof(const Proof& proof, const PublicKey& key) {
  if (!proof.head.holds(key)) {
    return fail(ErrorCode::kTampering,
                fmt::format("head {} isn't signed with this key", proof.head.head.number));
  }
  std::vector<Epoch> epochs;
  for (const ProvenEvent& event : proof.events) {
    const Result<Epoch> epoch = check_event(event, proof.head.head);
    if (!epoch) return fail(epoch.error());
    epochs.push_back(*epoch);
  }
  return epochs;
}

}  // namespace mnm::mnmlog
