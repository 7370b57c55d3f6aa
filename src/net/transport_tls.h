// TLS as a Transport, on OpenSSL directly: Asio's own stream would hold 34 KiB of buffers for each
// link and split a message across records at 8 KiB.
//
// The process must ignore SIGPIPE: OpenSSL writes to the socket by itself.
#pragma once

#include <memory>
#include <mutex>
#include <span>
#include <string>

#include "base/error.h"
#include "net/transport.h"

struct ssl_ctx_st;

namespace mnm::net {

// The largest record: what a transport needs as scratch.
inline constexpr std::size_t kTlsRecordBytes = 16 << 10;

// The certificate and key that links begin with. Any thread.
class TlsContext {
 public:
  // Files in PEM: the certificate with its chain, and its key. kDenied or kUnavailable when one
  // can't be read, kUsage when they are no such thing or don't belong together.
  [[nodiscard]] static Result<std::unique_ptr<TlsContext>> load(std::string certificate_file,
                                                                std::string key_file);
  // Reads both files again. On any failure the old ones stay in use: a botched renewal must not
  // shut clients out, or let them in with less.
  [[nodiscard]] Result<void> reload();
  // A server's side on `fd`, which stays the caller's. `scratch` has kTlsRecordBytes and may be
  // shared by all transports of a thread. Null when memory is out.
  [[nodiscard]] std::unique_ptr<Transport> accept(int fd, std::span<char> scratch) const;

 private:
  using Handle = std::shared_ptr<ssl_ctx_st>;
  TlsContext(std::string certificate_file, std::string key_file, Handle handle)
      : certificate_file_(std::move(certificate_file)),
        key_file_(std::move(key_file)),
        handle_(std::move(handle)) {}

  const std::string certificate_file_;
  const std::string key_file_;
  mutable std::mutex mutex_;
  Handle handle_;
};

}  // namespace mnm::net
