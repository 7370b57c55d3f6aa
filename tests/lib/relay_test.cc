// A relay inside a program.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>

#include <array>

#include "lib/house.h"
#include "support/run_program.h"

namespace mnm {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

class EmbeddedRelay : public House {};

TEST_F(EmbeddedRelay, CarriesMessagesBetweenLinksOfItsProcess) {
  Identity alice_is;
  Identity bob_is;
  Client alice = enter(alice_is);
  Client bob = enter(bob_is);
  const std::string id = alice.post({to_user(bob_is.uid)}, "hello");
  const Message message = take(bob);
  EXPECT_EQ(message.op, "delivery");
  EXPECT_EQ(message.id, id);
  EXPECT_EQ(message.from, alice_is.uid);
  EXPECT_EQ(message.body, "hello");
  EXPECT_THAT(relay_->addresses(), IsEmpty());
}

TEST_F(EmbeddedRelay, KeepsWhatWasNotAckedAcrossARestart) {
  Identity alice_is;
  Identity bob_is;
  Client alice = enter(alice_is);
  { Client bob = enter(bob_is); }
  const std::string first = alice.post({to_user(bob_is.uid)}, "one");
  const std::string second = alice.post({to_user(bob_is.uid)}, "two");
  relay_->stop();
  relay_.reset();
  open();
  Client bob = login(bob_is);
  EXPECT_EQ(take(bob).id, first);
  EXPECT_EQ(take(bob).id, second);
}

TEST_F(EmbeddedRelay, ServesASocketThatAFrontendHasAccepted) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()), 0);
  relay_->adopt(ends[0], "a carrier pigeon");
  Client client = Client::over(ends[1]);
  EXPECT_EQ(client.enter("loft").number, 1u);
}

TEST_F(EmbeddedRelay, LogsWhoWasOnALinkAndThatItWasEmbedded) {
  Client client = Client::over(relay_->connect("a carrier pigeon"));
  client.enter("loft");
  client.quit();
  relay_->stop();
  const Ran shown =
      run_program(MNM_BIN_DIR "/mnmlog", {"show", "--data", data(), "--format", "jsonl"});
  EXPECT_THAT(shown.out, HasSubstr("a carrier pigeon"));
  EXPECT_THAT(shown.out, HasSubstr("embedded"));
}

TEST_F(EmbeddedRelay, ListensWhereItIsTold) {
  relay_.reset();
  Relay::Options with_a_door = options();
  with_a_door.listen = {"unix://" + (directory_ / "door"), "tcp://127.0.0.1:0"};
  relay_.emplace(with_a_door);
  ASSERT_EQ(relay_->addresses().size(), 2u);
  for (const std::string& address : relay_->addresses()) {
    EXPECT_EQ(Client::connect(address).enter("desk").number, 1u) << address;
  }
}

TEST_F(EmbeddedRelay, NamesAnOptionThatThereIsNone) {
  Relay::Options wrong = options();
  wrong.data = directory_ / "other";
  wrong.settings["purge-windov"] = {"1h"};
  std::string words;
  EXPECT_EQ(code_of([&] { Relay relay(wrong); }, &words), MNM_USAGE);
  EXPECT_THAT(words, HasSubstr("purge-windov: no such option, did you mean purge-window?"));
  wrong.settings.erase("purge-windov");
  wrong.settings["purge-window"] = {"soon"};
  EXPECT_EQ(code_of([&] { Relay relay(wrong); }, &words), MNM_USAGE);
  EXPECT_THAT(words, HasSubstr("purge-window: 'soon'"));
  wrong.settings["purge-window"] = {};
  EXPECT_EQ(code_of([&] { Relay relay(wrong); }), MNM_USAGE);
  wrong.settings["purge-window"] = {"1h"};
  EXPECT_EQ(code_of([&] { Relay relay(wrong); }), MNM_OK);
}

TEST_F(EmbeddedRelay, IsAloneInItsDirectoryButNotInItsProcess) {
  EXPECT_EQ(code_of([this] { Relay second(options()); }), MNM_UNAVAILABLE);
  Relay::Options elsewhere = options();
  elsewhere.data = directory_ / "elsewhere";
  Relay second(elsewhere);
  EXPECT_EQ(Client::over(second.connect()).enter("desk").number, 1u);
  EXPECT_EQ(link().enter("desk").number, 1u);
}

TEST_F(EmbeddedRelay, TakesNoLinksOnceStopped) {
  Client client = link();
  relay_->stop();
  EXPECT_EQ(code_of([this] { (void)relay_->connect(); }), MNM_UNAVAILABLE);
  EXPECT_EQ(code_of([&] { client.enter("desk"); }), MNM_UNAVAILABLE);
  EXPECT_EQ(code_of([this] { relay_->stop(); }), MNM_OK);
}

TEST_F(EmbeddedRelay, TakesNoSocketThatIsNone) {
  EXPECT_EQ(code_of([this] { relay_->adopt(-1, "nobody"); }), MNM_USAGE);
}

// One that a thread of the relay's could take would end the process.
TEST_F(EmbeddedRelay, LeavesTheHostsSignalsToItsHost) {
  sigset_t signal;
  sigset_t before;
  sigemptyset(&signal);
  sigaddset(&signal, SIGUSR2);
  ASSERT_EQ(pthread_sigmask(SIG_BLOCK, &signal, &before), 0);
  ASSERT_EQ(sigismember(&before, SIGUSR2), 0) << "the host's own mask was changed";
  ASSERT_EQ(::kill(::getpid(), SIGUSR2), 0);
  EXPECT_EQ(link().enter("desk").number, 1u);
  const timespec at_once{};
  EXPECT_EQ(sigtimedwait(&signal, nullptr, &at_once), SIGUSR2);
  ASSERT_EQ(pthread_sigmask(SIG_SETMASK, &before, nullptr), 0);
}

}  // namespace
}  // namespace mnm
