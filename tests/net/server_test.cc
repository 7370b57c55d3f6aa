// The server on real sockets: conversations, large bodies, links that end, the end of the server.
#include "net/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/tcp.h>
#include <sys/stat.h>
#include <unistd.h>

#include "net/server_rig.h"

namespace mnm::net::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

void expect_conversation(WireClient& client) {
  ASSERT_TRUE(client.send(kTmtpRev + kLogin));  // as its client does, without waiting
  EXPECT_EQ(client.header(), R"({"id":"1","name":"site","op":"tmtprev"})");
  EXPECT_EQ(client.header(), R"({"info":"login ok","op":"info"})");
  ASSERT_TRUE(client.send(post_of("a", 5) + "hello"));
  EXPECT_THAT(client.header(), HasSubstr(R"("id":"a","msgid":"0000000000000001")"));
  EXPECT_THAT(client.header(), HasSubstr(R"("datalen":5)"));
  EXPECT_EQ(client.read_exactly(5), "hello");
  ASSERT_TRUE(client.send(frame(R"({"op":12})")));
  EXPECT_EQ(client.header(), R"({"error":"logout ok","op":"quit"})");
  EXPECT_TRUE(client.at_end());
}

TEST(Server, HoldsAConversationOverTcp) {
  ServerRig rig;
  WireClient client(rig.address());
  expect_conversation(client);
  EXPECT_THAT(rig.engine.last_peer(), StartsWith("127.0.0.1:"));
}
TEST(Server, HoldsAConversationOverAUnixSocketAndKnowsWhoIsThere) {
  ServerRig rig;
  WireClient client(rig.address(1));
  expect_conversation(client);
  EXPECT_EQ(rig.engine.last_peer(),
            "uid=" + std::to_string(::getuid()) + " pid=" + std::to_string(::getpid()));
}
TEST(Server, HoldsConversationsOnSeveralThreads) {
  ServerOptions options;
  options.net_threads = 3;
  ServerRig rig(options);
  for (int i = 0; i < 6; ++i) {
    WireClient client(rig.address());
    ASSERT_TRUE(client.send(kTmtpRev + kLogin + post_of("a", 5) + "hello"));
    (void)client.header();
    (void)client.header();
    (void)client.header();
    EXPECT_THAT(client.header(), HasSubstr(R"("op":"delivery")"));
  }
}
TEST(Server, StreamsABodyOf5MiBInAndOut) {
  ServerRig rig;
  WireClient client(rig.address());
  std::string body(5 << 20, '\0');
  for (std::size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>(i * 31 >> 8U);
  std::thread sender([&] {
    EXPECT_TRUE(client.send(kTmtpRev + kLogin + post_of("a", body.size())));
    EXPECT_TRUE(client.send(body));
    EXPECT_TRUE(client.send(post_of("b", 2) + "hi"));
  });
  for (int i = 0; i < 3; ++i) (void)client.header();
  EXPECT_THAT(client.header(), HasSubstr(R"("datalen":5242880)"));
  EXPECT_TRUE(client.read_exactly(body.size()) == body);
  EXPECT_THAT(client.header(), HasSubstr(R"("id":"b")"));
  EXPECT_THAT(client.header(), HasSubstr(R"("datalen":2)"));
  EXPECT_EQ(client.read_exactly(2), "hi");
  sender.join();
}
TEST(Server, LeavesNothingOfABodyThatIsCutOff) {
  ServerRig rig;
  {
    WireClient client(rig.address());
    ASSERT_TRUE(client.send(kTmtpRev + kLogin + post_of("a", 1 << 20) + std::string(300'000, 'x')));
    for (int i = 0; i < 2; ++i) (void)client.header();
  }
  rig.engine.await_lost(1);
  rig.server->drain();
  rig.engine.end();
  rig.server->stop();
  EXPECT_TRUE(rig.disk->bodies.empty());
}
TEST(Server, ServesWhoeverReadsLate) {
  ServerRig rig;
  WireClient client(rig.address());
  constexpr int kPosts = 200;
  const std::string body(32 << 10, 'x');
  std::thread sender([&] {
    EXPECT_TRUE(client.send(kTmtpRev + kLogin));
    for (int i = 0; i < kPosts; ++i) EXPECT_TRUE(client.send(post_of("a", body.size()) + body));
  });
  // Nothing is read until the relay has stopped reading from us: it can't have taken all of it.
  (void)client.header();
  (void)client.header();
  for (int i = 0; i < kPosts; ++i) {
    ASSERT_THAT(client.header(), HasSubstr("ack"));
    ASSERT_THAT(client.header(), HasSubstr("delivery"));
    ASSERT_EQ(client.read_exactly(body.size()).size(), body.size());
  }
  sender.join();
}
TEST(Server, GoesOnWhenAFullInboxHasRoomAgain) {
  ServerRig rig({}, 1);  // every request fills it
  std::vector<std::unique_ptr<WireClient>> clients;
  for (int i = 0; i < 3; ++i) clients.push_back(std::make_unique<WireClient>(rig.address()));
  std::string posts;
  constexpr int kPosts = 100;
  for (int i = 0; i < kPosts; ++i) posts += post_of("a", 5) + "hello";
  for (const auto& client : clients) ASSERT_TRUE(client->send(kTmtpRev + kLogin + posts));
  for (const auto& client : clients) {
    for (int i = 0; i < 2; ++i) (void)client->header();
    for (int i = 0; i < kPosts; ++i) {
      ASSERT_THAT(client->header(), HasSubstr("ack"));
      ASSERT_THAT(client->header(), HasSubstr("delivery"));
      ASSERT_EQ(client->read_exactly(5), "hello");
    }
  }
}
// What one read brings is offered in lots.
std::string posts_of(int count) {
  std::string posts;
  for (int i = 0; i < count; ++i) posts += post_of("p" + std::to_string(i), 1) + "x";
  return posts;
}
void expect_answers(WireClient& client, int count) {
  for (int i = 0; i < count; ++i) {
    ASSERT_THAT(client.header(), HasSubstr("\"id\":\"p" + std::to_string(i) + "\""));
    ASSERT_THAT(client.header(), HasSubstr("delivery"));
    ASSERT_EQ(client.read_exactly(1), "x");
  }
}
TEST(Server, AnswersManyRequestsOfOneReadInTheirOrder) {
  for (const std::size_t inbox_bytes : {std::size_t{1}, std::size_t{16} << 20}) {
    ServerRig rig({}, inbox_bytes);  // one that every lot fills, and one that none does
    WireClient client(rig.address());
    ASSERT_TRUE(client.send(kTmtpRev + kLogin));
    for (int i = 0; i < 2; ++i) (void)client.header();
    for (const int count : {1, 15, 16, 17, 40, 500}) {
      ASSERT_TRUE(client.send(posts_of(count)));
      expect_answers(client, count);
    }
  }
}
TEST(Server, OffersWhatCameBeforeAFaultAndTheEndLast) {
  ServerRig rig;
  WireClient client(rig.address());
  ASSERT_TRUE(client.send(kTmtpRev + kLogin));
  for (int i = 0; i < 2; ++i) (void)client.header();
  ASSERT_TRUE(client.send(posts_of(5) + "zzzz"));
  rig.engine.await_lost(1);
  EXPECT_EQ(rig.engine.posts(), 5U);
  EXPECT_EQ(rig.engine.lost(), std::vector<std::string>{"invalid header length"});
}
TEST(Server, NoticesALinkThatIsClosed) {
  ServerRig rig;
  {
    WireClient client(rig.address());
    ASSERT_TRUE(client.send(kTmtpRev + kLogin));
    for (int i = 0; i < 2; ++i) (void)client.header();
  }
  rig.engine.await_lost(1);
  EXPECT_EQ(rig.engine.lost(), std::vector<std::string>{"closed by the peer"});
}
TEST(Server, SaysItsLastWordsEvenWhenMoreIsOnItsWay) {
  ServerRig rig;
  WireClient client(rig.address());
  ASSERT_TRUE(client.send(kTmtpRev + kLogin + "zzzz" + std::string(400'000, 'x')));
  for (int i = 0; i < 2; ++i) (void)client.header();
  EXPECT_EQ(client.header(), R"({"error":"invalid header length","op":"quit"})");
  EXPECT_TRUE(client.at_end());
}
TEST(Server, ClosesSilentlyOnWhatIsNoProtocolOfOurs) {
  ServerRig rig;
  WireClient client(rig.address());
  ASSERT_TRUE(client.send("GET / HTTP/1.1\r\nHost: site\r\n\r\n"));
  EXPECT_EQ(client.read(), "");
}
TEST(Server, TurnsAwayLinksBeyondItsLimit) {
  ServerOptions options;
  options.limits.links_max = 2;
  ServerRig rig(options);
  WireClient one(rig.address());
  WireClient two(rig.address());
  ASSERT_TRUE(one.send(kTmtpRev) && two.send(kTmtpRev));
  (void)one.header();
  (void)two.header();
  WireClient three(rig.address());
  EXPECT_EQ(three.read(), "");
  ASSERT_TRUE(one.send(kTmtpRev));  // a second time: ends that link
  EXPECT_THAT(one.header(), HasSubstr("repetition"));
  EXPECT_TRUE(one.at_end());
}
TEST(Server, EndsWithTheAnswersToWhatItHasRead) {
  ServerRig rig;
  WireClient client(rig.address());
  ASSERT_TRUE(client.send(kTmtpRev + kLogin + post_of("a", 5) + "hello"));
  for (int i = 0; i < 3; ++i) (void)client.header();
  rig.server->drain();
  rig.engine.end();
  rig.server->stop();
  EXPECT_THAT(client.header(), HasSubstr("delivery"));
  EXPECT_EQ(client.read_exactly(5), "hello");
  EXPECT_TRUE(client.at_end());
}
// The relay's end of a client's link, which is in this process as well.
int accepted_end(const WireClient& client) {
  sockaddr_in mine{};
  socklen_t size = sizeof mine;
  PCHECK(::getsockname(client.fd(), reinterpret_cast<sockaddr*>(&mine), &size) == 0);
  for (int fd = 0; fd < 1024; ++fd) {
    sockaddr_in peer{};
    size = sizeof peer;
    const bool connected =
        ::getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size) == 0 && fd != client.fd();
    if (connected && peer.sin_family == AF_INET && peer.sin_port == mine.sin_port) return fd;
  }
  return -1;
}

TEST(Server, NoticesAPeerThatVanishesWithin35Seconds) {
  ServerRig rig;
  WireClient client(rig.address());
  ASSERT_TRUE(client.send(kTmtpRev));
  (void)client.header();  // it is accepted
  const int fd = accepted_end(client);
  ASSERT_NE(fd, -1);
  const std::vector<std::tuple<const char*, int, int, int>> expected = {
      {"keep-alive", SOL_SOCKET, SO_KEEPALIVE, 1},        {"idle", IPPROTO_TCP, TCP_KEEPIDLE, 20},
      {"interval", IPPROTO_TCP, TCP_KEEPINTVL, 5},        {"probes", IPPROTO_TCP, TCP_KEEPCNT, 3},
      {"unacked", IPPROTO_TCP, TCP_USER_TIMEOUT, 35'000},
  };
  for (const auto& [name, level, option, value] : expected) {
    int is = 0;
    socklen_t size = sizeof is;
    ASSERT_EQ(::getsockopt(fd, level, option, &is, &size), 0) << name;
    EXPECT_EQ(is, value) << name;
  }
}
TEST(Server, EndsWithoutEverHavingStarted) {
  TempDir directory;
  Keys keys;
  auto disk = std::make_shared<log::MemoryDisk>();
  log::MemoryLog log(disk);
  log::MemoryBodyStore bodies(disk, Lsn(1));
  ops::Inbox inbox(1 << 20);
  ServerOptions options;
  options.addresses = {*parse_listen_address("unix://" + (directory / "mnm.sock"))};
  { const auto server = Server::open({inbox, log, bodies, keys}, options); }
  EXPECT_NE(::access((directory / "mnm.sock").c_str(), F_OK), 0) << "its file is removed";
}

// ------------------------------------------------------------------------------------------------
// TLS

struct TlsRig {
  TlsRig() {
    write_certificate(directory / "cert.pem", directory / "key.pem", "old");
    ServerOptions options;
    options.addresses = {*parse_listen_address("tls://127.0.0.1:0")};
    options.tls_certificate_file = directory / "cert.pem";
    options.tls_key_file = directory / "key.pem";
    rig = std::make_unique<ServerRig>(options);
  }
  std::string certificate_name() {
    WireClient client(rig->address(), true);
    X509* x509 = SSL_get1_peer_certificate(client.ssl());
    std::string name(64, '\0');
    const int size = X509_NAME_get_text_by_NID(X509_get_subject_name(x509), NID_commonName,
                                               name.data(), static_cast<int>(name.size()));
    X509_free(x509);
    name.resize(static_cast<std::size_t>(size));
    return name;
  }
  TempDir directory;
  std::unique_ptr<ServerRig> rig;
};

TEST(Tls, HoldsAConversationAndClosesInGoodOrder) {
  TlsRig tls;
  WireClient client(tls.rig->address(), true);
  expect_conversation(client);
  EXPECT_STREQ(SSL_get_version(client.ssl()), "TLSv1.3");
}
TEST(Tls, GivesASmallMessageInASingleRead) {
  TlsRig tls;
  WireClient client(tls.rig->address(), true);
  ASSERT_TRUE(client.send(kTmtpRev + kLogin));
  for (int i = 0; i < 2; ++i) (void)client.header();
  std::string posts;
  constexpr int kPosts = 300;  // many records' worth, at once
  for (int i = 0; i < kPosts; ++i) posts += post_of("a", 140) + std::string(140, 'x');
  ASSERT_TRUE(client.send(posts));
  int deliveries = 0;
  while (deliveries < kPosts) {
    std::string record = client.read(kTlsRecordBytes);
    ASSERT_FALSE(record.empty());
    while (!record.empty()) {  // every frame in it is whole
      ASSERT_GE(record.size(), 4U);
      std::size_t size = 4 + std::stoul(record.substr(0, 4), nullptr, 16);
      ASSERT_GE(record.size(), size);
      if (record.substr(0, size).find("delivery") != std::string::npos) {
        size += 140;
        ++deliveries;
      }
      ASSERT_GE(record.size(), size) << "a message is split";
      record.erase(0, size);
    }
  }
}
TEST(Tls, StreamsABodyOf5MiBInAndOut) {
  TlsRig tls;
  WireClient client(tls.rig->address(), true);
  const std::string body(5 << 20, 'x');
  ASSERT_TRUE(client.send(kTmtpRev + kLogin + post_of("a", body.size()) + body));
  for (int i = 0; i < 4; ++i) (void)client.header();
  EXPECT_TRUE(client.read_exactly(body.size()) == body);
}
TEST(Tls, TakesANewCertificateWhenAsked) {
  TlsRig tls;
  EXPECT_EQ(tls.certificate_name(), "old");
  write_certificate(tls.directory / "cert.pem", tls.directory / "key.pem", "new");
  EXPECT_EQ(tls.certificate_name(), "old");
  EXPECT_TRUE(tls.rig->server->reload_certificate());
  EXPECT_EQ(tls.certificate_name(), "new");
}
TEST(Tls, KeepsTheOldCertificateWhenTheNewOneIsNoGood) {
  TlsRig tls;
  std::ofstream(tls.directory / "cert.pem") << "no certificate";
  const auto reloaded = tls.rig->server->reload_certificate();
  ASSERT_FALSE(reloaded);
  EXPECT_THAT(reloaded.error().text, HasSubstr("is no certificate in PEM"));
  EXPECT_EQ(tls.certificate_name(), "old");
  write_certificate(tls.directory / "cert.pem", tls.directory / "other.pem", "other");
  EXPECT_FALSE(tls.rig->server->reload_certificate()) << "the key is another's";
  EXPECT_EQ(tls.certificate_name(), "old");
}
TEST(Tls, EndsALinkThatSpeaksPlaintext) {
  TlsRig tls;
  WireClient client(tls.rig->address());
  ASSERT_TRUE(client.send(kTmtpRev + kLogin));
  std::string all;
  for (std::string more = client.read(); !more.empty(); more = client.read()) all += more;
  EXPECT_EQ(all.find("tmtprev"), std::string::npos);
}

}  // namespace
}  // namespace mnm::net::testing
