// A stored message in memory: what a delivery needs, in no dialect, and its form as a message row.
//
// Immutable once shared: the engine makes it, sessions on any thread read it. The encoded forms are
// filled by whoever needs one first.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/crypto.h"
#include "base/error.h"
#include "base/ids.h"
#include "log/body_store.h"
#include "message.pb.h"

namespace mnm::ops {

// The octets of a message, as they came in: in memory, or already synced in a file. Made on the
// session's thread.
struct Body {
  std::uint64_t size = 0;
  std::shared_ptr<const std::string> bytes;  // null when size is 0 or the body is a file
  std::shared_ptr<log::Upload> upload;       // set when the body is a file
  Hash digest{};                             // SHA-256 of the octets
  std::string salt;                          // 16 random octets
};
// What the event says of the body: SHA-256(salt, digest). Without the salt, which is purged with
// the body, it can't be used to guess what was said.
[[nodiscard]] Hash commitment(const Body& body);

class Message {
 public:
  // The dialects' encodings of a delivery, up to and without the body.
  static constexpr std::size_t kForms = 2;

  Message(Lsn id, message::Header header, std::shared_ptr<const std::string> body)
      : id_(id), header_(std::move(header)), body_(std::move(body)) {}

  [[nodiscard]] Lsn id() const { return id_; }
  [[nodiscard]] const message::Header& header() const { return header_; }
  // The octets; null when there are none or they are in file().
  [[nodiscard]] const std::shared_ptr<const std::string>& body() const { return body_; }
  [[nodiscard]] log::BodyFile file() const {
    return {Lsn(header_.file_boot()), header_.file_serial()};
  }
  Message(const Message&) = delete;
  Message& operator=(const Message&) = delete;
  ~Message() {
    for (const Form& form : forms_) delete form.load(std::memory_order_relaxed);
  }
  // The encoded form, built by `build(*this) -> std::string` at the first call. Thread-safe: of
  // threads that build it at the same time, one is kept. (std::call_once wakes others by a system
  // call even where there are none.)
  template <class Build>
  [[nodiscard]] const std::string& form(std::size_t which, Build build) const {
    Form& form = forms_.at(which);
    if (const std::string* built = form.load(std::memory_order_acquire)) return *built;
    auto fresh = std::make_unique<const std::string>(build(*this));
    const std::string* kept = nullptr;
    if (!form.compare_exchange_strong(kept, fresh.get(), std::memory_order_acq_rel)) return *kept;
    return *fresh.release();
  }

 private:
  using Form = std::atomic<const std::string*>;

  Lsn id_;
  message::Header header_;
  std::shared_ptr<const std::string> body_;
  mutable std::array<Form, kForms> forms_{};
};

using MessageHandle = std::shared_ptr<const Message>;

// A message row is: u32 big-endian size of the header, the header (message.proto), the body. This
// is all but the body.
[[nodiscard]] std::string encode_row_head(const message::Header& header);
// Reads a row back. kCorruption when it isn't one.
[[nodiscard]] Result<MessageHandle> decode_row(Lsn id, std::string_view row);
// Of a message whose body is a file: how long that is (log::FileBytes).
[[nodiscard]] Result<std::uint64_t> file_bytes_of(Lsn id, std::string_view row);

}  // namespace mnm::ops
