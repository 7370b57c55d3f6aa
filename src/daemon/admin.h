// The admin socket: one line of JSON asks, {"cmd":NAME, ...}; one line answers, {"ok":true, ...} or
// {"ok":false,"error":TEXT}. Mode 0600: whoever may open it may administer the relay.
//
// One thread between start() and stop() serves one connection at a time; each has kAdminWithin to
// ask. A command is an entry of the table given.
#pragma once

#include <boost/json/object.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

#include "base/error.h"
#include "net/server_address.h"

namespace mnm::daemon {

inline constexpr std::chrono::seconds kAdminWithin{5};
inline constexpr std::size_t kAdminLineBytesMax = 64 << 10;
inline constexpr std::string_view kAdminReaderLine = R"({"cmd":"reader"})";
// A command sees under this name who asks, "uid=N pid=N", whatever the line said.
inline constexpr std::string_view kAdminPeerKey = "peer";

// Takes over a link that asked {"cmd":"reader"}, and answers it; returns at once.
using AdminTakeover = std::function<void(net::Fd link)>;
using AdminCommand = std::function<Result<boost::json::object>(const boost::json::object& request)>;

class Admin {
 public:
  // Binds `path`; one that is there is replaced only if nobody answers on it. kUnavailable,
  // kDenied.
  [[nodiscard]] static Result<std::unique_ptr<Admin>> open(
      const std::string& path, std::map<std::string, AdminCommand> commands,
      AdminTakeover reader = {});
  ~Admin();
  void start();
  void stop();

  // The answer to one line of `peer`'s, without its end.
  [[nodiscard]] std::string answer(std::string_view line, std::string_view peer = {}) const;

 private:
  Admin(std::string path, net::Listening listening, std::map<std::string, AdminCommand> commands,
        AdminTakeover reader);
  void run();
  void serve(net::Fd link) const;

  std::string path_;
  net::Listening listening_;
  net::Fd wake_;  // an eventfd: stop() writes to it
  std::map<std::string, AdminCommand> commands_;
  AdminTakeover reader_;
  std::thread thread_;
};

}  // namespace mnm::daemon
