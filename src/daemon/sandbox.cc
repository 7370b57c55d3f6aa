#include "daemon/sandbox.h"

#include <fcntl.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <memory>

#include "net/server_address.h"

namespace mnm::daemon {
namespace {

// By what they are for. What a C library may use in place of one of these, on this or a later
// system, is named too: a name that this system doesn't know is passed over.
constexpr const char* kCalls[] = {
    // files
    "open", "openat", "openat2", "close", "close_range", "read", "pread64", "readv", "preadv",
    "preadv2", "write", "pwrite64", "writev", "pwritev", "pwritev2", "lseek", "stat", "fstat",
    "lstat", "newfstatat", "statx", "statfs", "fstatfs", "access", "faccessat", "faccessat2",
    "fsync", "fdatasync", "sync_file_range", "fallocate", "ftruncate", "truncate", "fadvise64",
    "readahead", "fcntl", "flock", "dup", "dup2", "dup3", "ioctl", "umask", "fchmod", "chmod",
    "fchmodat", "copy_file_range", "sendfile", "splice",
    // directories
    "mkdir", "mkdirat", "rmdir", "unlink", "unlinkat", "rename", "renameat", "renameat2", "link",
    "linkat", "getdents64", "getcwd", "readlink", "readlinkat",
    // sockets and waiting
    "socket", "socketpair", "bind", "listen", "accept", "accept4", "connect", "shutdown",
    "getsockname", "getpeername", "getsockopt", "setsockopt", "sendto", "recvfrom", "sendmsg",
    "recvmsg", "sendmmsg", "recvmmsg", "poll", "ppoll", "select", "pselect6", "epoll_create",
    "epoll_create1", "epoll_ctl", "epoll_wait", "epoll_pwait", "epoll_pwait2", "eventfd2", "pipe",
    "pipe2", "timerfd_create", "timerfd_settime", "timerfd_gettime",
    // memory
    "brk", "mmap", "munmap", "mprotect", "mremap", "madvise", "mlock", "mlock2", "munlock",
    "membarrier", "msync", "mincore", "get_mempolicy", "pkey_alloc", "pkey_free", "pkey_mprotect",
    // threads and signals
    "clone", "clone3", "set_robust_list", "get_robust_list", "rseq", "futex", "futex_waitv",
    "set_tid_address", "gettid", "getpid", "getppid", "tgkill", "kill", "exit", "exit_group",
    "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "rt_sigtimedwait", "rt_sigpending",
    "rt_sigsuspend", "sigaltstack", "sched_yield", "sched_getaffinity", "sched_setaffinity",
    "sched_getparam", "sched_getscheduler", "getpriority", "setpriority", "ioprio_get",
    "ioprio_set", "arch_prctl", "restart_syscall", "getcpu",
    // time, limits, who and where we are
    "clock_gettime", "clock_getres", "clock_nanosleep", "nanosleep", "gettimeofday", "time",
    "getrandom", "getuid", "geteuid", "getgid", "getegid", "getgroups", "getresuid", "getresgid",
    "uname", "sysinfo", "times", "getrlimit", "setrlimit", "prlimit64", "getrusage", "prctl",
    "capget"};

Error failure(const char* what, int number) { return system_error(what, number); }

// What header files of this age don't name yet.
constexpr std::uint64_t kTruncate = std::uint64_t{1} << 14;  // from Landlock's third version on
constexpr long kAbiWithRefer = 2;
constexpr long kAbiWithTruncate = 3;

constexpr std::uint64_t kRead = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
constexpr std::uint64_t kWrite = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |
                                 LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_DIR |
                                 LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK;
// For nobody: running programs, making devices, pipes, symbolic links.
constexpr std::uint64_t kNever = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_MAKE_CHAR |
                                 LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |
                                 LANDLOCK_ACCESS_FS_MAKE_SYM;
constexpr std::uint64_t kOfFiles =
    LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | kTruncate;

Result<> allow(int rules, const std::string& path, std::uint64_t access) {
  const net::Fd fd(::open(path.c_str(), O_PATH | O_CLOEXEC));
  struct stat about {};
  if (!fd || ::fstat(fd.get(), &about) != 0) return {};  // not there: nothing to allow
  if (!S_ISDIR(about.st_mode)) access &= kOfFiles;
  landlock_path_beneath_attr rule{};
  rule.allowed_access = access;
  rule.parent_fd = fd.get();
  if (::syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0) {
    return fail(failure(("cannot allow " + path).c_str(), errno));
  }
  return {};
}

}  // namespace

Result<> restrict_calls() {
  const std::unique_ptr<void, void (*)(void*)> filter(seccomp_init(SCMP_ACT_ERRNO(EPERM)),
                                                      [](void* made) { seccomp_release(made); });
  if (filter == nullptr) return fail(ErrorCode::kUnavailable, "seccomp can't be set up");
  for (const char* name : kCalls) {
    const int call = seccomp_syscall_resolve_name(name);
    if (call == __NR_SCMP_ERROR) continue;
    if (const int failed = seccomp_rule_add(filter.get(), SCMP_ACT_ALLOW, call, 0); failed != 0) {
      return fail(failure("seccomp takes no rule", -failed));
    }
  }
  if (const int failed = seccomp_load(filter.get()); failed != 0) {
    return fail(failure("seccomp can't be entered", -failed));
  }
  return {};
}

Result<bool> restrict_paths(const ReachablePaths& paths) {
  const long abi =
      ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  if (abi < 1) return false;
  std::uint64_t write = kWrite;
  if (abi >= kAbiWithRefer) write |= LANDLOCK_ACCESS_FS_REFER;
  if (abi >= kAbiWithTruncate) write |= kTruncate;
  landlock_ruleset_attr handled{};
  handled.handled_access_fs = kRead | write | kNever;
  const net::Fd rules(
      static_cast<int>(::syscall(SYS_landlock_create_ruleset, &handled, sizeof handled, 0)));
  if (!rules) return fail(failure("Landlock takes no rules", errno));
  for (const std::string& path : paths.readable) {
    if (auto allowed = allow(rules.get(), path, kRead); !allowed) return fail(allowed.error());
  }
  for (const std::string& path : paths.writable) {
    if (auto allowed = allow(rules.get(), path, kRead | write); !allowed) {
      return fail(allowed.error());
    }
  }
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  if (::syscall(SYS_landlock_restrict_self, rules.get(), 0) != 0) {
    return fail(failure("Landlock can't be entered", errno));
  }
  return true;
}

}  // namespace mnm::daemon
