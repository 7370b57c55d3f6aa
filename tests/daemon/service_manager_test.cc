// What systemd would hear of us, on a socket of the test's own.
#include "daemon/service_manager.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cstddef>

#include "net/server_address.h"
#include "support/temp_dir.h"

namespace mnm::daemon {
namespace {

using ::testing::MatchesRegex;

class Manager : public ::testing::Test {
 protected:
  // `name` is a path, or '@' and an abstract name.
  void listen(const std::string& name) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    ASSERT_LT(name.size(), sizeof address.sun_path);
    std::ranges::copy(name, address.sun_path);
    if (name.starts_with('@')) address.sun_path[0] = '\0';
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    fd = net::Fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0));
    ASSERT_EQ(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), size), 0);
  }
  // The next datagram, which has come already; "" if none has.
  std::string heard() {
    std::array<char, 512> into{};
    const auto count = ::recv(fd.get(), into.data(), into.size(), 0);
    return count < 0 ? "" : std::string(into.data(), static_cast<std::size_t>(count));
  }
  TempDir directory;
  net::Fd fd;
};

TEST_F(Manager, HearsEachStepOfALife) {
  const std::string socket = directory / "notify";
  listen(socket);
  const ServiceManager manager(socket);
  manager.ready("serving tcp://127.0.0.1:7070");
  EXPECT_EQ(heard(), "READY=1\nSTATUS=serving tcp://127.0.0.1:7070");
  manager.beat();
  EXPECT_EQ(heard(), "WATCHDOG=1");
  manager.reloading();
  EXPECT_THAT(heard(), MatchesRegex("RELOADING=1\nMONOTONIC_USEC=[0-9]+"));
  manager.stopping();
  EXPECT_EQ(heard(), "STOPPING=1\nSTATUS=stopping");
}

TEST_F(Manager, MayHaveAnAbstractName) {
  const std::string socket = "@" + directory / "abstract";
  listen(socket);
  ServiceManager(socket).beat();
  EXPECT_EQ(heard(), "WATCHDOG=1");
}

TEST_F(Manager, IsNotMissedWhenThereIsNone) {
  EXPECT_FALSE(ServiceManager("").listens());
  ServiceManager("").beat();
  ServiceManager(directory / "gone").beat();
  ServiceManager(std::string(1000, 'x')).beat();
}

}  // namespace
}  // namespace mnm::daemon
