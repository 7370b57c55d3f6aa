// The judge: what clients sent and received, and whether a relay that keeps its promises could have
// shown it to them. It trusts no relay; the few looks inside are told by name.
//
// One thread. Nodes and senders are named by texts, messages by tokens: words that lie in their
// octets and that no other message has. The order of calls is the order in which things happened.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/crypto.h"
#include "base/ids.h"

namespace mnm::sim {

class Oracle {
 public:
  struct Counts {
    std::uint64_t sent = 0;
    std::uint64_t acked = 0;
    std::uint64_t refused = 0;
    std::uint64_t delivered = 0;  // first deliveries
    std::uint64_t repeated = 0;   // before the node's ack was confirmed: allowed, at least once
    std::uint64_t confirmed = 0;
  };

  // --- what senders do
  // ---------------------------------------------------------------------------- `sender` asks for
  // the first time to have these octets taken. Its messages come first to any node in the order of
  // these calls.
  void sent(const std::string& sender, const std::string& token, const std::string& octets);
  // The relay took it, each time that it says so. An empty id: the op shows none.
  void acked(const std::string& token, const std::string& msgid);
  // The relay did not, for good.
  void refused(const std::string& token);
  // It must never be taken: what a session asks that has been fenced.
  void forbid(const std::string& token);
  [[nodiscard]] bool is_acked(const std::string& token) const;

  // --- what recipients see
  // ------------------------------------------------------------------------ Where: a node, and
  // which of its links, that has a name of its own. What was sent to one link may be read late,
  // after the node has acked it over another.
  struct Place {
    std::string node;
    std::string link;
  };
  void linked(const std::string& link);
  void delivered(const Place& at, const std::string& msgid, const std::string& token,
                 std::string_view octets);
  // A notice, which nobody sent.
  void noticed(const Place& at, const std::string& msgid);
  // The node's ack is on its way; later it is known to be durable.
  void ack_sent(const Place& at, const std::string& msgid);
  void ack_confirmed(const Place& at, const std::string& msgid);

  // --- who was to have it, once that is known
  // -----------------------------------------------------
  void must_reach(const std::string& token, const std::string& node);
  void may_reach(const std::string& token, const std::string& node);

  // --- looks inside
  // ------------------------------------------------------------------------------- A queue's
  // cursor: all at or below it has ended for the node.
  void cursor(const std::string& node, std::uint64_t lsn);
  // A message row is purged; what is left when all is quiet.
  void row_gone(const std::string& msgid);
  // The log holds that it was refused, whatever its sender has heard. Asked again after later ones,
  // it may come after them.
  void refused_inside(const std::string& token);
  void rows_left(std::uint64_t rows, std::uint64_t bodies);
  // Somebody who took the disk, and all keys, reads what was purged, and scrubbed.
  void readable_after_purge(const std::string& msgid, const std::string& where);
  // Somebody without a key reads something personal in a sealed one.
  void plain_on_disk(const std::string& where, std::string_view found);
  // The disk has another key, with this data key: the log is to tell of it; it told of that one.
  void rekeyed(std::uint32_t data_key);
  void rekey_told(std::uint32_t data_key);
  void digests(const char* which, Lsn at, const Hash& live, const Hash& again);
  // A request has waited for so long on a link that works.
  void waited(const std::string& request, std::uint64_t seconds, std::uint64_t bound);
  void fault(const std::string& what);

  // Once all is quiet and nothing waits for anybody. Each says what, and which message.
  [[nodiscard]] const std::vector<std::string>& finish();
  [[nodiscard]] const std::vector<std::string>& faults() const { return faults_; }
  [[nodiscard]] const Counts& counts() const { return counts_; }

 private:
  struct Sent {
    std::string sender;
    std::uint64_t place = 0;  // among the sender's
    std::string floor;        // the highest id acked to anybody before it was sent
    Hash octets{};
    std::string msgid;  // once known
    bool acked = false;
    bool refused = false;
    bool refused_inside = false;
    bool forbidden = false;
    std::set<std::string> must;
    std::set<std::string> may;
    std::set<std::string> had_by;
  };
  struct Node {
    std::map<std::string, std::uint64_t> acks_sent;  // ids, and when first
    struct Confirmed {
      std::uint64_t moment = 0;
      std::string link;
    };
    std::map<std::string, Confirmed> confirmed;
    std::map<std::string, std::uint64_t> place_of_sender;
    std::uint64_t cursor = 0;
  };

  void name(Sent& sent, const std::string& token, const std::string& msgid);
  void check_repeat(const Place& at, const std::string& msgid);

  std::map<std::string, Sent> messages_;  // by token
  std::map<std::string, Node> nodes_;
  std::map<std::string, std::string> owners_;  // id -> token
  std::map<std::string, std::uint64_t> places_;
  std::string highest_acked_;
  std::uint32_t last_rekey_ = 0;  // data keys; 0: none
  std::uint32_t last_rekey_told_ = 0;
  std::map<std::string, std::uint64_t> gone_;   // rows purged: ids, and when
  std::map<std::string, std::uint64_t> links_;  // and when they began
  std::uint64_t moment_ = 0;                    // counts links, acks and purges
  Counts counts_;
  std::vector<std::string> faults_;
};

}  // namespace mnm::sim
