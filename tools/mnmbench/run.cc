// run_load: users in, load on, load off, everything arrived.
#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "mnmbench/stage.h"

namespace mnm::bench {
namespace {

constexpr std::chrono::seconds kArriveWithin{60};

class Run {
 public:
  explicit Run(const Load& load) : book_(load), stage_(book_) {}

  Result<Figures> go() {
    if (auto joined = join_everyone(); !joined) return fail(joined.error());
    for (const auto& receiver : receivers_) book_.receiver_uids.push_back(receiver->uid());
    if (auto grouped = make_groups(); !grouped) return fail(grouped.error());
    if (!set_bystanders()) return fail(stage_.error("can't log out"));
    idle_bytes_ = idle_growth();
    if (book_.load.seconds > 0) measure();
    const Usage end = usage_of(book_.load.pid);
    book_.figures.rss_bytes = end.rss_bytes;
    book_.figures.rss_bytes_per_idle = idle_bytes_;
    return book_.figures;
  }

 private:
  Result<> join_everyone() {
    const Load& load = book_.load;
    const bool grouped = load.groups > 0;
    if (auto joined = stage_.join(senders_, load.senders, grouped); !joined) return joined;
    if (auto joined = stage_.join(receivers_, load.receivers, grouped); !joined) return joined;
    if (auto joined = stage_.join(bystanders_, load.absent + load.stuck, true); !joined) {
      return joined;
    }
    if (auto joined = stage_.join(churners_, load.churn, false); !joined) return joined;
    before_idle_ = usage_of(load.pid);
    return stage_.join(idlers_, load.idle, false);
  }
  double idle_growth() const {
    if (idlers_.empty() || book_.load.pid == 0) return 0;
    const Usage now = usage_of(book_.load.pid);
    return (static_cast<double>(now.rss_bytes) - static_cast<double>(before_idle_.rss_bytes)) /
           static_cast<double>(idlers_.size());
  }

  // The first sender invites everybody; its receivers join, the other senders may post as invited.
  Result<> make_groups() {
    std::vector<User*> others;
    for (std::size_t i = 1; i < senders_.size(); ++i) others.push_back(senders_[i].get());
    for (std::size_t group = 0; group < book_.load.groups; ++group) {
      std::vector<User*> members;
      for (std::size_t i = 0; i < book_.load.fanout; ++i) {
        members.push_back(receivers_[group * book_.load.fanout + i].get());
      }
      for (const auto& bystander : bystanders_) members.push_back(bystander.get());
      book_.gids.push_back(stage_.fresh_gid());
      auto made = stage_.make_group(book_.gids.back(), *senders_.front(), members, others);
      if (!made) return made;
    }
    return {};
  }

  // The first ones leave, the others take nothing from here on.
  bool set_bystanders() {
    const std::size_t absent = book_.load.absent;
    std::size_t left = 0;
    for (std::size_t i = 0; i < bystanders_.size(); ++i) {
      if (i < absent) bystanders_[i]->log_out([&left] { ++left; });
      if (i >= absent) bystanders_[i]->stop_reading();
    }
    return stage_.run_until(kArriveWithin, [&] { return left == absent; });
  }

  void measure() {
    bool arrived = false;
    book_.when_all_arrived = [this, &arrived] { arrived = !book_.posting; };
    book_.posting = true;
    for (const auto& sender : senders_) sender->post();
    for (const auto& churner : churners_) churner->come_and_go();
    stage_.run_for(book_.load.warm_up_s);
    start_measuring();
    stage_.run_for(book_.load.seconds);
    end_measuring();
    book_.posting = false;
    const auto all = [&] { return arrived || book_.all_arrived(); };
    if (!run_while_they_come(all) && book_.figures.faults.empty()) {
      book_.fault(fmt::format("of {} posts {} were acked, of {} deliveries {} came", book_.posted,
                              book_.acked, book_.due, book_.delivered));
    }
    book_.when_all_arrived = [] {};
  }
  // What is in flight to a large group takes its time: false when nothing has come for a while.
  bool run_while_they_come(const std::function<bool()>& all) {
    const auto came = [this] { return book_.delivered + book_.acked; };
    std::uint64_t before = 0;
    do {
      before = came();
      if (stage_.run_until(kArriveWithin, all)) return true;
    } while (book_.figures.faults.empty() && came() != before);
    return false;
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
                                 std::max(1.0, static_cast<double>(figures.body_bytes));
  }

  Book book_;
  Stage stage_;
  std::vector<std::unique_ptr<Sender>> senders_;
  std::vector<std::unique_ptr<Receiver>> receivers_;
  std::vector<std::unique_ptr<User>> bystanders_;
  std::vector<std::unique_ptr<User>> idlers_;
  std::vector<std::unique_ptr<Churner>> churners_;
  Usage before_idle_;
  Usage before_;
  double own_before_s_ = 0;
  double idle_bytes_ = 0;
  std::uint64_t started_ns_ = 0;
};

}  // namespace

Result<Figures> run_load(const Load& load) { return Run(load).go(); }

}  // namespace mnm::bench
