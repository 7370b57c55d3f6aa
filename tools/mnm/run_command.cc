// A received message for a command of the user's.
#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <optional>

#include "mnm/command.h"
#include "mnm/receiver.h"

namespace mnm::client {
namespace {

void add(std::vector<std::string>& environment, const char* name,
         const std::optional<std::string>& value) {
  if (!value) return;
  // A variable can't hold a NUL, and ends there; the header's JSON is not for commands to parse.
  environment.push_back(fmt::format("{}={}", name, value->substr(0, value->find('\0'))));
}

std::vector<std::string> environment_of(const std::string& profile, const net::Reply& message,
                                        const BodySink& body) {
  std::vector<std::string> environment;
  // What was in ours under such a name would pass for the message's.
  for (char** at = ::environ; *at != nullptr; ++at) {
    const std::string_view entry(*at);
    if (!entry.starts_with("MNM_") || entry.starts_with("MNM_PROFILES=")) {
      environment.emplace_back(entry);
    }
  }
  add(environment, "MNM_PROFILE", profile);
  add(environment, "MNM_ID", message.id);
  add(environment, "MNM_OP", message.op);
  add(environment, "MNM_FROM", message.from);
  add(environment, "MNM_POSTED", message.posted);
  add(environment, "MNM_SIZE", std::to_string(body.size()));
  add(environment, "MNM_UID", message.uid);
  add(environment, "MNM_TO", message.to);
  add(environment, "MNM_GID", message.gid);
  add(environment, "MNM_ALIAS", message.alias);
  add(environment, "MNM_ACT", message.act);
  add(environment, "MNM_POSTID", message.postid);
  if (!body.saved_as().empty()) add(environment, "MNM_FILE", body.saved_as());
  return environment;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  out.reserve(texts.size() + 1);
  for (std::string& text : texts) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

// The child's standard input is `fd`, and a broken pipe ends it as usual. errno value.
int spawn(int fd, std::vector<char*> arguments, std::vector<char*> environment, pid_t& child) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  if (const int wrong = ::posix_spawn_file_actions_init(&actions); wrong != 0) return wrong;
  if (const int wrong = ::posix_spawnattr_init(&attributes); wrong != 0) return wrong;
  sigset_t defaults;
  ::sigemptyset(&defaults);
  ::sigaddset(&defaults, SIGPIPE);
  int wrong = ::posix_spawnattr_setsigdefault(&attributes, &defaults);
  if (wrong == 0) wrong = ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
  if (wrong == 0) wrong = ::posix_spawn_file_actions_adddup2(&actions, fd, 0);
  if (wrong == 0) {
    wrong = ::posix_spawn(&child, "/bin/sh", &actions, &attributes, arguments.data(),
                          environment.data());
  }
  (void)::posix_spawnattr_destroy(&attributes);  // can't fail here
  (void)::posix_spawn_file_actions_destroy(&actions);
  return wrong;
}

}  // namespace

Result<bool> run_command(const std::string& command, const std::string& profile,
                         const net::Reply& message, const BodySink& body) {
  if (::lseek(body.fd(), 0, SEEK_SET) != 0) return fail(system_error("can't rewind a body", errno));
  std::vector<std::string> arguments = {"sh", "-c", command};
  std::vector<std::string> environment = environment_of(profile, message, body);
  pid_t child = 0;
  const int wrong = spawn(body.fd(), pointers(arguments), pointers(environment), child);
  if (wrong != 0) return fail(system_error("can't start /bin/sh", wrong));
  int status = 0;
  while (::waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return fail(system_error("can't wait for the command", errno));
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return true;
  tell(fmt::format("the command ended with {} {}; message {} stays on the relay",
                   WIFEXITED(status) ? "status" : "signal",
                   WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status), *message.id));
  return false;
}

}  // namespace mnm::client
