// The keys of a sealed world: who opens it, who may not, how they change; and what is looked for on
// every disk.
#include <fmt/format.h>
#include <glog/logging.h>
#include <sodium.h>

#include <array>

#include "sim/world.h"

namespace mnm::sim {
namespace {

constexpr std::uint64_t kSealedOfThousand = 333;
constexpr std::int64_t kMonth_us = std::int64_t{31} * 24 * 3600 * 1'000'000;

log::KeySecret secret_of(const std::string& text) {
  auto secret = log::KeySecret::parse(text);
  CHECK(secret) << secret.error().text;
  return std::move(*secret);
}

}  // namespace

std::string World::make_key() {
  const std::string octets = random_.octets(log::kSealKeyBytes);
  std::array<char, 64> text{};
  return sodium_bin2base64(text.data(), text.size(),
                           reinterpret_cast<const unsigned char*>(octets.data()), octets.size(),
                           sodium_base64_VARIANT_ORIGINAL);
}

// The same draws whatever was asked for.
void World::give_keys() {
  const bool by_seed = random_.chance(kSealedOfThousand);
  const std::string key = make_key();
  report_.sealed =
      options_.sealing == Sealing::kBySeed ? by_seed : options_.sealing == Sealing::kSealed;
  if (report_.sealed) key_ = key;
}

void World::plan_keys() {
  every(3min, 10min, [this] { scrub(); });
  if (key_.empty()) return;
  every(2min, 10min, [this] {
    if (faults_.hit(Fault::kMonthsPass, 800)) site_.utc_offset_us += kMonth_us;
  });
  every(5min, 20min, [this] {
    if (process_ && faults_.hit(Fault::kRekeyRunning, 700)) rekey_running();
  });
}

// ------------------------------------------------------------------------------------------ starts

// With the operator's key; after a rekey whose outcome isn't known, with one of those that it may
// be.
Result<> World::recover() {
  if (key_.empty()) return disk_.recover();
  std::vector<std::string> keys = {key_};
  keys.insert(keys.end(), perhaps_keys_.rbegin(), perhaps_keys_.rend());
  Result<> recovered;
  for (const std::string& key : keys) {
    const log::KeySecret secret = secret_of(key);
    recovered = disk_.recover(&secret);
    const bool opened = recovered || recovered.error().code != ErrorCode::kDenied;
    if (!opened) continue;
    if (!recovered) return recovered;
    key_ = key;
    perhaps_keys_.clear();
    return {};
  }
  return recovered;
}

bool World::is_refused_and_unchanged(const std::optional<std::string>& key) {
  const Image before = disk_.image();
  std::optional<log::KeySecret> secret;
  if (key) secret = secret_of(*key);
  const auto recovered = disk_.recover(secret ? &*secret : nullptr);
  const bool refused =
      !recovered && recovered.error().code == (key ? ErrorCode::kDenied : ErrorCode::kUsage);
  return refused && disk_.image() == before;
}

void World::try_wrong_key() {
  if (key_.empty() || damaged_ || disk_.image().keyring.empty()) return;
  if (!faults_.hit(Fault::kWrongKey, 300)) return;
  std::optional<std::string> key;
  if (random_.chance(700)) key = random_.chance(800) ? make_key() : "a passphrase, and no key";
  if (!is_refused_and_unchanged(key)) {
    oracle_.fault("a start with a wrong key wasn't refused, or changed something");
  }
}

// ------------------------------------------------------------------------------------------ rekeys

void World::rekey_stopped() {
  if (key_.empty() || damaged_ || !perhaps_keys_.empty() || disk_.image().keyring.empty()) return;
  if (!faults_.hit(Fault::kRekey, 200)) return;
  const std::string next = make_key();
  try {
    const auto done = disk_.rekey(secret_of(key_), secret_of(next));
    if (!done) {
      say("a rekey failed: " + done.error().text);
      return perhaps_keys_.push_back(next);
    }
    say(fmt::format("rekeyed, data key {}", *done));
    if (!is_refused_and_unchanged(key_)) oracle_.fault("the key before a rekey still opens it");
    key_ = next;
    oracle_.rekeyed(*done);
  } catch (const PowerCut&) {
    say("the power was cut in a rekey");
    perhaps_keys_.push_back(next);
  }
}

void World::rekey_running() {
  const std::string next = make_key();
  try {
    log::Keyring& keyring = *disk_.keyring();
    if (const auto done = keyring.reseal(secret_of(next), disk_.utc_s()); !done) {
      say("a rekey failed: " + done.error().text);
      return perhaps_keys_.push_back(next);
    }
    key_ = next;
    perhaps_keys_.clear();
    say(fmt::format("rekeyed while it runs, data key {}", keyring.current().id));
    tell_of_rekey(false);
  } catch (const PowerCut&) {
    perhaps_keys_.push_back(next);
    crash("the power was cut in a rekey");
  }
}

// As src/daemon/admin_rekey.cc does it.
void World::tell_of_rekey(bool at_start) {
  const auto done = disk_.keyring() ? disk_.keyring()->untold_rekey() : std::nullopt;
  if (!done) return;
  oracle_.rekeyed(done->data_key);
  ops::NoteRekey note;
  note.fact.set_key_id(done->key_id);
  note.fact.set_data_key(done->data_key);
  note.fact.set_at_start(at_start);
  note.fact.set_rekeys(done->rekeys);
  process_->offer(std::move(note));
}

// The event is durable.
void World::was_told(const event::Rekeyed& fact) {
  oracle_.rekey_told(fact.data_key());
  time_.after(Micros(1'000), [this, run = report_.starts, data_key = fact.data_key()] {
    if (!process_ || report_.starts != run) return;
    try {
      (void)disk_.keyring()->rekey_told(data_key);  // else the next start tells of it once more
    } catch (const PowerCut&) {
      crash("the power was cut when a rekey was told");
    }
  });
}

// ------------------------------------------------------------------------------------------- looks

void World::scrub() {
  if (!process_) return;
  try {
    if (const auto done = process_->log().scrub(); !done) {
      return say("a scrub failed: " + done.error().text);
    }
  } catch (const PowerCut&) {
    return crash("the power was cut in a scrub");
  }
  finder_.scrubbed();
  finder_.look(disk_, checkpoint_.pieces());
  ++report_.searches;
}

}  // namespace mnm::sim
