// The keys of a sealed data directory, in the file `keyring`, sealed themselves with the operator's
// key (doc/log_format.md, "Sealing"). A new operator's key changes this file alone.
//
// Thread-safe. A key that was found stays valid as long as its Keyring. What writes is in
// keyring_write.cc, so that programs that only read link none of it.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "log/key_secret.h"
#include "log/seal.h"

namespace mnm::log {

// A new data key is begun after so long; what was sealed before keeps its own.
inline constexpr std::uint64_t kDataKeyPeriodSeconds = std::uint64_t{30} * 24 * 3600;
inline constexpr std::size_t kKeyIdBytes = 4;

// Whether the data directory is a sealed one: it has a keyring.
[[nodiscard]] bool is_sealed(const std::string& directory);
// What whoever opens a sealed directory without a key is told.
[[nodiscard]] Error no_key(const std::string& directory);

// What time it is, for those who make keys.
[[nodiscard]] std::uint64_t utc_seconds();

class Keyring {
 public:
  // What a data directory is opened with. kDenied when the secret is another one; kCorruption when
  // the file is damaged, kUnknownFormat when it is a newer one; kUsage when there is none.
  [[nodiscard]] static Result<std::shared_ptr<Keyring>> load(const std::string& directory,
                                                             const KeySecret& secret);
  // load() for who may have no key: null for a plain directory that is opened without one. kUsage:
  // a sealed one without one, or a plain one with one.
  [[nodiscard]] static Result<std::shared_ptr<Keyring>> load_if_sealed(const std::string& directory,
                                                                       const KeySecret* secret);
  // Makes one, durably, in a directory that has none.
  [[nodiscard]] static Result<std::shared_ptr<Keyring>> create(const std::string& directory,
                                                               const KeySecret& secret,
                                                               std::uint64_t utc_s);
  // load() and reseal(). Nothing else may have the directory open.
  [[nodiscard]] static Result<void> rekey(const std::string& directory, const KeySecret& old_secret,
                                          const KeySecret& new_secret, std::uint64_t utc_s);

  // For who keeps the octets elsewhere than in a directory: puts others in their place, durably and
  // as a whole; after a crash in it the old ones or the new ones are there. Of a failure the
  // outcome is unknown.
  using Replace = std::function<Result<void>(const std::string& octets)>;
  [[nodiscard]] static Result<std::shared_ptr<Keyring>> create(Replace replace,
                                                               const KeySecret& secret,
                                                               std::uint64_t utc_s);
  [[nodiscard]] static Result<std::shared_ptr<Keyring>> decode(std::string_view octets,
                                                               const std::string& path,
                                                               const KeySecret& secret,
                                                               Replace replace = {});

  struct DataKey {
    std::uint32_t id = 0;
    std::string_view octets;
  };
  // The one that seals what is new.
  [[nodiscard]] DataKey current() const;
  // One that isn't known may have begun since, where the relay is another process: the file is read
  // again.
  [[nodiscard]] std::optional<std::string_view> find(std::uint32_t id) const;
  // Of keyed hashes that stand for names in the keys of rows; the same for ever.
  [[nodiscard]] std::string_view name_key() const { return names_.octets(); }
  // How often the file was written.
  [[nodiscard]] std::uint64_t generation() const;
  [[nodiscard]] std::size_t data_keys() const;
  // Begins a new data key, durably, when the current one has served its period. An error only then;
  // that a rekey still can't be marked as told is none before.
  [[nodiscard]] Result<void> renew_if_due(std::uint64_t utc_s);
  // Seals the keys with another secret, and begins a new data key. All or nothing, durably; then
  // the keyring before is overwritten, as far as the file system does what it is told. When it
  // can't be written either secret may open what is there; here all is as before.
  [[nodiscard]] Result<void> reseal(const KeySecret& new_secret, std::uint64_t utc_s);

  // What the log is to be told of reseal(): by whoever calls it, or, after a crash or on a stopped
  // log, by the next start.
  struct Rekey {
    std::uint32_t rekeys = 0;  // since the log was told last; the rest is about the last one
    std::uint32_t data_key = 0;
    std::uint64_t generation = 0;
    std::uint64_t utc_s = 0;
    std::string key_id;
  };
  // None when the log knows of all.
  [[nodiscard]] std::optional<Rekey> untold_rekey() const;
  // Durably: the log was told of the one with this data key. Where that can't be written it is
  // tried again by renew_if_due(); a start before that tells once more.
  [[nodiscard]] Result<void> rekey_told(std::uint32_t data_key);
  // Eight octets that name the secret, and say nothing about it.
  [[nodiscard]] std::string key_id() const;

  // The file's octets; public for its tests.
  [[nodiscard]] std::string encode() const;

 private:
  struct Entry {
    std::uint32_t id = 0;
    std::uint64_t made_s = 0;  // UTC
    SecretKey key;
  };
  // What the secret makes, and how.
  struct Master {
    KeyKind kind;
    Stretching stretching;
    SecretKey key;
  };
  Keyring(Master master, SecretKey names) : names_(std::move(names)), master_(std::move(master)) {}
  [[nodiscard]] static Result<Master> fresh_master(const KeySecret& secret);
  struct File;
  // The entries, the one for names first.
  [[nodiscard]] static Result<std::deque<Entry>> open_entries(const File& file,
                                                              const SecretKey& master,
                                                              const std::string& path);
  void read_again_locked() const;
  [[nodiscard]] std::string encode_locked() const;
  [[nodiscard]] std::string key_id_locked() const;
  [[nodiscard]] Result<void> write_locked();
  [[nodiscard]] Result<void> mark_told_locked();
  void begin_data_key(std::uint64_t utc_s);

  std::string directory_;
  Replace replace_;  // none: the directory's file is
  const SecretKey names_;
  mutable std::mutex mutex_;
  Master master_;
  std::uint8_t untold_rekeys_ = 0;
  bool is_told_ = false;                  // of them, which isn't in the file yet
  mutable std::uint64_t generation_ = 0;  // of the file that was read or written
  // By id, the last one is the current one; references stay valid.
  mutable std::deque<Entry> data_keys_;
};

}  // namespace mnm::log
