// Keys for tests: files with one, and keyrings.
#pragma once

#include <glog/logging.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>

#include "log/keyring.h"
#include "support/temp_dir.h"

namespace mnm::testing {

// A key of 32 octets, as a key file has it.
inline constexpr const char* kKeyText = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
inline constexpr const char* kOtherKeyText = "/////////////////////////////////////////w8=";

inline log::KeySecret secret_of(const std::string& text) {
  auto secret = log::KeySecret::parse(text);
  CHECK(secret) << secret.error().text;
  return std::move(*secret);
}

// A file with a key in it, of mode 0600, as long as it is there.
class KeyFile {
 public:
  explicit KeyFile(const std::string& text = kKeyText) {
    std::ofstream(path()) << text << '\n';
    set_mode(0600);
  }
  [[nodiscard]] std::string path() const { return directory_ / "key"; }
  void set_mode(unsigned mode) const { PCHECK(::chmod(path().c_str(), mode) == 0); }

 private:
  TempDir directory_;
};

inline std::string octets_of_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// A keyring of a directory that is gone again.
inline std::shared_ptr<log::Keyring> keyring_of(const std::string& text = kKeyText) {
  const TempDir directory;
  auto keyring = log::Keyring::create(directory.path(), secret_of(text), 1'700'000'000);
  CHECK(keyring) << keyring.error().text;
  return *keyring;
}

}  // namespace mnm::testing
