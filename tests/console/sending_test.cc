// What goes out in time, and that whoever takes it octet by octet gets no more time than others.
#include "console/sending.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <string>
#include <thread>

#include "net/server_address.h"

namespace mnm::console {
namespace {

using std::chrono::steady_clock;

struct Ends {
  net::Fd ours;
  net::Fd theirs;
};
Ends connected() {
  std::array<int, 2> ends{};
  EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
  return {net::Fd(ends[0]), net::Fd(ends[1])};
}

// More than any socket holds, and than can be read octet by octet in time.
const std::string kMuch(std::size_t{64} << 20, 'x');

// Reads so many octets at a time, until the other end is shut.
std::size_t read_all(int fd, std::size_t at_once) {
  std::string octets(at_once, ' ');
  std::size_t all = 0;
  for (;;) {
    const ssize_t got = ::recv(fd, octets.data(), octets.size(), 0);
    if (got <= 0) return all;
    all += static_cast<std::size_t>(got);
  }
}

TEST(Sending, GoesOnUntilAllIsOut) {
  Ends ends = connected();
  std::size_t got = 0;
  std::thread reader([&] { got = read_all(ends.theirs.get(), 1 << 20); });
  EXPECT_TRUE(send_all(ends.ours.get(), kMuch, steady_clock::now() + std::chrono::minutes(1)));
  ends.ours = net::Fd();
  reader.join();
  EXPECT_EQ(got, kMuch.size());
}

TEST(Sending, EndsWhenNobodyReads) {
  const Ends ends = connected();
  EXPECT_FALSE(
      send_all(ends.ours.get(), kMuch, steady_clock::now() + std::chrono::milliseconds(20)));
}

TEST(Sending, EndsThoughOneReadsOctetByOctet) {
  Ends ends = connected();
  std::thread reader([&] { (void)read_all(ends.theirs.get(), 1); });
  EXPECT_FALSE(
      send_all(ends.ours.get(), kMuch, steady_clock::now() + std::chrono::milliseconds(20)));
  ends.ours = net::Fd();
  reader.join();
}

TEST(Sending, EndsWhenTheReaderIsGone) {
  Ends ends = connected();
  ends.theirs = net::Fd();
  EXPECT_FALSE(send_all(ends.ours.get(), kMuch, steady_clock::now() + std::chrono::minutes(1)));
}

TEST(Sending, OfWhatFitsNeedsNoTime) {
  const Ends ends = connected();
  EXPECT_TRUE(send_all(ends.ours.get(), "a few words", Time()));
}

}  // namespace
}  // namespace mnm::console
