#include "sim/finder.h"

#include <algorithm>
#include <cstring>

#include "base/codec.h"
#include "log/sealed_file.h"
#include "log/wrapped_key.h"
#include "sim/marker.h"

namespace mnm::sim {
namespace {

constexpr std::size_t kWordBytes = sizeof(std::uint64_t);
constexpr std::size_t kKeysTried = 3;  // of those that wait, on what is left of each purged row

std::uint64_t word_at(std::string_view octets, std::size_t at) {
  std::uint64_t word = 0;
  std::memcpy(&word, octets.data() + at, kWordBytes);
  return word;
}

template <class Found>
void each_marker(std::string_view octets, Found found) {
  for (std::size_t at = octets.find(kMarker); at != std::string_view::npos;
       at = octets.find(kMarker, at + 1)) {
    found(octets.substr(at));
  }
}

// What can be printed of it.
std::string_view word_of(std::string_view octets) {
  const auto end =
      std::ranges::find_if(octets, [](char octet) { return octet <= ' ' || octet > '~'; });
  return octets.substr(0, static_cast<std::size_t>(end - octets.begin()));
}

std::string context_of(Lsn id) {
  std::string context;
  Encoder(context).fixed64_be(id.value());
  return context;
}

// With the key of another message: each has its own.
bool opens(const log::Keyring& keyring, Lsn owner, std::string_view sealed_key,
           const Ghost& ghost) {
  const std::string context = context_of(owner);
  std::string key;
  if (!log::append_unwrapped_key(keyring, {log::SealedAs::kMessageKey, context}, sealed_key, "it",
                                 key)) {
    return false;
  }
  const std::string own = context_of(ghost.row);
  std::string text;
  return log::append_opened_bare(key, {log::SealedAs::kMessage, own},
                                 std::string(log::kSealNonceBytes, '\0'), ghost.octets, text);
}

}  // namespace

void Finder::written(Lsn id, std::string_view text, std::string_view sealed_key) {
  if (!sealed_key.empty()) {
    keys_[id].emplace_back(sealed_key);
    return;
  }
  each_marker(text, [&](std::string_view found) {
    if (const auto serial = letter_serial(found)) holders_[*serial].insert(id);
  });
}

void Finder::scrubbed() {
  for (const Lsn id : purged_) {
    gone_.insert(id);
    for (const std::string& key : keys_[id]) {
      const std::uint64_t word = word_at(key, log::kKeyIdBytes);
      dead_keys_[word] = id;
      perhaps_dead_.set(word & 0xffffU);
    }
    keys_.erase(id);
  }
  purged_.clear();
}

void Finder::look(const Disk& disk, const std::vector<Piece>& more) {
  const bool sealed = disk.keyring() != nullptr;
  std::vector<Piece> pieces = disk.pieces();
  pieces.insert(pieces.end(), more.begin(), more.end());
  for (const Piece& piece : pieces) {
    look_for_texts(piece, sealed);
    if (sealed) look_for_keys(piece);
  }
  for (const Ghost& ghost : disk.ghosts()) {
    if (sealed) try_keys(disk, ghost);
  }
}

void Finder::look_for_texts(const Piece& piece, bool sealed) {
  each_marker(piece.octets, [&](std::string_view found) {
    if (sealed) return oracle_.plain_on_disk(piece.where, word_of(found));
    const auto serial = letter_serial(found);
    const auto holders = serial ? holders_.find(*serial) : holders_.end();
    if (holders == holders_.end()) return;
    const bool gone =
        std::ranges::all_of(holders->second, [this](Lsn id) { return gone_.contains(id); });
    if (gone) oracle_.readable_after_purge(message_id(*holders->second.begin()), piece.where);
  });
}

void Finder::look_for_keys(const Piece& piece) {
  for (std::size_t at = 0; at + kWordBytes <= piece.octets.size(); ++at) {
    const std::uint64_t word = word_at(piece.octets, at);
    if (!perhaps_dead_.test(word & 0xffffU)) continue;
    const auto found = dead_keys_.find(word);
    if (found != dead_keys_.end()) {
      oracle_.readable_after_purge(message_id(found->second), piece.where);
    }
  }
}

void Finder::try_keys(const Disk& disk, const Ghost& ghost) {
  const log::Keyring& keyring = *disk.keyring();
  if (ghost.file) {
    const auto opened = log::open_sealed_file(keyring, log::sealed_body_name(ghost.file),
                                              ghost.octets, "what is left of a body file");
    if (opened) oracle_.readable_after_purge("of a body file", "what is left of it");
    return;
  }
  std::size_t tried = 0;
  for (const auto& [owner, key] : disk.live().keys) {
    if (++tried > kKeysTried) return;
    if (!opens(keyring, owner, key, ghost)) continue;
    oracle_.readable_after_purge(message_id(ghost.row),
                                 "what is left of it, with the key of " + message_id(owner));
  }
}

}  // namespace mnm::sim
