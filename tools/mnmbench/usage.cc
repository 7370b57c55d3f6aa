// usage_of, own_cpu_s: processor time by thread, memory and writes of a process, from /proc.
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "mnmbench/load.h"

namespace mnm::bench {
namespace {

// utime + stime: fields 14 and 15 of proc(5), after the name in parentheses, which may hold
// anything.
double cpu_seconds(const std::string& stat) {
  const auto close = stat.rfind(')');
  if (close == std::string::npos) return 0;
  std::istringstream rest(stat.substr(close + 1));
  std::string skipped;
  for (int field = 3; field < 14; ++field) rest >> skipped;
  double user = 0;
  double system = 0;
  rest >> user >> system;
  return (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

// The number after `name` in a file of lines "name: number".
std::uint64_t number_after(const std::string& path, const std::string& name) {
  std::ifstream file(path);
  std::string word;
  while (file >> word) {
    std::uint64_t number = 0;
    if (word == name && file >> number) return number;
  }
  return 0;
}

}  // namespace

Usage usage_of(int pid) {
  Usage usage;
  if (pid == 0) return usage;
  const std::string process = fmt::format("/proc/{}", pid);
  std::error_code error;
  std::filesystem::directory_iterator threads(process + "/task", error);
  for (; !error && threads != std::filesystem::directory_iterator(); threads.increment(error)) {
    std::string name;
    std::string stat;
    std::ifstream name_file(threads->path() / "comm");
    std::ifstream stat_file(threads->path() / "stat");
    if (std::getline(name_file, name) && std::getline(stat_file, stat)) {
      usage.cpu_s[name] += cpu_seconds(stat);
    }
  }
  usage.rss_bytes = number_after(process + "/status", "VmRSS:") * 1024;
  usage.written_bytes = number_after(process + "/io", "write_bytes:");
  return usage;
}

double own_cpu_s() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

}  // namespace mnm::bench
