#include "nemesis/faults.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/statvfs.h>

#include <filesystem>
#include <fstream>

namespace mnm::testing {
namespace {

// --- the process -----------------------------------------------------------------------------

class Kill : public Fault {
 public:
  explicit Kill(Scene& scene) : Fault("kill", scene) {}
  void begin() override {
    scene().victim.kill();
    scene().victim.try_start();
  }
  void end() override {}
};

class Stop : public Fault {
 public:
  explicit Stop(Scene& scene) : Fault("stop", scene) {}
  void begin() override { scene().victim.signal(SIGTERM); }
  void end() override {}
};

class Pause : public Fault {
 public:
  explicit Pause(Scene& scene) : Fault("pause", scene) {}
  void begin() override { scene().victim.signal(SIGSTOP); }
  void end() override { scene().victim.signal(SIGCONT); }
};

// As many as it has open, so that the next one fails.
class FewFiles : public Fault {
 public:
  explicit FewFiles(Scene& scene) : Fault("few files", scene) {}
  void begin() override {
    if (!scene().victim.alive()) return;
    const std::filesystem::directory_iterator open(
        fmt::format("/proc/{}/fd", scene().victim.pid()));
    const auto count = std::distance(open, std::filesystem::directory_iterator());
    set(static_cast<rlim_t>(count) + scene().any(8));
  }
  void end() override { set(kPlenty); }

 private:
  static constexpr rlim_t kPlenty = 4096;
  void set(rlim_t most) {
    if (!scene().victim.alive()) return;
    rlimit limit{};
    PCHECK(::prlimit(scene().victim.pid(), RLIMIT_NOFILE, nullptr, &limit) == 0);
    limit.rlim_cur = std::min(most, limit.rlim_max);
    PCHECK(::prlimit(scene().victim.pid(), RLIMIT_NOFILE, &limit, nullptr) == 0);
  }
};

// --- the network: rules for the packets of this network alone ----------------------------------

void rule(const std::string& words) {
  const std::string command = "nft '" + words + "'";
  CHECK_EQ(std::system(command.c_str()), 0) << command;
}

class Packets : public Fault {
 public:
  Packets(Scene& scene, std::string name, std::string what)
      : Fault(std::move(name), scene), what_(std::move(what)) {}
  void begin() override {
    rule("add table inet " + table());
    rule("add chain inet " + table() + " packets { type filter hook input priority 0; }");
    rule("add rule inet " + table() + " packets meta l4proto tcp " + what_);
  }
  void end() override { rule("delete table inet " + table()); }

 private:
  [[nodiscard]] std::string table() const {
    std::string table = name();
    std::replace(table.begin(), table.end(), ' ', '_');
    return table;
  }
  const std::string what_;
};

// --- the disk ------------------------------------------------------------------------------------

// All but `left` octets are somebody else's for a while.
class FullDisk : public Fault {
 public:
  FullDisk(Scene& scene, std::string name, std::uint64_t left)
      : Fault(std::move(name), scene), left_(left) {}
  void begin() override {
    struct statvfs space {};
    PCHECK(::statvfs(scene().disk.c_str(), &space) == 0);
    const std::uint64_t free = space.f_bavail * space.f_frsize;
    if (free <= left_) return;
    const net::Fd file(::open(path().c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    // The relay may have taken some of it meanwhile.
    (void)::posix_fallocate(file.get(), 0, static_cast<off_t>(free - left_));
  }
  void end() override { std::filesystem::remove(path()); }

 private:
  [[nodiscard]] std::string path() { return scene().disk + "/" + name(); }
  const std::uint64_t left_;
};

// --- the clock -----------------------------------------------------------------------------------

// Stays where it went: a jump back comes by a later one.
class ClockJump : public Fault {
 public:
  explicit ClockJump(Scene& scene) : Fault("clock jump", scene) {}
  void begin() override {
    const auto hour = static_cast<std::int64_t>(3600);
    offset_ = static_cast<std::int64_t>(scene().any(2 * hour)) - hour;
    std::ofstream(scene().clock + ".new") << fmt::format("{:+}\n", offset_);
    std::filesystem::rename(scene().clock + ".new", scene().clock);
  }
  void end() override {}

 private:
  std::int64_t offset_ = 0;
};

// --- clients -------------------------------------------------------------------------------------

// Somebody else logs in as some of the nodes, takes nothing, and is gone without a word.
class Takeovers : public Fault {
 public:
  explicit Takeovers(Scene& scene) : Fault("takeovers", scene) {}
  void begin() override {
    if (!scene().victim.alive()) return;
    const std::string where = scene().signpost.after(0).local;
    for (int i = 0; i < kThieves; ++i) {
      const Member& member = scene().members[scene().any(scene().members.size())];
      try {
        WireClient thief(WireLink::open(where, 0, std::chrono::milliseconds(100)), member.dialect);
        thief.login(member.identity);
        thieves_.push_back(std::move(thief));
      } catch (const WireTrouble&) {  // not taken, or nobody there just now
      }
    }
  }
  void end() override { thieves_.clear(); }

 private:
  static constexpr int kThieves = 10;
  std::vector<WireClient> thieves_;
};

}  // namespace

std::vector<std::unique_ptr<Fault>> all_faults(Scene& scene) {
  std::vector<std::unique_ptr<Fault>> faults;
  faults.push_back(std::make_unique<Kill>(scene));
  faults.push_back(std::make_unique<Stop>(scene));
  faults.push_back(std::make_unique<Pause>(scene));
  faults.push_back(std::make_unique<FewFiles>(scene));
  const auto packets = [&](const char* name, const char* what) {
    faults.push_back(std::make_unique<Packets>(scene, name, what));
  };
  packets("loss", "numgen random mod 100 < 15 drop");
  packets("no network", "drop");
  packets("resets", "tcp flags ack numgen random mod 1000 < 5 reject with tcp reset");
  packets("slow network", "limit rate over 300 kbytes/second drop");
  faults.push_back(std::make_unique<FullDisk>(scene, "full disk", 0));
  faults.push_back(std::make_unique<FullDisk>(scene, "low disk", std::uint64_t{6} << 20));
  if (!scene.clock.empty()) faults.push_back(std::make_unique<ClockJump>(scene));
  faults.push_back(std::make_unique<Takeovers>(scene));
  return faults;
}

}  // namespace mnm::testing
