// The client's side of both dialects: request headers out, what the relay says in. For the client
// and the load tool; no other code of the relay uses it.
//
// Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ops/command.h"

namespace mnm::net {

enum class ClientOp : std::uint8_t {
  kVersion,
  kRegister,
  kLogin,
  kUserEdit,
  kOhi,
  kGroupInvite,
  kGroupEdit,
  kPost,
  kPostNotify,  // TMTP only
  kPing,
  kAck,
  kPulse,
  kQuit,
};

// A request to be; what an op doesn't use stays as it is. Empty texts, zeros and false are left
// out, but for what the op requires.
struct ClientRequest {
  ClientOp op = ClientOp::kPulse;
  std::string id;
  std::string uid;
  std::string node;  // the node's password: login; MMTP useredit
  std::string new_node;
  std::string id_token;   // register: a third party's word
  std::string new_alias;  // TMTP's register writes `_` for none
  bool once = false;
  std::uint32_t drop_node = 0;
  std::uint32_t keep_node = 0;
  std::string drop_alias;
  std::string from;
  std::string to;
  std::string gid;
  std::string act;   // group edit: join, alias, drop
  std::string type;  // ohi: add, drop, init; ack: ok when empty
  std::vector<ops::Target> for_list;
  std::vector<ops::Target> note_for;
  bool not_for_self = false;
  std::uint64_t data_bytes = 0;  // all that follow the header
  std::uint64_t head_bytes = 0;
  std::uint64_t data_sum = 0;
  std::uint64_t note_bytes = 0;
  bool retry = false;  // MMTP
};

// The frame up to its data. CHECKs that it fits and that the dialect has the op.
[[nodiscard]] std::string encode_request(ops::Dialect dialect, const ClientRequest& request);

// A header from the relay. `op` alone is always there: the relay's word for it, as "ack".
struct Reply {
  std::string op;
  std::optional<std::string> id;
  std::optional<std::string> from;
  std::optional<std::string> msgid;
  std::optional<std::string> posted;
  std::optional<std::string> postid;
  std::optional<std::string> error;
  std::optional<std::string> ok;
  std::optional<std::string> info;
  std::optional<std::string> uid;
  std::optional<std::string> nodeid;
  std::optional<std::string> name;
  std::optional<std::string> alias;
  std::optional<std::string> to;  // undelivered has a list: to_list
  std::optional<std::string> gid;
  std::optional<std::string> act;
  std::optional<std::string> type;
  std::optional<std::string> reason;
  std::optional<std::string> newnode;
  std::optional<std::string> newalias;
  std::optional<std::string> dropalias;
  std::optional<std::string> dropstate;
  std::optional<std::string> node;
  std::optional<std::uint64_t> nodenum;
  std::optional<std::uint64_t> dropnode;
  std::optional<std::uint64_t> status;
  std::optional<std::uint64_t> notify;
  std::optional<std::uint64_t> retry;
  std::optional<std::uint64_t> datahead;
  std::optional<std::uint64_t> datasum;
  std::optional<std::uint64_t> headsum;
  bool once = false;
  std::uint64_t data_bytes = 0;  // datalen, dataLen
  std::vector<std::string> ohi;
  std::vector<std::string> for_list;
  std::vector<std::string> to_list;

  // Whether the client must ack it: it was stored for this node.
  [[nodiscard]] bool wants_ack() const { return from && id && op != "ack"; }
};

// None when it isn't one JSON object with an op, a field comes twice, or one that is known here has
// another type. Unknown fields are passed over.
[[nodiscard]] std::optional<Reply> parse_reply(std::string_view header);

}  // namespace mnm::net
