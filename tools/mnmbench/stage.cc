#include "mnmbench/stage.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <boost/asio/steady_timer.hpp>

#include "base/crypto.h"
#include "base/text.h"
#include "common/program.h"

namespace mnm::bench {
namespace {

constexpr std::chrono::milliseconds kQuiet{500};

}  // namespace

Stage::Stage(Book& book) : book_(book), run_(hex_encode(random_bytes(4))) {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return;
  files.rlim_cur = files.rlim_max;
  (void)::setrlimit(RLIMIT_NOFILE, &files);
}

std::string Stage::fresh_name() { return fmt::format("{}-{}", run_, ++names_); }

bool Stage::run_until(std::chrono::nanoseconds within, const std::function<bool()>& done) {
  const auto until = std::chrono::steady_clock::now() + within;
  while (!done() && book_.figures.faults.empty()) {
    io_.restart();
    if (tools::interrupted()) book_.fault("interrupted");
    if (std::chrono::steady_clock::now() >= until) return false;
    io_.run_one_for(std::chrono::milliseconds(50));
  }
  return book_.figures.faults.empty();
}

void Stage::run_for(double seconds) {
  bool over = false;
  boost::asio::steady_timer timer(io_);
  timer.expires_after(std::chrono::nanoseconds(static_cast<std::int64_t>(seconds * 1e9)));
  timer.async_wait([&over](boost::system::error_code) { over = true; });
  while (!over && book_.figures.faults.empty()) {
    if (tools::interrupted()) book_.fault("interrupted");
    io_.run_one();
  }
  timer.cancel();
  while (!over) io_.run_one();
}

Error Stage::error(const std::string& what) const {
  const auto& faults = book_.figures.faults;
  return {ErrorCode::kUnavailable, what + (faults.empty() ? ": no answer" : ": " + faults[0])};
}

// All invitations come first: those who have joined are told of each change. So a group of 10,000
// costs 50 million notices, which the relay is given the time to deliver.
Result<> Stage::make_group(const std::string& gid, User& inviter, const std::vector<User*>& joining,
                           const std::vector<User*>& invited_only) {
  std::size_t done = 0;
  std::size_t asked = 0;
  const auto count = [&done] { ++done; };
  for (const std::vector<User*>* some : {&joining, &invited_only}) {
    for (const User* invitee : *some) {
      inviter.request({.op = net::ClientOp::kGroupInvite,
                       .id = fmt::format("i{}", ++asked),
                       .from = inviter.alias(),
                       .to = invitee->alias(),
                       .gid = gid},
                      count);
    }
  }
  if (!run_until(kSetUpWithin, [&] { return done == asked; })) {
    return fail(error("can't invite to the group"));
  }
  for (User* user : joining) {
    ++asked;
    user->request({.op = net::ClientOp::kGroupEdit, .id = "join", .gid = gid, .act = "join"},
                  count);
    const std::size_t left = user == joining.back() ? 0 : kJoiningMax;
    if (!run_until(kSetUpWithin, [&] { return asked <= done + left; })) {
      return fail(error("can't join the group"));
    }
  }
  return wait_for_quiet();
}

// Until no notice of the group has come for a while.
Result<> Stage::wait_for_quiet() {
  const auto until = std::chrono::steady_clock::now() + kSetUpWithin;
  std::uint64_t seen = 0;
  do {
    seen = book_.notices;
    (void)run_until(kQuiet, [] { return false; });  // it says false: the time is up
    if (!book_.figures.faults.empty()) return fail(error("can't make the group"));
  } while (book_.notices != seen && std::chrono::steady_clock::now() < until);
  return {};
}

}  // namespace mnm::bench
