// What an operator has to open a sealed data directory: 32 octets or a passphrase, out of a file or
// typed.
//
// Any thread. Overwritten when it goes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"
#include "log/seal.h"

namespace mnm::log {

// How the key becomes that which seals the keyring. On disk, never reused.
enum class KeyKind : std::uint8_t {
  kOctets = 1,      // it is that, 32 octets
  kPassphrase = 2,  // Argon2id makes it
};

// What Argon2id is told; it is in the keyring.
struct Stretching {
  std::uint32_t passes = 0;
  std::uint64_t memory_bytes = 0;
  std::string salt;  // 16 octets
};
inline constexpr std::size_t kStretchingSaltBytes = 16;
// For new ones: some 0.2 s and 64 MiB, once a start.
inline constexpr std::uint32_t kStretchingPasses = 4;
inline constexpr std::uint64_t kStretchingMemoryBytes = std::uint64_t{64} << 20;
// What a keyring may ask for: it is read before it is known to be ours.
inline constexpr std::uint32_t kStretchingPassesMax = 64;
inline constexpr std::uint64_t kStretchingMemoryBytesMax = std::uint64_t{1} << 30;

class KeySecret {
 public:
  // The text of a key file: base64 of 32 octets, in one line, is a key; anything else a passphrase,
  // without the line's end. kUsage when it is empty or of several lines.
  [[nodiscard]] static Result<KeySecret> parse(std::string text);
  ~KeySecret();
  KeySecret(KeySecret&& other) noexcept;
  KeySecret& operator=(KeySecret&& other) noexcept;

  [[nodiscard]] KeyKind kind() const { return kind_; }
  // What parse() makes this one of, for another process: whoever takes it wipes it.
  [[nodiscard]] std::string text() const;
  // The key that seals the keyring. kUnavailable when there isn't memory enough to make it.
  [[nodiscard]] Result<SecretKey> key(const Stretching& stretching) const;

 private:
  KeySecret(KeyKind kind, std::string octets) : kind_(kind), octets_(std::move(octets)) {}
  KeyKind kind_;
  std::string octets_;
};

// Of a file that nobody but its owner may read (or a credential of systemd's, in
// $CREDENTIALS_DIRECTORY), or, for "-", a line of standard input; where that is a terminal, asked
// for without an echo. `prompt`: what it is asked for as. kDenied, kUsage, kUnavailable.
[[nodiscard]] Result<KeySecret> load_key_secret(const std::string& path,
                                                const std::string& prompt = "Key");
// One that something is about to be sealed with for the first time: a terminal is asked twice.
// kUsage too when the two differ.
[[nodiscard]] Result<KeySecret> load_new_key_secret(const std::string& path,
                                                    const std::string& prompt = "New key");

}  // namespace mnm::log
