// TLS over a connected socket: the relay's certificate is verified, and names the host asked for.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <limits>

#include "client/link_channel.h"

namespace mnm::client {
namespace {

// What OpenSSL says went wrong; empties its queue.
std::string openssl_text() {
  std::string text;
  while (const unsigned long code = ERR_get_error()) {
    std::array<char, 256> line{};
    ERR_error_string_n(code, line.data(), line.size());
    text += (text.empty() ? "" : "; ") + std::string(line.data());
  }
  return text.empty() ? "the link was closed" : text;
}

using Context = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;
using Session = std::unique_ptr<SSL, decltype(&SSL_free)>;

class TlsChannel final : public Channel {
 public:
  TlsChannel(Context context, Session ssl, Fd socket)
      : socket_(std::move(socket)), context_(std::move(context)), ssl_(std::move(ssl)) {}

  Moved read(char* into, std::size_t size) override {
    ERR_clear_error();
    std::size_t count = 0;
    const int result = SSL_read_ex(ssl_.get(), into, size, &count);
    return result == 1 ? Moved{Moved::Status::kDone, count} : why_not(result);
  }
  Moved write(std::string_view octets) override {
    ERR_clear_error();
    std::size_t count = 0;
    const int result = SSL_write_ex(ssl_.get(), octets.data(), octets.size(), &count);
    return result == 1 ? Moved{Moved::Status::kDone, count} : why_not(result);
  }
  void finish() override {
    ERR_clear_error();
    if (!failed_) (void)SSL_shutdown(ssl_.get());  // a goodbye; nothing depends on it
  }
  int fd() const override { return socket_.get(); }
  std::string why() const override { return "the link broke: " + why_; }

 private:
  Moved why_not(int result) {
    switch (SSL_get_error(ssl_.get(), result)) {
      case SSL_ERROR_WANT_READ:
        return {Moved::Status::kWantRead};
      case SSL_ERROR_WANT_WRITE:
        return {Moved::Status::kWantWrite};
      case SSL_ERROR_ZERO_RETURN:
        return {Moved::Status::kEnd};
      default:
        failed_ = true;
        why_ = openssl_text();
        return {Moved::Status::kFailed};
    }
  }

  Fd socket_;
  Context context_;
  Session ssl_;
  bool failed_ = false;
  std::string why_;
};

Result<Context> make_context(const TlsOptions& tls) {
  Context context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
  if (!context || SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION) != 1) {
    return fail(ErrorCode::kUnavailable, "TLS: " + openssl_text());
  }
  SSL_CTX_set_mode(context.get(),
                   SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  // A relay that closes without TLS's goodbye has still closed; frames say where they end.
  SSL_CTX_set_options(context.get(), SSL_OP_IGNORE_UNEXPECTED_EOF);
  if (tls.insecure) return context;
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  if (tls.ca_file.empty()) {
    (void)SSL_CTX_set_default_verify_paths(
        context.get());  // without, the handshake says what lacks
  } else if (SSL_CTX_load_verify_file(context.get(), tls.ca_file.c_str()) != 1) {
    return fail(ErrorCode::kUsage,
                fmt::format("{} holds no certificates in PEM that can be read", tls.ca_file));
  }
  return context;
}

// Asks for, and insists on, the name in the address.
bool expect_host(SSL* ssl, const std::string& host) {
  std::array<unsigned char, 16> binary{};
  if (::inet_pton(AF_INET, host.c_str(), binary.data()) == 1 ||
      ::inet_pton(AF_INET6, host.c_str(), binary.data()) == 1) {
    return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host.c_str()) == 1;
  }
  return SSL_set_tlsext_host_name(ssl, host.c_str()) == 1 && SSL_set1_host(ssl, host.c_str()) == 1;
}

Error handshake_error(SSL* ssl, const Address& address, const TlsOptions& tls) {
  const long verdict = SSL_get_verify_result(ssl);
  if (!tls.insecure && verdict != X509_V_OK) {
    ERR_clear_error();
    return {ErrorCode::kDenied,
            fmt::format("{}: the certificate is not to be trusted: {}; name the authority that "
                        "signed it (--tls-ca FILE)",
                        address.text, X509_verify_cert_error_string(verdict))};
  }
  return {ErrorCode::kUnavailable,
          fmt::format("{}: the TLS handshake failed: {}; does the relay speak TLS at this address?",
                      address.text, openssl_text())};
}

}  // namespace

Result<std::unique_ptr<Channel>> open_tls(Fd socket, const Address& address, const TlsOptions& tls,
                                          Patience patience) {
  ERR_clear_error();
  auto context = make_context(tls);
  if (!context) return fail(std::move(context.error()));
  Session ssl(SSL_new(context->get()), SSL_free);
  if (!ssl || SSL_set_fd(ssl.get(), socket.get()) != 1 || !expect_host(ssl.get(), address.host)) {
    return fail(ErrorCode::kUnavailable, "TLS: " + openssl_text());
  }
  while (true) {
    ERR_clear_error();
    const int result = SSL_connect(ssl.get());
    if (result == 1) break;
    const int why = SSL_get_error(ssl.get(), result);
    if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE) {
      return fail(handshake_error(ssl.get(), address, tls));
    }
    const short events = why == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT;
    auto ready = wait_for(socket.get(), events, patience);
    if (!ready) return fail(std::move(ready.error()));
    if (!*ready) {
      return fail(ErrorCode::kUnavailable, address.text + ": no TLS handshake in time");
    }
  }
  return std::make_unique<TlsChannel>(std::move(*context), std::move(ssl), std::move(socket));
}

}  // namespace mnm::client
