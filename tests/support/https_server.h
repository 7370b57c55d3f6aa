// An https server of a test's own: answers each path with a file's octets, HTTP headers included.
//
// One thread at a time.
#pragma once

#include <fmt/format.h>
#include <glog/logging.h>

#include <fstream>
#include <memory>
#include <string>

#include "support/certificates.h"
#include "support/run_program.h"
#include "support/temp_dir.h"

namespace mnm::testing {

class HttpsServer {
 public:
  HttpsServer() {
    const std::string command =
        fmt::format("cd {} && exec openssl s_server -accept 127.0.0.1:0 -HTTP -cert {} -key {}",
                    directory_ / "", certificate_.file(), certificate_.key());
    server_ = std::make_unique<Running>("/bin/sh", std::vector<std::string>{"-c", command});
    port_ = server_->await_line("ACCEPT 127.0.0.1:");
    CHECK(!port_.empty()) << command;
  }

  // What a GET of /`name` is answered with from now on.
  void answers(const std::string& name, const std::string& document,
               const std::string& status = "200 OK", const std::string& more = {}) const {
    std::ofstream(directory_ / name)
        << "HTTP/1.1 " << status << "\r\nContent-Length: " << document.size()
        << "\r\nConnection: close\r\n"
        << more << "\r\n"
        << document;
  }
  [[nodiscard]] std::string url(const std::string& name) const {
    return fmt::format("https://localhost:{}/{}", port_, name);
  }
  // Who vouches for it.
  [[nodiscard]] std::string authority() const { return certificate_.file(); }

 private:
  TempDir directory_;
  Certificate certificate_{"localhost"};
  std::unique_ptr<Running> server_;
  std::string port_;
};

}  // namespace mnm::testing
