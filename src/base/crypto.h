// Hashes, keyed hashes, random octets: OpenSSL behind five calls.
//
// Any thread. A failure inside OpenSSL is a CHECK: there is no sensible way on without it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

namespace mnm {

using Hash = std::array<std::uint8_t, 32>;  // a SHA-256 or HMAC-SHA-256 value

// The octets of a hash, a key or the like; valid as long as it.
template <std::size_t kSize>
[[nodiscard]] std::string_view as_bytes(const std::array<std::uint8_t, kSize>& octets) {
  return {reinterpret_cast<const char*>(octets.data()), octets.size()};
}
// The first 32 octets of `bytes`, which must have as many.
[[nodiscard]] Hash hash_from(std::string_view bytes);

// An incremental SHA-256. Not thread-safe; reusable after finish().
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  void update(std::string_view bytes);
  [[nodiscard]] Hash finish();

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

[[nodiscard]] Hash sha256(std::string_view bytes);
// Of the parts one after the other.
[[nodiscard]] Hash sha256(std::initializer_list<std::string_view> parts);
[[nodiscard]] Hash hmac_sha256(std::string_view key, std::string_view bytes);
// The same for many texts under one key, two blocks less each. Any number of threads; overwritten
// at its end.
class HmacSha256 {
 public:
  explicit HmacSha256(std::string_view key);
  ~HmacSha256();
  HmacSha256(const HmacSha256&) = default;
  HmacSha256& operator=(const HmacSha256&) = default;
  [[nodiscard]] Hash operator()(std::string_view bytes) const;

 private:
  using State = std::array<std::uint32_t, 8>;  // of SHA-256, after the key's block
  State inner_{};
  State outer_{};
};
// From the system's generator.
[[nodiscard]] std::string random_bytes(std::size_t count);
// The same in blocks: one call for each few octets would cost more than all else about them. What
// was taken isn't kept. One thread.
class RandomPool {
 public:
  RandomPool() = default;
  RandomPool(const RandomPool&) = delete;
  RandomPool& operator=(const RandomPool&) = delete;
  ~RandomPool();
  [[nodiscard]] std::string take(std::size_t count);

 private:
  std::string block_;  // what is left is at the front
};
// In time that depends on the lengths alone.
[[nodiscard]] bool equal_constant_time(std::string_view a, std::string_view b);
// Overwrites before the memory is given back.
void wipe(std::string& secret);

}  // namespace mnm
