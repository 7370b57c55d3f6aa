// Why a node, a user or a message is stuck, or that it isn't: a verdict in words, the evidence, and
// what to do next. Told from the log, and, where a relay answers, from what it knows of the
// sessions that are open.
//
// Main thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/duration.h"
#include "mnmlog/message_life.h"
#include "mnmlog/names.h"

namespace mnm::mnmlog {

// Messages that wait for a connected node are no news for so long.
inline constexpr std::uint64_t kPatienceNs = std::uint64_t{60} * tools::kSecondNs;
// Events, from the end, that are searched for what a node did last; where there is an index, only
// its own.
inline constexpr std::uint64_t kEvidenceEventsMax = 100'000;
// Nodes of one user or message that are judged one by one.
inline constexpr std::size_t kJudgedNodesMax = 20;

struct Evidence {
  std::string_view what;  // "login", "ack", "queue", ...
  Lsn lsn;                // none when it isn't an event
  std::string text;       // escaped
};

struct Verdict {
  enum class Code : std::uint8_t {
    kNothingWaits,
    kReceiving,  // connected, and what waits has just come or is being acked
    kAcked,      // a message that everybody has
    kNeverLoggedIn,
    kOffline,
    kNotAcking,     // connected, and acks nothing
    kOverQuota,     // a message that a node got no copy of
    kEnded,         // a message that somebody never got: expired, or dropped with its node
    kDropped,       // the node
    kReceiveOnly,   // the user
    kRelayStopped,  // nobody is served
  };
  Code code = Code::kNothingWaits;
  std::string id;       // uid, UID/ORDINAL or a message's id
  std::string subject;  // as people name it
  std::string text;     // the verdict in words, escaped
  std::vector<Evidence> evidence;
  std::vector<std::string> next;  // what to do
  std::vector<Verdict> parts;     // of a user's or a message's nodes

  [[nodiscard]] bool stuck() const {
    return code != Code::kNothingWaits && code != Code::kReceiving && code != Code::kAcked;
  }
};
[[nodiscard]] std::string_view verdict_name(Verdict::Code code);

class Judge {
 public:
  Judge(Source& source, const Names& names, tools::Zone zone, std::uint64_t now_ns)
      : source_(source), lookup_(source.lookup()), names_(names), zone_(zone), now_ns_(now_ns) {}

  [[nodiscard]] Result<Verdict> node(NodeNo number);
  [[nodiscard]] Result<Verdict> user(UserNo number);
  [[nodiscard]] Result<Verdict> message(Lsn id);

 private:
  struct Last;
  [[nodiscard]] Result<Last> last_of(NodeNo number) const;
  [[nodiscard]] Result<> judge_waiting(NodeNo number, const state::Node& node,
                                       const ops::WaitingSum& waiting, Verdict& verdict);
  [[nodiscard]] Result<Evidence> drop_of(NodeNo number, std::uint64_t seen_ns) const;
  [[nodiscard]] bool is_connected(NodeNo number) const;
  void add_window(NodeNo number, Verdict& verdict) const;
  void judge_connected(const Last& last, std::uint64_t oldest_ns, Verdict& verdict) const;
  void add_parts(Verdict& verdict, std::vector<Verdict> parts) const;
  [[nodiscard]] std::string moment(std::uint64_t time_ns) const;
  [[nodiscard]] std::string age(std::uint64_t time_ns) const;

  Source& source_;
  const Lookup& lookup_;
  const Names& names_;
  tools::Zone zone_;
  std::uint64_t now_ns_;
};

}  // namespace mnm::mnmlog
