#include "net/transport_tls.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

namespace mnm::net {
namespace {

// What OpenSSL says went wrong; empties its queue, which is the thread's and would else be taken
// for the next call's.
std::string openssl_text() {
  std::string text;
  while (const unsigned long code = ERR_get_error()) {
    std::array<char, 256> line{};
    ERR_error_string_n(code, line.data(), line.size());
    text += (text.empty() ? "" : "; ") + std::string(line.data());
  }
  return text.empty() ? "no reason given" : text;
}

Result<void> readable(const std::string& path) {
  if (::access(path.c_str(), R_OK) == 0) return {};
  const int error_number = errno;
  Error error = system_error("can't read " + path, error_number);
  if (error_number == EACCES) error.code = ErrorCode::kDenied;
  return fail(std::move(error));
}

Result<std::shared_ptr<SSL_CTX>> load_context(const std::string& certificate,
                                              const std::string& key) {
  for (const std::string& path : {certificate, key}) {
    if (auto can = readable(path); !can) return fail(can.error());
  }
  ERR_clear_error();
  std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  if (!context) return fail(ErrorCode::kUnavailable, "TLS: " + openssl_text());
  // Forward secrecy and authenticated encryption only; TLS 1.3 has nothing else.
  const bool ok = SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION) == 1 &&
                  SSL_CTX_set_cipher_list(context.get(), "ECDHE+AESGCM:ECDHE+CHACHA20") == 1;
  if (!ok) return fail(ErrorCode::kUnavailable, "TLS: " + openssl_text());
  // No tickets and no session cache: their keys would have to be rotated, and a login is rare.
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                         SSL_OP_NO_TICKET | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_num_tickets(context.get(), 0);
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  // Partial writes tell what has left; released buffers keep an idle link small.
  SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE |
                                      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                      SSL_MODE_RELEASE_BUFFERS);
  if (SSL_CTX_use_certificate_chain_file(context.get(), certificate.c_str()) != 1) {
    return fail(ErrorCode::kUsage,
                fmt::format("{} is no certificate in PEM: {}", certificate, openssl_text()));
  }
  if (SSL_CTX_use_PrivateKey_file(context.get(), key.c_str(), SSL_FILETYPE_PEM) != 1) {
    return fail(ErrorCode::kUsage,
                fmt::format("{} is not the key of {}: {}", key, certificate, openssl_text()));
  }
  return context;
}

class TlsTransport final : public Transport {
 public:
  TlsTransport(SSL* ssl, int fd, std::span<char> scratch)
      : ssl_(ssl, SSL_free), fd_(fd), scratch_(scratch) {}

  IoResult handshake() override {
    ERR_clear_error();
    const int result = SSL_accept(ssl_.get());
    if (result == 1) return {IoResult::Status::kDone, 1};
    return why_not(result);
  }

  IoResult read(std::span<char> into) override {
    ERR_clear_error();
    std::size_t count = 0;
    const int result = SSL_read_ex(ssl_.get(), into.data(), into.size(), &count);
    if (result == 1) return {IoResult::Status::kDone, count};
    return why_not(result);
  }

  bool has_buffered() const override { return SSL_has_pending(ssl_.get()) == 1; }

  IoResult write(std::span<const Piece> pieces) override {
    ERR_clear_error();
    // What OpenSSL has begun to send it must be given again, octet for octet.
    const std::string_view record = unsent_.empty() ? fill(pieces) : std::string_view(unsent_);
    std::size_t count = 0;
    const int result = SSL_write_ex(ssl_.get(), record.data(), record.size(), &count);
    if (result != 1) {
      const IoResult why = why_not(result);
      if (why.status != IoResult::Status::kFailed && unsent_.empty()) unsent_ = record;
      return why;
    }
    unsent_ = std::string();
    return {IoResult::Status::kDone, count};
  }

  void use_scratch(std::span<char> scratch) override { scratch_ = scratch.first(kTlsRecordBytes); }
  void finish() override {
    ERR_clear_error();
    if (SSL_is_init_finished(ssl_.get()) == 1 && !failed_) (void)SSL_shutdown(ssl_.get());
    (void)::shutdown(fd_, SHUT_WR);
  }

 private:
  // As many whole messages as fit one record; of a larger one as much as fits.
  std::string_view fill(std::span<const Piece> pieces) {
    std::size_t used = 0;   // octets in scratch_
    std::size_t whole = 0;  // of these, up to the last message's end
    for (const Piece& piece : pieces) {
      const std::size_t count = std::min(piece.octets.size(), scratch_.size() - used);
      std::copy_n(piece.octets.data(), count, scratch_.data() + used);
      used += count;
      if (count < piece.octets.size()) break;
      if (piece.ends_message) whole = used;
    }
    return {scratch_.data(), whole > 0 ? whole : used};
  }

  IoResult why_not(int result) {
    switch (SSL_get_error(ssl_.get(), result)) {
      case SSL_ERROR_WANT_READ:
        return {IoResult::Status::kWantRead};
      case SSL_ERROR_WANT_WRITE:
        return {IoResult::Status::kWantWrite};
      case SSL_ERROR_ZERO_RETURN:
        return {IoResult::Status::kEnd};
      default:
        failed_ = true;  // and SSL_shutdown must not be called
        return {IoResult::Status::kFailed};
    }
  }

  std::unique_ptr<SSL, decltype(&SSL_free)> ssl_;
  int fd_;
  std::span<char> scratch_;  // the thread's
  std::string unsent_;
  bool failed_ = false;
};

}  // namespace

Result<std::unique_ptr<TlsContext>> TlsContext::load(std::string certificate_file,
                                                     std::string key_file) {
  auto handle = load_context(certificate_file, key_file);
  if (!handle) return fail(handle.error());
  return std::unique_ptr<TlsContext>(
      new TlsContext(std::move(certificate_file), std::move(key_file), std::move(*handle)));
}

Result<void> TlsContext::reload() {
  auto handle = load_context(certificate_file_, key_file_);
  if (!handle) return fail(handle.error());
  const std::scoped_lock lock(mutex_);
  handle_ = std::move(*handle);
  return {};
}

std::unique_ptr<Transport> TlsContext::accept(int fd, std::span<char> scratch) const {
  Handle handle;
  {
    const std::scoped_lock lock(mutex_);
    handle = handle_;
  }
  SSL* ssl = SSL_new(handle.get());  // keeps the context alive by itself
  if (ssl == nullptr) return nullptr;
  if (SSL_set_fd(ssl, fd) != 1) {
    SSL_free(ssl);
    return nullptr;
  }
  return std::make_unique<TlsTransport>(ssl, fd, scratch.first(kTlsRecordBytes));
}

}  // namespace mnm::net
