// A relay for a test to work with, in a directory of its own: started, killed, stopped and started
// again; its admin socket; the octets in its data directory.
//
// One thread (see MnmdProcess); tcp() and local() from any while the relay isn't being restarted.
#pragma once

#include <glog/logging.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "support/directory_image.h"
#include "support/mnmd_process.h"
#include "support/temp_dir.h"
#include "support/wire_link.h"

namespace mnm::testing {

class RelayBox {
 public:
  // `options`: of mnmd, besides the data directory and where it listens (one TCP port, one Unix
  // socket).
  explicit RelayBox(std::vector<std::string> options = {}) : options_(std::move(options)) {
    start();
  }

  void start() {
    launch();
    CHECK(await_ready(MnmdProcess::kPatience))
        << "mnmd did not start; it said at last: " << last_words();
  }
  // After launch(); false when it ended or the time did.
  bool await_ready(std::chrono::milliseconds limit) {
    addresses_ = process_->await_ready(limit);
    return !addresses_.empty();
  }
  // Of the next start.
  void set_options(std::vector<std::string> options) { options_ = std::move(options); }
  // Doesn't wait until it is ready.
  void launch() {
    // No reserve, so that what looks at the directory needn't read it.
    std::vector<std::string> all{"--data",   data(),  "--listen",       "tcp://127.0.0.1:0",
                                 "--listen", local(), "--disk-reserve", "0"};
    all.insert(all.end(), options_.begin(), options_.end());
    process_ = std::make_unique<MnmdProcess>(all, words_file());
  }
  void kill() {
    process_->kill_hard();
    process_.reset();
  }
  [[nodiscard]] std::string last_words() const {
    const std::string all = words();
    return all.substr(all.size() - std::min<std::size_t>(all.size(), 5000));
  }
  // Its exit code.
  int stop() {
    const int code = process_->stop();
    process_.reset();
    return code;
  }
  // Starts one that should refuse: its exit code, and in `said` why.
  int refused(std::string& said, const std::vector<std::string>& more = {}) {
    std::vector<std::string> all{"--data", data(), "--listen",
                                 "unix://" + (directory_ / "other.sock")};
    all.insert(all.end(), more.begin(), more.end());
    MnmdProcess other(all, directory_ / "refusal");
    if (!other.await_ready().empty()) return 0;
    const int code = other.await_end();
    said = other.words();
    return code;
  }

  // One line of JSON asked, one answered.
  [[nodiscard]] std::string admin(const std::string& command) const {
    const auto link = WireLink::open("unix://" + data() + "/admin.sock");
    CHECK(link != nullptr && link->send("{\"cmd\":\"" + command + "\"}\n"));
    std::string answer;
    while (link->receive(answer) == WireLink::Got::kOctets) {
    }
    return answer;
  }
  // Whether something comes true in time. Looks again each time that the relay has answered.
  [[nodiscard]] bool await(const std::function<bool()>& condition) const {
    const auto limit = std::chrono::steady_clock::now() + MnmdProcess::kPatience;
    while (!condition()) {
      if (std::chrono::steady_clock::now() > limit) return false;
      (void)admin("status");
    }
    return true;
  }
  // The exit code of mnmlog with these arguments, beside the relay or without it.
  [[nodiscard]] int inspect(const std::string& arguments) const {
    const std::string command = MNM_BIN_DIR "/mnmlog " + arguments + " --data " + data() + " >" +
                                (directory_ / "inspection") + " 2>&1";
    const int status = std::system(command.c_str());
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  // Of the live views.
  [[nodiscard]] std::string digest() const {
    const std::string answer = admin("digest");
    constexpr std::string_view kKey = "\"digest\":\"";
    const auto begin = answer.find(kKey);
    CHECK(begin != std::string::npos) << answer;
    return answer.substr(begin + kKey.size(), 64);
  }

  [[nodiscard]] std::string tcp() const { return addresses_.at(0); }
  [[nodiscard]] std::string local() const { return "unix://" + (directory_ / "mnm.sock"); }
  [[nodiscard]] const std::vector<std::string>& addresses() const { return addresses_; }
  [[nodiscard]] std::string data() const { return directory_ / "data"; }
  [[nodiscard]] DirectoryImage image() const { return DirectoryImage(data()); }
  // How many body files there are.
  [[nodiscard]] std::size_t bodies() const {
    const std::filesystem::directory_iterator files(data() + "/body");
    return static_cast<std::size_t>(std::distance(files, std::filesystem::directory_iterator()));
  }
  [[nodiscard]] MnmdProcess& process() { return *process_; }
  [[nodiscard]] const TempDir& directory() const { return directory_; }
  // All it ever wrote to its standard error.
  [[nodiscard]] std::string words() const {
    std::ifstream file(words_file());
    return {std::istreambuf_iterator<char>(file), {}};
  }

 private:
  [[nodiscard]] std::string words_file() const { return directory_ / "words"; }

  TempDir directory_;
  std::vector<std::string> options_;
  std::unique_ptr<MnmdProcess> process_;
  std::vector<std::string> addresses_;
};

}  // namespace mnm::testing
