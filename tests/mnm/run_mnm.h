// Runs mnm as people do, and tells how it went. One thread.
#pragma once

#include <fcntl.h>
#include <glog/logging.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "support/temp_dir.h"

namespace mnm::client {

inline std::string slurp(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}
inline void spit(const std::string& path, std::string_view octets) {
  std::ofstream(path, std::ios::binary) << octets;
}

struct Outcome {
  int code = -1;
  std::string out;
  std::string err;
  long rss_kib = 0;  // at most; not less than this process's own, which Linux hands on
};

// Its profiles are in `directory`/profiles.
inline Outcome run_mnm(const TempDir& directory, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "mnm");
  std::vector<std::string> environment = {"MNM_PROFILES=" + (directory / "profiles"),
                                          "PATH=/usr/bin:/bin", "TMPDIR=" + directory.path()};
  const auto pointers = [](std::vector<std::string>& texts) {
    std::vector<char*> out;
    for (std::string& text : texts) out.push_back(text.data());
    out.push_back(nullptr);
    return out;
  };
  posix_spawn_file_actions_t actions;
  CHECK_EQ(::posix_spawn_file_actions_init(&actions), 0);
  const std::string out = directory / "stdout";
  const std::string err = directory / "stderr";
  constexpr int kWrite = O_WRONLY | O_CREAT | O_TRUNC;
  CHECK_EQ(::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0), 0);
  CHECK_EQ(::posix_spawn_file_actions_addopen(&actions, 1, out.c_str(), kWrite, 0600), 0);
  CHECK_EQ(::posix_spawn_file_actions_addopen(&actions, 2, err.c_str(), kWrite, 0600), 0);
  pid_t child = 0;
  CHECK_EQ(::posix_spawn(&child, MNM_BIN_DIR "/mnm", &actions, nullptr, pointers(arguments).data(),
                         pointers(environment).data()),
           0);
  (void)::posix_spawn_file_actions_destroy(&actions);  // can't fail here
  int status = 0;
  rusage usage{};
  CHECK_EQ(::wait4(child, &status, 0, &usage), child);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, slurp(out), slurp(err), usage.ru_maxrss};
}

}  // namespace mnm::client
