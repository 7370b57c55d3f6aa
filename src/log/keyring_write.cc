// What makes and changes a keyring; programs that only read link none of it.
#include <fcntl.h>
#include <fmt/format.h>
#include <glog/logging.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>

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
  encoder.byte(static_cast<std::uint8_t>(kind_));
  encoder.raw(std::string_view("\0\0\0", 3));
  encoder.fixed32_be(stretching_.passes);
  encoder.fixed64_be(stretching_.memory_bytes);
  encoder.raw(stretching_.salt);
  encoder.fixed32_be(static_cast<std::uint32_t>(1 + data_keys_.size()));
  append_entry(master_, 0, 0, names_, out);
  for (const Entry& entry : data_keys_) {
    append_entry(master_, entry.id, entry.made_s, entry.key, out);
  }
  const std::string content = out;
  append_sealed(master_.octets(), {SealedAs::kKeyring, content}, random_bytes(kSealNonceBytes), "",
                out);
  encoder.raw(as_bytes(sha256(out)));
  return out;
}

void Keyring::begin_data_key(std::uint64_t utc_s) {
  data_keys_.push_back({static_cast<std::uint32_t>(data_keys_.size() + 1), utc_s, SecretKey()});
}

Result<std::shared_ptr<Keyring>> Keyring::create(const std::string& directory,
                                                 const KeySecret& secret, std::uint64_t utc_s) {
  CHECK(!is_sealed(directory));
  const Stretching stretching = fresh_stretching(secret.kind());
  Result<SecretKey> master = secret.key(stretching);
  if (!master) return fail(master.error());
  std::shared_ptr<Keyring> keyring(
      new Keyring(secret.kind(), stretching, std::move(*master), SecretKey()));
  keyring->directory_ = directory;
  keyring->generation_ = 1;
  keyring->begin_data_key(utc_s);
  if (Result<void> written = replace_keyring(directory, keyring->encode()); !written) {
    return fail(written.error());
  }
  return keyring;
}

Result<void> Keyring::rekey(const std::string& directory, const KeySecret& old_secret,
                            const KeySecret& new_secret, std::uint64_t utc_s) {
  const Result<std::shared_ptr<Keyring>> loaded = load(directory, old_secret);
  if (!loaded) return fail(loaded.error());
  Keyring& keyring = **loaded;
  keyring.kind_ = new_secret.kind();
  keyring.stretching_ = fresh_stretching(new_secret.kind());
  Result<SecretKey> master = new_secret.key(keyring.stretching_);
  if (!master) return fail(master.error());
  keyring.master_ = std::move(*master);
  keyring.begin_data_key(utc_s);
  ++keyring.generation_;
  // Of a new key alone is the old one to be forgotten; at a renewal a backup may be copying it.
  const FileDescriptor before(::open(path_in(directory).c_str(), O_WRONLY | O_CLOEXEC));
  if (Result<void> replaced = replace_keyring(directory, keyring.encode()); !replaced) {
    return replaced;
  }
  overwrite_unnamed(before);
  return {};
}

// A key is in the file, durably, before anything is sealed with it.
Result<void> Keyring::renew_if_due(std::uint64_t utc_s) {
  const std::scoped_lock lock(mutex_);
  const std::uint64_t made_s = data_keys_.back().made_s;
  if (utc_s < made_s || utc_s - made_s < kDataKeyPeriodSeconds) return {};
  begin_data_key(utc_s);
  ++generation_;
  Result<void> written = replace_keyring(directory_, encode_locked());
  if (written) return {};
  // Whether it is there isn't known, so it is never used: the next one has its number, and another
  // file.
  data_keys_.pop_back();
  --generation_;
  return written;
}

}  // namespace mnm::log
