// Self-signed certificates for tests, made by the openssl tool.
//
// Any thread.
#pragma once

#include <fmt/format.h>
#include <glog/logging.h>

#include <cstdlib>
#include <string>

#include "support/temp_dir.h"

namespace mnm::testing {

// A certificate and its key in two files, made anew as often as asked.
class Certificate {
 public:
  explicit Certificate(const std::string& name) { make(name); }
  void make(const std::string& name) const {
    const std::string command = fmt::format(
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj "
        "/CN={} "
        "-out {} -keyout {} >{} 2>&1",
        name, file(), key(), directory_ / "openssl");
    CHECK_EQ(std::system(command.c_str()), 0) << command;
  }
  [[nodiscard]] std::string file() const { return directory_ / "certificate.pem"; }
  [[nodiscard]] std::string key() const { return directory_ / "key.pem"; }

 private:
  TempDir directory_;
};

}  // namespace mnm::testing
