// Implements server_rig.h.
#include "net/server_rig.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

namespace mnm::net::testing {

void write_certificate(const std::string& certificate, const std::string& key,
                       const std::string& name) {
  EVP_PKEY* pair = EVP_EC_gen("P-256");
  X509* x509 = X509_new();
  ASN1_INTEGER_set(X509_get_serialNumber(x509), 1);
  X509_gmtime_adj(X509_getm_notBefore(x509), 0);
  X509_gmtime_adj(X509_getm_notAfter(x509), 3600);
  X509_set_pubkey(x509, pair);
  X509_NAME* subject = X509_get_subject_name(x509);
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  X509_set_issuer_name(x509, subject);
  CHECK_GT(X509_sign(x509, pair, EVP_sha256()), 0);
  FILE* file = std::fopen(certificate.c_str(), "w");
  CHECK_EQ(PEM_write_X509(file, x509), 1);
  std::fclose(file);
  file = std::fopen(key.c_str(), "w");
  CHECK_EQ(PEM_write_PrivateKey(file, pair, nullptr, nullptr, 0, nullptr, nullptr), 1);
  std::fclose(file);
  X509_free(x509);
  EVP_PKEY_free(pair);
}

}  // namespace mnm::net::testing
