// The floor: the least that a durable relay must do. It frames, appends all that comes to a flat
// file, syncs it in groups, and only then answers and forwards. No state, no checks, no redelivery:
// what a relay needs more time for than this is its own doing, whatever the machine.
//
// It speaks enough of MMTP for a load of this tool: register, post, ack.
#pragma once

#include <functional>
#include <string>

#include "base/error.h"
#include "net/server_address.h"

namespace mnm::bench {

struct FloorOptions {
  net::ListenAddress address;  // TCP or a Unix socket
  std::string file;            // made, and removed in the end
};
// Serves until `stop_fd` can be read or is closed by its writer; `ready` is told the address that
// came of it.
[[nodiscard]] Result<> run_floor(const FloorOptions& options, int stop_fd,
                                 const std::function<void(const net::ListenAddress&)>& ready);

// A floor as a process of its own, for as long as the object lives.
class FloorProcess {
 public:
  // Before the caller has any thread. Beside a relay on `near`: of the same transport, TCP for TLS;
  // its file and socket in `directory`, which should be on the relay's disk.
  [[nodiscard]] static Result<FloorProcess> start(const net::ListenAddress& near,
                                                  const std::string& directory);
  FloorProcess(FloorProcess&& other) noexcept;
  FloorProcess(const FloorProcess&) = delete;
  FloorProcess& operator=(const FloorProcess&) = delete;
  ~FloorProcess();
  [[nodiscard]] const net::ListenAddress& address() const { return address_; }
  [[nodiscard]] int pid() const { return pid_; }

 private:
  FloorProcess() = default;
  int pid_ = 0;
  net::Fd stop_;
  net::ListenAddress address_;
};

}  // namespace mnm::bench
