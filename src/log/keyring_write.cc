// What makes and changes a keyring; programs that only read link none of it.
#include <fcntl.h>
#include <fmt/format.h>
#include <glog/logging.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <limits>
#include <utility>

#include "base/codec.h"
#include "base/crypto.h"
#include "log/data_directory.h"
#include "log/keyring.h"
#include "log/keyring_format.h"

namespace mnm::log {
namespace {

// The keyring that was replaced, which has no name any more: its octets would otherwise lie on the
// disk until something else is written there.
void overwrite_unnamed(const FileDescriptor& file) {
  struct stat status {};
  if (!file.ok() || ::fstat(file.get(), &status) != 0 || status.st_nlink != 0) return;
  const std::string zeros(static_cast<std::size_t>(status.st_size), '\0');
  if (!write_all(file, zeros) || ::fsync(file.get()) != 0) {
    PLOG(WARNING) << "can't overwrite the keyring that was replaced";
  }
}

std::string path_in(const std::string& directory) {
  return directory + "/" + std::string(kKeyringName);
}

// Who has opened the one before reads on in it.
Result<void> replace_keyring(const std::string& directory, const std::string& octets) {
  constexpr unsigned kMode = 0600;
  return replace_file(path_in(directory), octets, kMode);
}

Stretching fresh_stretching(KeyKind kind) {
  Stretching stretching{.salt = random_bytes(kStretchingSaltBytes)};
  if (kind == KeyKind::kPassphrase) {
    stretching.passes = kStretchingPasses;
    stretching.memory_bytes = kStretchingMemoryBytes;
  }
  return stretching;
}

void append_entry(const SecretKey& master, std::uint32_t id, std::uint64_t made_s,
                  const SecretKey& key, std::string& out) {
  std::string about;
  Encoder encoder(about);
  encoder.fixed32_be(id);
  encoder.fixed64_be(made_s);
  CHECK_EQ(about.size(), kKeyringAboutBytes);
  out += about;
  append_sealed(master.octets(), {SealedAs::kKeyringEntry, about}, random_bytes(kSealNonceBytes),
                key.octets(), out);
}

}  // namespace

std::uint64_t utc_seconds() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::seconds>(now).count());
}

std::string Keyring::encode() const {
  const std::scoped_lock lock(mutex_);
  return encode_locked();
}

std::string Keyring::encode_locked() const {
  std::string out;
  Encoder encoder(out);
  encoder.raw(kKeyringMagic);
  encoder.fixed64_be(generation_);
  encoder.byte(static_cast<std::uint8_t>(master_.kind));
  encoder.byte(untold_rekeys_);
  encoder.raw(std::string_view("\0\0", 2));
  encoder.fixed32_be(master_.stretching.passes);
  encoder.fixed64_be(master_.stretching.memory_bytes);
  encoder.raw(master_.stretching.salt);
  encoder.fixed32_be(static_cast<std::uint32_t>(1 + data_keys_.size()));
  append_entry(master_.key, 0, 0, names_, out);
  for (const Entry& entry : data_keys_) {
    append_entry(master_.key, entry.id, entry.made_s, entry.key, out);
  }
  const std::string content = out;
  append_sealed(master_.key.octets(), {SealedAs::kKeyring, content}, random_bytes(kSealNonceBytes),
                "", out);
  encoder.raw(as_bytes(sha256(out)));
  return out;
}

void Keyring::begin_data_key(std::uint64_t utc_s) {
  data_keys_.push_back({static_cast<std::uint32_t>(data_keys_.size() + 1), utc_s, SecretKey()});
}

Result<Keyring::Master> Keyring::fresh_master(const KeySecret& secret) {
  Stretching stretching = fresh_stretching(secret.kind());
  Result<SecretKey> key = secret.key(stretching);
  if (!key) return fail(key.error());
  return Master{secret.kind(), std::move(stretching), std::move(*key)};
}

Result<void> Keyring::write_locked() {
  const std::string octets = encode_locked();
  return replace_ ? replace_(octets) : replace_keyring(directory_, octets);
}

Result<std::shared_ptr<Keyring>> Keyring::create(const std::string& directory,
                                                 const KeySecret& secret, std::uint64_t utc_s) {
  CHECK(!is_sealed(directory));
  Result<std::shared_ptr<Keyring>> made =
      create([&directory](const std::string& octets) { return replace_keyring(directory, octets); },
             secret, utc_s);
  if (!made) return made;
  (*made)->replace_ = nullptr;
  (*made)->directory_ = directory;
  return made;
}

Result<std::shared_ptr<Keyring>> Keyring::create(Replace replace, const KeySecret& secret,
                                                 std::uint64_t utc_s) {
  Result<Master> master = fresh_master(secret);
  if (!master) return fail(master.error());
  std::shared_ptr<Keyring> keyring(new Keyring(std::move(*master), SecretKey()));
  keyring->replace_ = std::move(replace);
  keyring->generation_ = 1;
  keyring->begin_data_key(utc_s);
  const std::scoped_lock lock(keyring->mutex_);
  if (Result<void> written = keyring->write_locked(); !written) return fail(written.error());
  return keyring;
}

Result<void> Keyring::rekey(const std::string& directory, const KeySecret& old_secret,
                            const KeySecret& new_secret, std::uint64_t utc_s) {
  const Result<std::shared_ptr<Keyring>> loaded = load(directory, old_secret);
  if (!loaded) return fail(loaded.error());
  return (*loaded)->reseal(new_secret, utc_s);
}

Result<void> Keyring::reseal(const KeySecret& new_secret, std::uint64_t utc_s) {
  // Stretched before the lock is taken: whoever looks for a key meanwhile isn't held up.
  Result<Master> fresh = fresh_master(new_secret);
  if (!fresh) return fail(fresh.error());
  const std::scoped_lock lock(mutex_);
  std::swap(master_, *fresh);
  const std::uint8_t untold = untold_rekeys_;
  if (untold_rekeys_ < std::numeric_limits<std::uint8_t>::max()) ++untold_rekeys_;
  const bool was_told = std::exchange(is_told_, false);  // of the one before this
  begin_data_key(utc_s);
  ++generation_;
  // Of a new key alone is the old one to be forgotten; at a renewal a backup may be copying it.
  const FileDescriptor before(replace_ ? -1
                                       : ::open(path_in(directory_).c_str(), O_WRONLY | O_CLOEXEC));
  if (Result<void> written = write_locked(); !written) {
    std::swap(master_, *fresh);
    untold_rekeys_ = untold;
    is_told_ = was_told;
    data_keys_.pop_back();
    --generation_;
    return written;
  }
  overwrite_unnamed(before);
  return {};
}

// A key is in the file, durably, before anything is sealed with it.
Result<void> Keyring::renew_if_due(std::uint64_t utc_s) {
  const std::scoped_lock lock(mutex_);
  Result<void> marked;
  if (is_told_) marked = mark_told_locked();  // which couldn't be written before
  const std::uint64_t made_s = data_keys_.back().made_s;
  if (utc_s < made_s || utc_s - made_s < kDataKeyPeriodSeconds) return {};
  if (!marked) return marked;
  if (untold_rekeys_ != 0) return {};  // the last data key is still to be told of
  begin_data_key(utc_s);
  ++generation_;
  Result<void> written = write_locked();
  if (written) return {};
  // Whether it is there isn't known, so it is never used: the next one has its number, and another
  // file.
  data_keys_.pop_back();
  --generation_;
  return written;
}

// ------------------------------------------------------------------------------- what is told of
// it

std::string Keyring::key_id() const {
  const std::scoped_lock lock(mutex_);
  return key_id_locked();
}

std::string Keyring::key_id_locked() const {
  constexpr std::size_t kOctets = 8;
  return std::string(as_bytes(hmac_sha256(master_.key.octets(), "mnm key id")).substr(0, kOctets));
}

std::optional<Keyring::Rekey> Keyring::untold_rekey() const {
  const std::scoped_lock lock(mutex_);
  if (untold_rekeys_ == 0) return std::nullopt;
  return Rekey{.rekeys = untold_rekeys_,
               .data_key = data_keys_.back().id,
               .generation = generation_,
               .utc_s = data_keys_.back().made_s,
               .key_id = key_id_locked()};
}

Result<void> Keyring::rekey_told(std::uint32_t data_key) {
  const std::scoped_lock lock(mutex_);
  if (untold_rekeys_ == 0 || data_keys_.back().id != data_key) return {};  // a later one is to come
  is_told_ = true;
  return mark_told_locked();
}

Result<void> Keyring::mark_told_locked() {
  const std::uint8_t untold = std::exchange(untold_rekeys_, 0);
  ++generation_;
  Result<void> written = write_locked();
  is_told_ = !written;
  if (written) return {};
  untold_rekeys_ = untold;
  --generation_;
  return written;
}

}  // namespace mnm::log
