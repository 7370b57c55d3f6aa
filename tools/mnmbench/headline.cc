#include "mnmbench/headline.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstring>
#include <filesystem>

#include "mnmbench/stage.h"

namespace mnm::bench {
namespace {

constexpr std::size_t kPostsToUsers = 15;
constexpr std::size_t kPosts = kPostsToUsers + 2;  // the last ones go to the group
constexpr std::chrono::hours kRunWithin{24};
constexpr std::chrono::seconds kArriveWithin{600};

// What all clients share beside the book.
struct Campaign {
  std::vector<std::string> uids;
  std::vector<std::string> gids;
  std::size_t group_size = 0;
  std::uint64_t deliveries_wanted = 0;
  std::uint64_t cycles = 0;
  std::uint64_t delivered_bytes = 0;
  std::size_t cycling = 0;  // clients within a cycle
};

class Client final : public User {
 public:
  using User::User;

  void follow(Campaign& campaign) { campaign_ = &campaign; }
  // One cycle after the other while more deliveries are wanted. Logged out before and after.
  void cycle() {
    if (book_.due >= campaign_->deliveries_wanted) return;
    ++campaign_->cycling;
    enter([this] { post(0); });
  }
  // Once more, to take what waits.
  void stay() {
    enter([] {});
  }

 private:
  void enter(std::function<void()> ready) {
    auto socket = connect_to(book_.load.address);
    if (!socket) return book_.fault(name() + ": " + socket.error().text);
    log_in(std::move(*socket), std::move(ready));
  }
  void post(std::size_t done) {
    if (done == kPosts) return leave();
    const Stamp stamp{.sender = number_, .number = ++posted_, .at_ns = now_ns()};
    const std::size_t bytes = book_.load.sizes[done % book_.load.sizes.size()];
    net::ClientRequest request{.op = net::ClientOp::kPost, .id = fmt::format("{}", posted_)};
    if (done < kPostsToUsers) {
      request.for_list = {{campaign_->uids[other(1)]}, {campaign_->uids[other(2)]}};
      book_.due += 2;
    } else {
      request.for_list = {
          {campaign_->gids[number_ / campaign_->group_size], ops::TargetType::kGroupWithoutSelf}};
      book_.due += campaign_->group_size - 1;
    }
    request.data_bytes = bytes;
    buffer_.assign(reinterpret_cast<const char*>(&stamp), sizeof stamp);
    buffer_ += book_.tail(bytes);
    ++book_.posted;
    this->request(request, buffer_, [this, done] {
      ++book_.acked;
      post(done + 1);
    });
  }
  void leave() {
    log_out([this] {
      ++campaign_->cycles;
      --campaign_->cycling;
      cycle();
    });
  }
  // Two others, different ones from post to post.
  [[nodiscard]] std::size_t other(std::size_t which) const {
    const std::size_t others = campaign_->uids.size() - 1;
    const std::size_t step = (posted_ * 7919 + number_ * 104729 + which - 1) % others;
    return (number_ + 1 + step) % campaign_->uids.size();
  }

  void on_message(const FrameView& frame, std::string_view data) override {
    if (frame.op != "delivery") return User::on_message(frame, data);
    Stamp stamp;
    if (data.size() < sizeof stamp || data.substr(sizeof stamp) != book_.tail(data.size())) {
      return book_.fault(fmt::format("{}: the body of {} is damaged", name(), frame.id));
    }
    std::memcpy(&stamp, data.data(), sizeof stamp);
    std::uint64_t& last = last_[stamp.sender];
    if (stamp.number <= last) {
      book_.fault(fmt::format("{}: post {} of sender {} came after {}", name(), stamp.number,
                              stamp.sender, last));
    }
    last = stamp.number;
    ++book_.delivered;
    campaign_->delivered_bytes += data.size();
  }

  Campaign* campaign_ = nullptr;
  std::uint64_t posted_ = 0;
  boost::unordered_flat_map<std::uint64_t, std::uint64_t> last_;  // by sender
};

std::uint64_t bytes_in(const std::string& directory) {
  std::uint64_t bytes = 0;
  std::error_code error;
  std::filesystem::recursive_directory_iterator at(directory, error);
  for (; !error && at != std::filesystem::recursive_directory_iterator(); at.increment(error)) {
    std::error_code gone;  // RocksDB removes files at any time
    const bool is_reserve = at->path().filename() == "reserve";
    const auto size = at->is_regular_file(gone) && !is_reserve ? at->file_size(gone) : 0;
    if (!gone) bytes += size;
  }
  return bytes;
}

class Headline {
 public:
  explicit Headline(const HeadlineLoad& load) : load_(load), book_(load.base), stage_(book_) {}

  Result<HeadlineFigures> go() {
    if (auto set_up = join(); !set_up) return fail(set_up.error());
    if (!log_everybody_out()) return fail(stage_.error("can't log out"));
    const Usage before = usage_of(load_.base.pid);
    const std::uint64_t begun_ns = now_ns();
    const double own_before_s = own_cpu_s();
    run();
    figures_.own_cpu_s = own_cpu_s() - own_before_s;
    figures_.seconds = static_cast<double>(now_ns() - begun_ns) / 1e9;
    const Usage after = usage_of(load_.base.pid);
    for (const auto& [thread, seconds] : after.cpu_s) {
      const auto earlier = before.cpu_s.find(thread);
      figures_.relay_cpu_s += seconds - (earlier != before.cpu_s.end() ? earlier->second : 0);
    }
    figures_.written_bytes = after.written_bytes - before.written_bytes;
    figures_.cycles = campaign_.cycles;
    figures_.posts = book_.posted;
    figures_.deliveries = book_.delivered;
    figures_.delivered_bytes = campaign_.delivered_bytes;
    if (!load_.data.empty()) figures_.data_bytes = bytes_in(load_.data);
    figures_.faults = book_.figures.faults;
    return figures_;
  }

 private:
  Result<> join() {
    if (auto joined = stage_.join(clients_, load_.clients, true); !joined) return joined;
    for (const auto& client : clients_) {
      campaign_.uids.push_back(client->uid());
      client->follow(campaign_);
    }
    campaign_.group_size = load_.group_size;
    for (std::size_t first = 0; first < clients_.size(); first += load_.group_size) {
      std::vector<User*> others;
      for (std::size_t i = 1; i < load_.group_size; ++i)
        others.push_back(clients_[first + i].get());
      campaign_.gids.push_back(stage_.fresh_gid());
      auto made = stage_.make_group(campaign_.gids.back(), *clients_[first], others, {});
      if (!made) return made;
    }
    return {};
  }
  bool log_everybody_out() {
    std::size_t out = 0;
    for (const auto& client : clients_) client->log_out([&out] { ++out; });
    return stage_.run_until(kArriveWithin, [&] { return out == clients_.size(); });
  }
  void run() {
    campaign_.deliveries_wanted = load_.deliveries;
    for (const auto& client : clients_) client->cycle();
    if (!stage_.run_until(kRunWithin, [this] { return watch() && campaign_.cycling == 0; })) return;
    for (const auto& client : clients_) client->stay();
    const auto all = [this] { return watch() && book_.all_arrived(); };
    if (!stage_.run_until(kArriveWithin, all) && book_.figures.faults.empty()) {
      book_.fault(fmt::format("of {} posts {} were acked, of {} deliveries {} came", book_.posted,
                              book_.acked, book_.due, book_.delivered));
    }
  }
  // Always true. Looks at the relay's memory each second.
  bool watch() {
    if (load_.base.pid == 0 || now_ns() < watched_ns_ + 1'000'000'000) return true;
    watched_ns_ = now_ns();
    figures_.rss_bytes_max = std::max(figures_.rss_bytes_max, usage_of(load_.base.pid).rss_bytes);
    return true;
  }

  const HeadlineLoad& load_;
  Book book_;
  Stage stage_;
  Campaign campaign_;
  std::vector<std::unique_ptr<Client>> clients_;
  HeadlineFigures figures_;
  std::uint64_t watched_ns_ = 0;
};

}  // namespace

Result<HeadlineFigures> run_headline(const HeadlineLoad& load) { return Headline(load).go(); }

}  // namespace mnm::bench
