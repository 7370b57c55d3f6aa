// Sealing: XChaCha20-Poly1305 (libsodium) with what it needs around it. Who seals what, and with
// which key: doc/log_format.md, "Sealing".
//
// Any thread. A failure inside libsodium is a CHECK.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace mnm::log {

inline constexpr std::size_t kSealKeyBytes = 32;
inline constexpr std::size_t kSealNonceBytes = 24;
inline constexpr std::size_t kSealTagBytes = 16;
// What seal() adds to a text: its nonce before, its tag behind.
inline constexpr std::size_t kSealBytes = kSealNonceBytes + kSealTagBytes;

// What something was sealed as: the first octet of what its tag covers too, so that nothing opens
// as something else. On disk, never reused.
enum class SealedAs : std::uint8_t {
  kRecord = 1,        // the payload of a record
  kMessageKey = 2,    // the key of a message row
  kMessage = 3,       // a message row
  kBodyKey = 4,       // the key of a body file
  kBaseKey = 5,       // the key of a base
  kChunk = 6,         // a chunk of a body file or base
  kViewRow = 7,       // a row of views/
  kKeyringEntry = 8,  // a data key
  kKeyring = 9,       // nothing: the tag covers the keyring
};

// 32 octets in memory of their own: never swapped out where the system's limit allows it, never in
// a core dump, overwritten when they go.
class SecretKey {
 public:
  // Random.
  SecretKey();
  // `octets`: 32.
  explicit SecretKey(std::string_view octets);
  [[nodiscard]] std::string_view octets() const;

 private:
  std::unique_ptr<unsigned char, void (*)(void*)> octets_;
};

// 32 octets for an instant, overwritten when they go.
class PassingKey {
 public:
  explicit PassingKey(std::string_view octets);
  ~PassingKey();
  PassingKey(const PassingKey&) = delete;
  PassingKey& operator=(const PassingKey&) = delete;
  [[nodiscard]] std::string_view octets() const;

 private:
  std::array<char, kSealKeyBytes> octets_;
};

// `context` is what it belongs to: covered by the tag, not stored. Keys have 32 octets.
struct SealContext {
  SealedAs as;
  std::string_view context;
};

// Appends nonce, sealed text and tag to `out`. `nonce`: fresh random octets, 24.
void append_sealed(std::string_view key, const SealContext& context, std::string_view nonce,
                   std::string_view text, std::string& out);
// The same without the nonce, which is stored elsewhere, or known.
void append_sealed_bare(std::string_view key, const SealContext& context, std::string_view nonce,
                        std::string_view text, std::string& out);

// Appends the text to `out`, or changes nothing and returns false: another key, another context, or
// octets that were changed.
[[nodiscard]] bool append_opened(std::string_view key, const SealContext& context,
                                 std::string_view sealed, std::string& out);
[[nodiscard]] bool append_opened_bare(std::string_view key, const SealContext& context,
                                      std::string_view nonce, std::string_view sealed,
                                      std::string& out);

}  // namespace mnm::log
