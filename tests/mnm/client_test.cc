// mnm as a program, against a relay that follows a script.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "mnm/fake_relay.h"
#include "mnm/run_mnm.h"
#include "support/memory_bound.h"

namespace mnm::client {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr const char* kUid = "55CL+WS%S%SPH4GHZRS3PGJKKMLXFH56";

std::string delivery(int number, std::uint64_t size) {
  return fmt::format(R"({{"dataLen":{},"from":"{}","id":"{:016x}","op":"delivery","posted":"T"}})",
                     size, kUid, number);
}
std::string id_of(int number) { return fmt::format(R"("id":"{:016x}")", number); }
constexpr const char* kAcked = R"({"id":"7","msgid":"00ab","ok":"ok","op":"ack","posted":"T"})";

class Client : public testing::Test {
 protected:
  Client() {
    std::filesystem::create_directory(directory_ / "profiles");
    spit(directory_ / "profiles/p.json",
         R"({"format":1,"connect":"tcp://127.0.0.1:1","uid":"U1","node":"SECRET1","requests":6})");
    std::filesystem::permissions(directory_ / "profiles/p.json", std::filesystem::perms(0600));
  }
  Outcome run(FakeRelay& relay, std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--connect", relay.url()});
    Outcome outcome = run_mnm(directory_, std::move(arguments));
    relay.join();
    EXPECT_EQ(relay.faults(), "") << outcome.err;
    EXPECT_THAT(outcome.out + outcome.err, Not(HasSubstr("SECRET1")));
    return outcome;
  }
  Outcome post_hello(FakeRelay& relay) {
    return run(relay, {"post", "--as", "p", "--to", kUid, "--message", "hello"});
  }
  TempDir directory_;
};

TEST_F(Client, RegistersAndKeepsThePasswordToItself) {
  FakeRelay relay({[](Peer& peer) {
    peer.expect({R"("op":1)", R"("newnode":"desk")", R"("newalias":"alice-at-home")"});
    peer.send(R"({"nodeid":"SECRET1","nodenum":1,"op":"registered","uid":"U1"})");
    peer.send(R"({"info":"login ok","op":"info"})");
    peer.log_out();
  }});
  const Outcome outcome =
      run(relay, {"register", "--as", "a", "--alias", "alice-at-home", "--node", "desk"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "U1\n");
  EXPECT_THAT(outcome.err, HasSubstr("alice-at-home"));
  EXPECT_THAT(slurp(directory_ / "profiles/a.json"), HasSubstr(R"("node":"SECRET1")"));
  const Outcome shown = run_mnm(directory_, {"profile", "show", "a", "--json"});
  EXPECT_THAT(shown.out, HasSubstr("alice-at-home"));
  EXPECT_THAT(shown.out, Not(HasSubstr("SECRET1")));
}

TEST_F(Client, PostsAndPrintsTheIdOfTheMessage) {
  FakeRelay relay({[](Peer& peer) {
    peer.log_in();
    peer.expect({R"("op":5)", R"("id":"7")", R"("dataLen":5)", kUid});
    EXPECT_EQ(peer.read(5), "hello");
    peer.send(kAcked);
  }});
  const Outcome outcome = post_hello(relay);
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "00ab\n");
}

TEST_F(Client, PostsAgainUnderTheSameIdWhenTheLinkIsCutBeforeTheAck) {
  FakeRelay relay(
      {[](Peer& peer) {
         peer.log_in();
         EXPECT_THAT(peer.expect({R"("op":5)", R"("id":"7")"}), Not(HasSubstr("retry")));
         EXPECT_EQ(peer.read(5), "hello");
       },
       [](Peer& peer) {
         peer.log_in();
         peer.expect({R"("op":5)", R"("id":"7")", R"("retry":true)"});
         EXPECT_EQ(peer.read(5), "hello");
         peer.send(kAcked);
       }});
  const Outcome outcome = post_hello(relay);
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "00ab\n");
}

TEST_F(Client, DoesNotRepeatARefusedPost) {
  FakeRelay relay({[](Peer& peer) {
    peer.log_in();
    peer.expect({R"("op":5)"});
    EXPECT_EQ(peer.read(5), "hello");
    peer.send(R"({"error":"OpenNodes: not found","id":"7","ok":"error","op":"ack"})");
  }});
  const Outcome outcome = post_hello(relay);
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("OpenNodes: not found"));
}

TEST_F(Client, SaysThatALoginFailed) {
  FakeRelay relay({[](Peer& peer) {
    peer.expect({R"("op":3)"});
    peer.send(R"({"info":"login failed","op":"quit"})");
  }});
  EXPECT_EQ(run(relay, {"receive", "--as", "p"}).code, 6);
}

TEST_F(Client, TellsWrongUseFromAnAbsentRelayAndAnAbsentProfile) {
  EXPECT_EQ(run_mnm(directory_, {"receive", "--as", "p"}).code, 5);
  EXPECT_EQ(run_mnm(directory_, {"receive", "--as", "nobody"}).code, 1);
  EXPECT_EQ(run_mnm(directory_, {"receive"}).code, 2);
  EXPECT_EQ(run_mnm(directory_, {"receive", "--help"}).code, 0);
}

TEST_F(Client, SavesABodyOnceAndBeforeItAcksIt) {
  const std::string saved = directory_ / "in/0000000000000001";
  FakeRelay relay({[&saved](Peer& peer) {
    peer.log_in();
    peer.send(delivery(1, 5), "hello");
    peer.expect({R"("op":7)", id_of(1)});
    EXPECT_EQ(slurp(saved), "hello");
    peer.send(delivery(1, 5), "hello");  // again, as after a lost ack: it counts once
    peer.expect({R"("op":7)", id_of(1)});
    peer.send(delivery(2, 5), "world");
    peer.expect({R"("op":7)", id_of(2)});
    peer.log_out();
  }});
  const Outcome outcome =
      run(relay, {"receive", "--as", "p", "--save", directory_ / "in", "--count", "2"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("already in"));
}

TEST_F(Client, CountsWhatComesAgainAfterALostLinkOnce) {
  FakeRelay relay({[](Peer& peer) {
                     peer.log_in();
                     peer.send(delivery(1, 5), "hello");
                     peer.expect({R"("op":7)", id_of(1)});  // and is lost with the link
                   },
                   [](Peer& peer) {
                     peer.log_in();
                     peer.send(delivery(1, 5), "hello");
                     peer.expect({R"("op":7)", id_of(1)});
                     peer.send(delivery(2, 5), "world");
                     peer.expect({R"("op":7)", id_of(2)});
                     peer.log_out();
                   }});
  const Outcome outcome = run(relay, {"receive", "--as", "p", "--follow", "--count", "2"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("world"));
}

TEST_F(Client, LeavesNothingOfABodyThatWasCutOff) {
  FakeRelay relay({[](Peer& peer) {
    peer.log_in();
    peer.send(delivery(1, 500), "hello");
  }});
  EXPECT_EQ(run(relay, {"receive", "--as", "p", "--save", directory_ / "in"}).code, 5);
  EXPECT_TRUE(std::filesystem::is_empty(directory_ / "in"));
}

TEST_F(Client, DoesNotAckWhatTheCommandRefused) {
  FakeRelay relay({[](Peer& peer) {
    peer.log_in();
    peer.send(delivery(1, 3), "no\n");
    peer.send(delivery(2, 4), "yes\n");
    peer.expect({R"("op":7)", id_of(2)});
    peer.log_out();
  }});
  const Outcome outcome = run(relay, {"receive", "--as", "p", "--count", "2", "--exec",
                                      R"(read x; [ "$x$MNM_OP" = yesdelivery ])"});
  EXPECT_EQ(outcome.code, 1);
}

TEST_F(Client, UnderstandsFramesThatComeOctetByOctet) {
  FakeRelay relay({[](Peer& peer) {
    peer.log_in();
    for (const char octet : net::frame(delivery(1, 5)) + "hello") peer.send_octets({&octet, 1});
    peer.expect({R"("op":7)", id_of(1)});
    peer.log_out();
  }});
  const Outcome outcome = run(relay, {"receive", "--as", "p", "--count", "1", "--json"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr(R"("text":"hello")"));
}

TEST_F(Client, EscapesWhatStrangersWrite) {
  FakeRelay relay({[](Peer& peer) {
    peer.log_in();
    peer.send(delivery(1, 6), "\033[31mx");
    peer.expect({R"("op":7)", id_of(1)});
    peer.log_out();
  }});
  const Outcome outcome = run(relay, {"receive", "--as", "p", "--count", "1"});
  EXPECT_THAT(outcome.out, HasSubstr("[31mx"));
  EXPECT_THAT(outcome.out, Not(HasSubstr("\033")));
}

TEST_F(Client, TakesNoIdThatIsAPath) {
  FakeRelay relay({[](Peer& peer) {
    peer.log_in();
    peer.send(R"({"dataLen":1,"from":"x","id":"../../evil","op":"delivery"})", "x");
    peer.log_out();
  }});
  EXPECT_EQ(run(relay, {"receive", "--as", "p", "--save", directory_ / "a/b"}).code, 7);
  EXPECT_FALSE(std::filesystem::exists(directory_ / "evil"));
}

TEST_F(Client, SaysThatAnotherLoginReplacedIt) {
  FakeRelay relay({[](Peer& peer) {
    peer.log_in();
    peer.send(R"({"info":"replaced by a new login","op":"quit"})");
  }});
  const Outcome outcome = run(relay, {"receive", "--as", "p", "--follow"});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("replaced by a new login"));
}

// Both ways 30 MB, of which neither mnm nor this process holds more than a piece.
class LargeBody : public Client {
 protected:
  static constexpr std::size_t kPieces = 480;
  static constexpr std::size_t kPieceBytes = 62'500;
  // The program and its libraries alone take half.
  static constexpr auto kRssKibMax = static_cast<long>((26 << 10) + kSanitizerMemory_kib);
  static std::string piece(std::size_t number) {
    return std::string(kPieceBytes, static_cast<char>('a' + number % 26));
  }
};

TEST_F(LargeBody, IsPostedWithoutBeingHeld) {
  std::ofstream file(directory_ / "body", std::ios::binary);
  for (std::size_t i = 0; i < kPieces; ++i) file << piece(i);
  file.close();
  FakeRelay relay({[](Peer& peer) {
    peer.log_in();
    peer.expect({R"("op":5)", R"("dataLen":30000000)"});
    for (std::size_t i = 0; i < kPieces; ++i) {
      if (peer.read(kPieceBytes) != piece(i)) throw std::runtime_error("another body");
    }
    peer.send(kAcked);
  }});
  const Outcome outcome = run(relay, {"post", "--as", "p", "--to", kUid, directory_ / "body"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_LT(outcome.rss_kib, kRssKibMax);
}

TEST_F(LargeBody, IsReceivedWithoutBeingHeld) {
  FakeRelay relay({[](Peer& peer) {
    peer.log_in();
    peer.send(delivery(1, kPieces * kPieceBytes));
    for (std::size_t i = 0; i < kPieces; ++i) peer.send_octets(piece(i));
    peer.expect({R"("op":7)", id_of(1)});
    peer.log_out();
  }});
  const Outcome outcome =
      run(relay, {"receive", "--as", "p", "--save", directory_ / "in", "--count", "1"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_LT(outcome.rss_kib, kRssKibMax);
  std::ifstream file(directory_ / "in/0000000000000001", std::ios::binary);
  std::string found(kPieceBytes, '\0');
  for (std::size_t i = 0; i < kPieces; ++i) {
    file.read(found.data(), static_cast<std::streamsize>(kPieceBytes));
    ASSERT_TRUE(file && found == piece(i)) << i;
  }
  EXPECT_EQ(file.peek(), std::ifstream::traits_type::eof());
}

}  // namespace
}  // namespace mnm::client
