// run_load: users in, load on, load off, everything arrived.
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>

#include "base/crypto.h"
#include "base/text.h"
#include "mnmbench/user.h"

namespace mnm::bench {
namespace {

constexpr std::size_t kJoiningMax = 128;  // at a time; a relay bounds those not logged in
constexpr std::chrono::seconds kSetUpWithin{120};
constexpr std::chrono::seconds kArriveWithin{60};
constexpr std::chrono::milliseconds kQuiet{500};

double own_cpu_s() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

class Run {
 public:
  explicit Run(const Load& load) : book_(load), run_(hex_encode(random_bytes(4))) {}

  Result<Figures> go() {
    allow_descriptors();
    if (auto joined = join_everyone(); !joined) return fail(joined.error());
    for (const auto& receiver : receivers_) book_.receiver_uids.push_back(receiver->uid());
    if (book_.load.group) {
      if (auto grouped = make_group(); !grouped) return fail(grouped.error());
    }
    idle_bytes_ = idle_growth();
    if (book_.load.seconds > 0) measure();
    const Usage end = usage_of(book_.load.pid);
    book_.figures.rss_bytes = end.rss_bytes;
    book_.figures.rss_bytes_per_idle = idle_bytes_;
    return book_.figures;
  }

 private:
  static void allow_descriptors() {
    rlimit files{};
    if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return;
    files.rlim_cur = files.rlim_max;
    (void)::setrlimit(RLIMIT_NOFILE, &files);  // too few shows as a failed connect
  }

  // Runs handlers until `done`, a fault, or the time is up.
  template <class Done>
  bool run_until(std::chrono::nanoseconds within, Done done) {
    const auto until = std::chrono::steady_clock::now() + within;
    while (!done() && book_.figures.faults.empty()) {
      io_.restart();
      if (std::chrono::steady_clock::now() >= until) return false;
      io_.run_one_for(std::chrono::milliseconds(50));
    }
    return book_.figures.faults.empty();
  }
  void run_for(double seconds) {
    bool over = false;
    boost::asio::steady_timer timer(io_);
    timer.expires_after(std::chrono::nanoseconds(static_cast<std::int64_t>(seconds * 1e9)));
    timer.async_wait([&over](boost::system::error_code) { over = true; });
    while (!over && book_.figures.faults.empty()) io_.run_one();
    timer.cancel();
    while (!over) io_.run_one();
  }
  Error setup_error(const std::string& what) const {
    const auto& faults = book_.figures.faults;
    return {ErrorCode::kUnavailable, what + (faults.empty() ? ": no answer" : ": " + faults[0])};
  }

  template <class Kind>
  Result<> join(std::vector<std::unique_ptr<Kind>>& users, std::size_t count) {
    std::size_t ready = 0;
    while (users.size() < count) {
      auto socket = connect_to(book_.load.address);
      if (!socket) return fail(socket.error());
      users.push_back(std::make_unique<Kind>(io_, book_, users.size(), std::move(*socket)));
      const std::string alias =
          book_.load.group ? fmt::format("bench-{}-{}", run_, ++aliases_) : std::string();
      users.back()->join(alias, [&ready] { ++ready; });
      const std::size_t left = users.size() < count ? kJoiningMax : 1;
      if (!run_until(kSetUpWithin, [&] { return users.size() < ready + left; })) {
        return fail(setup_error("can't register"));
      }
    }
    return {};
  }

  Result<> join_everyone() {
    if (auto joined = join(senders_, book_.load.senders); !joined) return joined;
    if (auto joined = join(receivers_, book_.load.receivers); !joined) return joined;
    before_idle_ = usage_of(book_.load.pid);
    return join(idlers_, book_.load.idle);
  }
  double idle_growth() const {
    if (idlers_.empty() || book_.load.pid == 0) return 0;
    const Usage now = usage_of(book_.load.pid);
    return (static_cast<double>(now.rss_bytes) - static_cast<double>(before_idle_.rss_bytes)) /
           static_cast<double>(idlers_.size());
  }

  // The first sender invites everybody; the receivers join. All invitations come first: those who
  // have joined are told of each change.
  Result<> make_group() {
    book_.gid = fmt::format("bench-group-{}", run_);
    std::size_t done = 0;
    std::size_t asked = 0;
    const auto invite = [&](const User& invitee) {
      senders_.front()->request({.op = net::ClientOp::kGroupInvite,
                                 .id = fmt::format("i{}", ++asked),
                                 .from = senders_.front()->alias(),
                                 .to = invitee.alias(),
                                 .gid = book_.gid},
                                [&done] { ++done; });
    };
    for (const auto& receiver : receivers_) invite(*receiver);
    for (std::size_t i = 1; i < senders_.size(); ++i) invite(*senders_[i]);
    if (!run_until(kSetUpWithin, [&] { return done == asked; })) {
      return fail(setup_error("can't invite to the group"));
    }
    for (const auto& receiver : receivers_) {
      ++asked;
      receiver->request(
          {.op = net::ClientOp::kGroupEdit, .id = "join", .gid = book_.gid, .act = "join"},
          [&done] { ++done; });
    }
    if (!run_until(kSetUpWithin, [&] { return done == asked; })) {
      return fail(setup_error("can't join the group"));
    }
    return wait_for_quiet();
  }
  // Until no notice of the group has come for a while.
  Result<> wait_for_quiet() {
    const auto until = std::chrono::steady_clock::now() + kSetUpWithin;
    std::uint64_t seen = 0;
    do {
      seen = book_.notices;
      (void)run_until(kQuiet, [] { return false; });  // it says false: the time is up
      if (!book_.figures.faults.empty()) return fail(setup_error("can't make the group"));
    } while (book_.notices != seen && std::chrono::steady_clock::now() < until);
    return {};
  }

  void measure() {
    bool arrived = false;
    book_.when_all_arrived = [this, &arrived] { arrived = !book_.posting; };
    book_.posting = true;
    for (const auto& sender : senders_) sender->post();
    run_for(book_.load.warm_up_s);
    start_measuring();
    run_for(book_.load.seconds);
    end_measuring();
    book_.posting = false;
    const auto all = [&] { return arrived || book_.all_arrived(); };
    if (!run_until(kArriveWithin, all) && book_.figures.faults.empty()) {
      book_.fault(fmt::format("of {} posts {} were acked, of {} deliveries {} came", book_.posted,
                              book_.acked, book_.due, book_.delivered));
    }
    book_.when_all_arrived = [] {};
  }
  void start_measuring() {
    before_ = usage_of(book_.load.pid);
    own_before_s_ = own_cpu_s();
    started_ns_ = now_ns();
    book_.measuring = true;
  }
  void end_measuring() {
    book_.measuring = false;
    Figures& figures = book_.figures;
    figures.seconds = static_cast<double>(now_ns() - started_ns_) / 1e9;
    const Usage after = usage_of(book_.load.pid);
    const auto posts = static_cast<double>(std::max<std::uint64_t>(figures.posts, 1));
    figures.own_cpu_us_per_post = (own_cpu_s() - own_before_s_) * 1e6 / posts;
    for (const auto& [thread, seconds] : after.cpu_s) {
      const double us = (seconds - before_.cpu_s[thread]) * 1e6 / posts;
      if (us > 0) figures.cpu_us_per_post[thread] = us;
    }
    figures.written_per_posted = static_cast<double>(after.written_bytes - before_.written_bytes) /
                                 (posts * static_cast<double>(book_.load.body_bytes));
  }

  boost::asio::io_context io_{1};
  Book book_;
  const std::string run_;  // tells its aliases from those of other runs
  std::vector<std::unique_ptr<Sender>> senders_;
  std::vector<std::unique_ptr<Receiver>> receivers_;
  std::vector<std::unique_ptr<User>> idlers_;
  std::size_t aliases_ = 0;
  Usage before_idle_;
  Usage before_;
  double own_before_s_ = 0;
  double idle_bytes_ = 0;
  std::uint64_t started_ns_ = 0;
};

}  // namespace

Result<Figures> run_load(const Load& load) { return Run(load).go(); }

}  // namespace mnm::bench
