// Many clients at once, each a thread with a node of its own: they post to each other and to a
// group, ack what they get, and after a lost link come back and ask again for what was not
// answered. All of it is told to a History.
//
// The thread that made the crowd says where the relay is and when it is about to be killed. In
// rough times any link may end and any login be refused, as long as everybody is answered now and
// then.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <latch>
#include <memory>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "support/history.h"
#include "support/made_body.h"
#include "support/wire_client.h"

namespace mnm::testing {

// Where the relay is just now.
class Signpost {
 public:
  struct Place {
    std::uint64_t generation = 0;
    std::string tcp;
    std::string local;
  };
  explicit Signpost(bool rough = false) : rough_(rough) {}
  void here(const std::string& tcp, const std::string& local) {
    const std::scoped_lock lock(mutex_);
    place_ = {place_.generation + 1, tcp, local};
    gone_ = false;
    changed_.notify_all();
  }
  // Links of this generation may end from now on.
  void about_to_go() {
    const std::scoped_lock lock(mutex_);
    gone_ = true;
  }
  [[nodiscard]] bool rough() const { return rough_; }
  // The place after generation `seen`; in rough times the same one, a little later.
  [[nodiscard]] Place after(std::uint64_t seen) {
    std::unique_lock lock(mutex_);
    const auto newer = [&] { return place_.generation > seen; };
    if (changed_.wait_for(lock, kPause, newer) || rough_) return place_;
    if (!changed_.wait_for(lock, kReturn, newer)) throw WireTrouble("the relay did not come back");
    return place_;
  }
  [[nodiscard]] bool may_end(std::uint64_t generation) {
    const std::scoped_lock lock(mutex_);
    return gone_ || rough_ || place_.generation > generation;
  }

 private:
  static constexpr std::chrono::milliseconds kPause{50};
  static constexpr std::chrono::seconds kReturn{60};

  const bool rough_;
  std::mutex mutex_;
  std::condition_variable changed_;
  Place place_;
  bool gone_ = false;
};

struct Member {
  std::string name;  // of the node, in the history
  Identity identity;
  Dialect dialect = Dialect::kMmtp;
  bool over_tcp = true;
};

// What a member may post to, and which nodes get it.
struct Audience {
  Target target;
  std::set<std::string> nodes;
};

class Crowd {
 public:
  Crowd(std::vector<Member> members, std::vector<std::vector<Audience>> audiences,
        std::uint64_t seed, Signpost& signpost)
      : members_(std::move(members)),
        audiences_(std::move(audiences)),
        seed_(seed),
        signpost_(signpost),
        all_answered_(static_cast<std::ptrdiff_t>(members_.size())) {
    for (std::size_t i = 0; i < members_.size(); ++i) threads_.emplace_back([this, i] { live(i); });
  }
  // Nobody posts anything new; waits until all is answered and all that waits is delivered.
  void quiet() {
    quiet_ = true;
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }
  ~Crowd() {
    if (!threads_.empty()) quiet();
  }
  // Waits until so many posts were answered since the crowd began, or for so long.
  void await_answers(std::uint64_t count, std::chrono::milliseconds limit) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, limit, [&] { return answers_ >= count; });
  }
  [[nodiscard]] std::uint64_t answers() {
    const std::scoped_lock lock(mutex_);
    return answers_;
  }
  // What went wrong besides what the history tells.
  [[nodiscard]] std::vector<std::string> troubles() {
    const std::scoped_lock lock(mutex_);
    return troubles_;
  }
  History history;

 private:
  static constexpr std::chrono::milliseconds kRoughPatience{2000};
  static constexpr std::chrono::seconds kStarved{90};  // without an answer

  struct Asked {
    std::string octets;  // also the request's id, up to the first line's end
    Target target;
    std::vector<std::string> acked_before;  // message ids, acked on this link before it was sent
  };
  // One thread's.
  struct Life {
    std::size_t index = 0;
    std::mt19937_64 random;
    std::uint64_t serial = 0;
    std::deque<Asked> asked;  // not answered yet
    std::vector<std::string> acked;
    std::chrono::steady_clock::time_point answered = std::chrono::steady_clock::now();
    std::string marker;  // set: posting has ended, and this is the last message
    bool done = false;
  };

  void live(std::size_t index) {
    Life life;
    life.index = index;
    life.random.seed(seed_ * 1000 + index);
    try {
      for (std::uint64_t generation = 0; !life.done;) {
        const Signpost::Place place = signpost_.after(generation);
        generation = place.generation;
        try {
          visit(life, place);
        } catch (const WireTrouble& trouble) {
          if (!signpost_.may_end(generation)) throw;
          if (std::chrono::steady_clock::now() - life.answered > kStarved) throw;
        }
      }
    } catch (const std::exception& trouble) {
      const std::scoped_lock lock(mutex_);
      troubles_.push_back(members_[index].name + ": " + trouble.what());
    }
    if (life.marker.empty()) all_answered_.count_down();
  }

  // The relay may not have seen yet that the node's last link has ended.
  std::unique_ptr<WireClient> enter(const Member& member, const Signpost::Place& place) {
    const auto patience = signpost_.rough() ? kRoughPatience : WireLink::kPatience;
    auto client = std::make_unique<WireClient>(
        WireLink::open(member.over_tcp ? place.tcp : place.local, 0, patience), member.dialect);
    history.login(member.name);
    client->login(member.identity);
    return client;
  }
  void visit(Life& life, const Signpost::Place& place) {
    const Member& member = members_[life.index];
    const std::unique_ptr<WireClient> entered = enter(member, place);
    WireClient& client = *entered;
    life.acked.clear();
    // One request at a time is what TMTP's clients do.
    const std::size_t window = member.dialect == Dialect::kTmtp ? 1 : 4;
    for (Asked& asked : life.asked) {
      asked.acked_before.clear();
      if (signpost_.rough() && window > 1) history.doubt(asked.octets);
      send(client, asked, true);
    }
    if (!life.marker.empty()) send_marker(client, life);
    while (!life.done) {
      if (life.marker.empty() && !quiet_ && life.asked.size() < window) {
        post(client, life);
        continue;
      }
      if (life.marker.empty() && quiet_ && life.asked.empty()) {
        all_answered_.arrive_and_wait();
        life.marker = fmt::format("{}{}", WireClient::kMarker, member.name);
        send_marker(client, life);
      }
      take(client, life, client.next());
    }
    client.quit();
  }

  void post(WireClient& client, Life& life) {
    const auto& audiences = audiences_[life.index];
    const Audience& audience = audiences[life.random() % audiences.size()];
    Asked asked{
        fmt::format("{}-{}", members_[life.index].name, ++life.serial), audience.target, {}};
    // Mostly short, some of a size that is kept as a file.
    const std::uint64_t size = life.random() % 50 == 0 ? 100'000 : life.random() % 2'000;
    asked.octets += "\n" + MadeBody(life.random(), size).text();
    history.post(members_[life.index].name, asked.octets, audience.nodes);
    life.asked.push_back(std::move(asked));
    send(client, life.asked.back(), false);
    life.asked.back().acked_before = std::exchange(life.acked, {});
  }
  static std::string id_of(const std::string& octets) {
    return octets.substr(0, octets.find('\n'));
  }
  static void send(WireClient& client, const Asked& asked, bool again) {
    client.send({.op = ClientOp::kPost,
                 .id = id_of(asked.octets),
                 .for_list = {asked.target},
                 .data_bytes = asked.octets.size(),
                 .retry = again},
                asked.octets);
  }
  void send_marker(WireClient& client, const Life& life) {
    client.send({.op = ClientOp::kPost,
                 .id = life.marker,
                 .for_list = {user(members_[life.index].identity.uid)},
                 .data_bytes = life.marker.size(),
                 .retry = true},
                life.marker);
  }

  void take(WireClient& client, Life& life, const Frame& frame) {
    const Reply& reply = frame.reply;
    const std::string& name = members_[life.index].name;
    if (reply.op == "quit") throw WireTrouble("dismissed: " + frame.header);
    if (reply.op == "ack") return answered(life, reply);
    if (!reply.wants_ack()) return;
    if (reply.op == "delivery" && !frame.data.starts_with(WireClient::kMarker)) {
      history.deliver(name, *reply.id, frame.data);
    }
    client.ack(*reply.id);
    life.acked.push_back(*reply.id);
    if (frame.data == life.marker && reply.op == "delivery") life.done = true;
  }
  void answered(Life& life, const Reply& reply) {
    if (reply.id == life.marker) return;
    if (life.asked.empty() || reply.id != id_of(life.asked.front().octets)) {
      throw WireTrouble("an ack out of order: " + reply.id.value_or(""));
    }
    life.answered = std::chrono::steady_clock::now();
    const Asked asked = std::move(life.asked.front());
    life.asked.pop_front();
    if (reply.error && reply.retry) {
      history.postpone(asked.octets);
      life.asked.push_back(asked);
      throw WireTrouble("not now: " + *reply.error);
    }
    if (reply.error) {
      history.refuse(asked.octets);
      throw std::runtime_error("refused: " + *reply.error);
    }
    history.ack(asked.octets, reply.msgid.value_or(""));
    for (const std::string& id : asked.acked_before) history.confirm(members_[life.index].name, id);
    const std::scoped_lock lock(mutex_);
    ++answers_;
    changed_.notify_all();
  }

  const std::vector<Member> members_;
  const std::vector<std::vector<Audience>> audiences_;  // by member
  const std::uint64_t seed_;
  Signpost& signpost_;
  std::atomic<bool> quiet_ = false;
  std::latch all_answered_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t answers_ = 0;
  std::vector<std::string> troubles_;
  std::vector<std::thread> threads_;
};

}  // namespace mnm::testing
