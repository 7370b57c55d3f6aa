// A relay inside a program: all of mnmd but its main(). Frontends of one's own (a protocol that mnm
// doesn't know, a serial line, a test) reach it over byte streams: connect() and adopt().
//
// Threads: made, reloaded, stopped and destroyed by one thread; connect(), adopt() and addresses()
// from any in between. It runs some ten threads of its own, on which all signals are blocked. The
// process is the host's, and this is what a relay takes of it:
//  - it is an Asio, RocksDB and glog program: it logs through glog, to standard error and as
//  log-level
//    says, unless the host has set glog up before
//  - it raises the soft limit of open files towards the hard one
//  - it ends the process (a CHECK) when its own invariants fail, since memory is ahead of the disk
//  - beside it in the data directory works what works beside mnmd: mnmlog, and mnmctl over
//  admin.sock
// One process at a time may hold a data directory.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "mnm/failure.h"

namespace mnm {

class MNM_API Relay {
 public:
  struct Options {
    // The data directory; made (mode 0700) if it isn't there.
    std::string data;
    // Where it listens besides: tcp://HOST:PORT, unix:///PATH and so on. Empty: nowhere.
    std::vector<std::string> listen;
    // Any other option of mnmd by its name: {"purge-window", {"1h"}}, {"no-web", {"true"}}.
    // Those of the process itself (sandbox) do nothing here; log-level counts for the first relay.
    std::map<std::string, std::vector<std::string>> settings;
    // Called once, from a thread of the relay, when it can't go on (the disk, as a rule). It must
    // not call the relay: let the thread that owns it stop() it.
    std::function<void(const std::string& why)> failed;
  };

  // Opens, recovers and serves. Throws Failure: MNM_USAGE for an option, MNM_CORRUPTION and
  // MNM_TAMPERING for what the log is found to be, MNM_UNAVAILABLE when the directory or an address
  // is in use, MNM_DENIED, MNM_UNKNOWN_FORMAT for a directory of a newer version.
  explicit Relay(const Options& options);
  // Stops; an error of that is logged.
  ~Relay();
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;

  // A link to it: the other end of two byte streams, a connected socket that speaks the protocol
  // from its first octet. The caller's to use and to close; Client::over() takes it. `peer` is what
  // the log calls it. Throws Failure: MNM_UNAVAILABLE without descriptors, or once stopped.
  [[nodiscard]] int connect(const std::string& peer = "embedded");
  // The same the other way about: a connected stream socket (not a pipe), on which a client of a
  // frontend will speak. The relay's from now on, whatever happens; closed at once where there are
  // too many links. Links count as this machine's own: limits by address are the frontend's to
  // keep.
  void adopt(int socket, const std::string& peer);

  // Where it listens, with the ports that were picked.
  [[nodiscard]] std::vector<std::string> addresses() const;
  // Reads the certificate and what --auth-providers names again; what can't be read stays as it is,
  // and is thrown.
  void reload();
  // Takes no more, answers what was read, syncs, ends. Throws Failure with the error that ended the
  // relay before, if one did. May be repeated.
  void stop();

  // The version of the library, as "0.1.0".
  [[nodiscard]] static const char* version();

 private:
  struct Held;
  std::unique_ptr<Held> held_;
};

}  // namespace mnm
