// A client: one node of one person, over one link at a time. Asks at random, answers what it gets,
// comes back when its link is lost, and asks again for what was not answered, as real clients do.
//
// All that it learns it tells to the oracle and the roster. One thread.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "net/client_codec.h"
#include "net/frame.h"
#include "sim/oracle.h"
#include "sim/roster.h"
#include "sim/wire.h"

namespace mnm::sim {

class Device;

// What all clients share.
struct Stage {
  Timeline& time;
  Random& random;
  Faults& faults;
  Oracle& oracle;
  Roster& roster;
  // A link to the relay; null while there is none.
  std::function<std::shared_ptr<Wire>()> connect;
  std::function<Device&(std::unique_ptr<Device>)> enter;  // a new device
  std::function<void(const std::string&)> say;            // for --verbose

  struct PersonEntry {
    std::string uid;  // empty until it is known
    std::string alias;
    std::vector<Device*> devices;  // without twins
  };
  std::vector<PersonEntry> people;
  // What was sent: for whom, and when.
  struct Letter {
    std::string token;
    Roster::NodeIndex sender = 0;
    std::vector<Roster::Address> to;
    Span span;
  };
  std::deque<Letter> letters;
  std::uint64_t serial = 0;                                   // of requests
  std::map<std::string, std::vector<std::string>> tokens_of;  // messages, by the request's id
  std::uint64_t asked = 0;
  Micros think{20'000'000};  // between two requests of a client, on average
  bool closing = false;      // no new requests: what is open is brought to its end
};

class Device {
 public:
  enum class State : std::uint8_t { kOut, kEntering, kIn, kDead };

  struct Account {
    Roster::PersonNo person = 0;
    Roster::NodeIndex node = 0;
    ops::Dialect dialect = ops::Dialect::kMmtp;
    std::uint32_t ordinal = 1;
    std::string secret;  // empty: it registers first
  };
  Device(Stage& stage, std::string name, Account account);

  // Acts, and plans the next time.
  void wake();
  void storm();  // reset the link and come back at once

  [[nodiscard]] bool has_open() const {
    return !dropped_ && (!asked_.empty() || !new_node_.empty());
  }
  [[nodiscard]] bool is_twin() const { return twin_of_ != nullptr; }
  [[nodiscard]] bool is_dead() const { return state_ == State::kDead; }
  [[nodiscard]] bool is_in() const { return state_ == State::kIn; }
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const Account& account() const { return account_; }
  void node_dropped() { dropped_ = true; }

 private:
  friend class Requests;
  struct Asked {
    net::ClientRequest request;
    std::string data;
    std::function<void(const net::Reply&, bool ok)> done;
    std::vector<std::string> tokens;     // of messages it sends
    std::vector<std::string> confirmed;  // ids acked on this link before it was sent
    Micros sent_at{0};
    bool sent = false;  // on this link
    bool again = false;
  };

  // device_link.cc
  void connect();
  void disconnect();
  void heard(const std::string& octets);
  void on_frame(const net::Reply& reply, std::string_view header, std::string_view data);
  [[nodiscard]] std::string first_alias() const;
  void on_registered(const net::Reply& reply);
  void on_entered();
  void on_quit(const net::Reply& reply);
  void on_answer(const net::Reply& reply);
  void on_message(const net::Reply& reply, std::string_view header, std::string_view data);
  void on_user(const net::Reply& reply);
  void check_headsum(const net::Reply& reply, std::string_view header);
  void say(const net::ClientRequest& request, std::string_view data);
  void send_open();
  void send(Asked& asked);
  void ack(const std::string& id);
  void flush_acks();
  void lost();

  // device.cc
  void plan(Micros delay);
  void act();
  void act_closing();
  void misbehave();
  void look_at_time();
  void leave();
  void bring_twin();
  void send_forbidden(Micros taken_over_at);
  [[nodiscard]] bool may_be_silent() const;
  [[nodiscard]] std::size_t window() const;
  [[nodiscard]] Oracle::Place place() const;

  Stage& stage_;
  const std::string name_;
  Account account_;
  State state_ = State::kOut;
  std::shared_ptr<Wire> wire_;
  std::uint64_t link_ = 0;  // counts links
  std::string octets_;      // heard, not looked at yet
  std::deque<Asked> asked_;
  std::vector<std::string> link_acks_;  // on this link, not yet ahead of a request
  std::vector<std::string> quit_acks_;  // on this link, ahead of its quit
  std::vector<std::string> held_acks_;
  bool acks_planned_ = false;
  std::string new_node_;  // TMTP: made, its password not yet seen
  Roster::NodeIndex new_node_index_ = 0;
  Micros entered_at_{0};  // began to
  Micros in_since_{0};
  Micros last_said_{0};
  Micros leave_at_{0};
  std::uint64_t wakes_ = 0;       // the planned one alone counts
  std::set<std::string> resent_;  // on this link
  std::string last_id_;           // of a request that was answered
  Device* twin_of_ = nullptr;
  std::vector<Device*> twins_;  // second sessions of the same node, which come and go
  bool dropped_ = false;
  bool dribbling_ = false;  // the relay looks at nothing more of this link
  bool wrong_password_ = false;
  std::uint64_t entries_ = 0;  // registrations tried
};

// What a device asks, at random: device_requests.cc.
class Requests {
 public:
  explicit Requests(Device& device) : device_(device), stage_(device.stage_) {}
  void any();
  // A post to one person, with these octets; nothing else is done about it.
  static std::string octets_of(const std::string& token, std::size_t size);

 private:
  void post();
  void post_to(std::vector<Roster::Address> to, net::ClientRequest request);
  void post_notify();
  void ping();
  void bad_post();
  void other_content();
  void edit_group();
  void invite(std::size_t group);
  void member(std::size_t group, std::string act, std::string to, Roster::PersonNo who,
              Standing after);
  void edit_nodes();
  void new_node();
  void drop_node();
  void new_alias();
  void presence();
  [[nodiscard]] std::vector<Roster::Address> some_people();
  [[nodiscard]] std::vector<ops::Target> targets(const std::vector<Roster::Address>& to) const;
  [[nodiscard]] std::size_t someone() const;
  [[nodiscard]] std::string token();
  std::size_t write_letter(const std::string& token, std::vector<Roster::Address> to,
                           const std::string& octets);
  void ask(Device::Asked asked);

  Device& device_;
  Stage& stage_;
};

}  // namespace mnm::sim
