// A relay inside a program, and two clients of it in the same process: one posts, the other
// receives. No port is opened; the clients reach the relay over byte streams within the process.
//
//   embed DIRECTORY     the relay's data; made if it isn't there
#include <iostream>
#include <optional>

#include <mnm/client.h>
#include <mnm/relay.h>

namespace {

void converse(mnm::Relay& relay) {
  mnm::Client alice = mnm::Client::over(relay.connect("alice's end"));
  mnm::Client bob = mnm::Client::over(relay.connect("bob's end"));
  alice.enter("desk");
  const mnm::Identity bob_is = bob.enter("phone");  // what he logs in with the next time: keep it

  const std::string id = alice.post({mnm::to_user(bob_is.uid)}, "Hello, Bob.");
  std::cout << "posted " << id << "\n";  // it is on the disk now

  const std::optional<mnm::Message> message = bob.receive();
  if (!message) throw mnm::Failure(MNM_NEGATIVE, "nothing came");
  std::cout << "received " << message->id << ": " << message->body << "\n";
  bob.ack(*message);  // all have it: the relay purges it
  bob.quit();
  alice.quit();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: embed DIRECTORY\n";
    return MNM_USAGE;
  }
  try {
    mnm::Relay relay(
        {.data = argv[1], .listen = {}, .settings = {{"log-level", {"warning"}}}, .failed = {}});
    converse(relay);
    relay.stop();
    return MNM_OK;
  } catch (const mnm::Failure& failure) {
    std::cerr << "embed: " << failure.what() << "\n";
    return failure.code();
  }
}
