// FloorProcess: a floor in a child, which ends when the pipe to its parent closes.
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>

#include "mnmbench/floor.h"

namespace mnm::bench {
namespace {

net::ListenAddress beside(const net::ListenAddress& near, const std::string& directory) {
  const std::string path = fmt::format("{}/mnmbench-floor.{}.sock", directory, ::getpid());
  if (near.transport == event::UNIX) return {.transport = event::UNIX, .path = path};
  return {.transport = event::TCP, .host = "127.0.0.1"};
}

[[noreturn]] void serve(const FloorOptions& options, int stop_fd, int address_fd) {
  std::signal(SIGINT, SIG_IGN);  // of a terminal: the parent ends, and we with it
  const auto served = run_floor(options, stop_fd, [address_fd](const net::ListenAddress& address) {
    const std::string text = address.text();
    if (::write(address_fd, text.data(), text.size()) < 0) std::_Exit(1);
    ::close(address_fd);
  });
  if (!served) fmt::print(stderr, "mnmbench floor: {}\n", served.error().text);
  if (options.address.transport == event::UNIX) (void)::unlink(options.address.path.c_str());
  std::_Exit(served ? 0 : 1);
}

}  // namespace

Result<FloorProcess> FloorProcess::start(const net::ListenAddress& near,
                                         const std::string& directory) {
  std::array<int, 2> stop{};
  std::array<int, 2> told{};
  if (::pipe(stop.data()) != 0 || ::pipe(told.data()) != 0) {
    return fail(system_error("no pipe", errno));
  }
  const FloorOptions options{beside(near, directory),
                             fmt::format("{}/mnmbench-floor.{}", directory, ::getpid())};
  FloorProcess process;
  process.pid_ = ::fork();
  if (process.pid_ < 0) return fail(system_error("can't fork", errno));
  if (process.pid_ == 0) {
    ::close(stop[1]);
    ::close(told[0]);
    serve(options, stop[0], told[1]);
  }
  ::close(stop[0]);
  ::close(told[1]);
  process.stop_ = net::Fd(stop[1]);
  const net::Fd address(told[0]);
  std::array<char, 512> text{};
  const ssize_t size = ::read(address.get(), text.data(), text.size());
  if (size <= 0) return fail(ErrorCode::kUnavailable, "the floor did not start");
  auto parsed = net::parse_listen_address({text.data(), static_cast<std::size_t>(size)});
  if (!parsed) return fail(parsed.error());
  process.address_ = *parsed;
  return process;
}

FloorProcess::FloorProcess(FloorProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, 0)),
      stop_(std::move(other.stop_)),
      address_(std::move(other.address_)) {}

FloorProcess::~FloorProcess() {
  if (pid_ == 0) return;
  stop_ = net::Fd();
  (void)::waitpid(pid_, nullptr, 0);  // its fate is its own
}

}  // namespace mnm::bench
