#include "net/client_codec.h"

#include <glog/logging.h>

#include <algorithm>
#include <array>
#include <limits>

#include "net/json_reader.h"
#include "net/json_writer.h"

namespace mnm::net {
namespace {

constexpr std::uint64_t kLengthMax = std::numeric_limits<std::int64_t>::max();

std::uint64_t op_number(ops::Dialect dialect, ClientOp op) {
  if (dialect == ops::Dialect::kTmtp) return static_cast<std::uint64_t>(op);
  switch (op) {
    case ClientOp::kVersion:
      return 0;
    case ClientOp::kRegister:
      return 1;
    case ClientOp::kUserEdit:
      return 2;
    case ClientOp::kLogin:
      return 3;
    case ClientOp::kGroupInvite:
    case ClientOp::kGroupEdit:
      return 4;
    case ClientOp::kPost:
      return 5;
    case ClientOp::kPing:
      return 6;
    case ClientOp::kAck:
      return 7;
    case ClientOp::kQuit:
      return 8;
    case ClientOp::kOhi:
      return 9;
    case ClientOp::kPulse:
      return 10;
    case ClientOp::kPostNotify:
      break;
  }
  LOG(FATAL) << "MMTP has no op for this request";
  return 0;
}

class RequestWriter {
 public:
  RequestWriter(ops::Dialect dialect, const ClientRequest& request)
      : tmtp_(dialect == ops::Dialect::kTmtp), request_(request) {
    out_.number("op", op_number(dialect, request.op));
  }

  std::string write() {
    put_text("id", request_.id);
    put_by_op();
    if (request_.data_bytes != 0) out_.number(tmtp_ ? "datalen" : "dataLen", request_.data_bytes);
    if (request_.head_bytes != 0) out_.number("datahead", request_.head_bytes);
    if (request_.data_sum != 0) out_.number("datasum", request_.data_sum);
    if (request_.retry && !tmtp_) out_.yes("retry");
    return out_.finish();
  }

 private:
  void put_text(std::string_view key, const std::string& value) {
    if (!value.empty()) out_.text(key, value);
  }
  void put_targets(std::string_view key, const std::vector<ops::Target>& targets, bool typed) {
    out_.begin_list(key);
    for (const ops::Target& target : targets) {
      if (typed) {
        out_.element_with_type(target.id, static_cast<std::uint64_t>(target.type));
      } else {
        out_.element_with_id(target.id);
      }
    }
    out_.end_list();
  }

  void put_by_op() {
    switch (request_.op) {
      case ClientOp::kVersion:
        if (tmtp_ && request_.id.empty()) out_.text("id", "1");
        if (!tmtp_) out_.text("mmtp", "1");
        break;
      case ClientOp::kRegister:
        out_.text("newnode", request_.new_node);
        put_text("newalias", request_.new_alias.empty() && tmtp_ ? "_" : request_.new_alias);
        if (!request_.id_token.empty())
          out_.object_with_text("oidc", "id_token", request_.id_token);
        break;
      case ClientOp::kLogin:
        out_.text("uid", request_.uid);
        out_.text("node", request_.node);
        break;
      case ClientOp::kUserEdit:
        put_edit();
        break;
      case ClientOp::kOhi:
        put_targets("for", request_.for_list, false);
        out_.text("type", request_.type);
        break;
      case ClientOp::kGroupInvite:
        if (!tmtp_) out_.text("act", "invite");
        out_.text("gid", request_.gid);
        out_.text("from", request_.from);
        out_.text("to", request_.to);
        break;
      case ClientOp::kGroupEdit:
        out_.text("act", request_.act);
        out_.text("gid", request_.gid);
        put_text("newalias", request_.new_alias);
        put_text("to", request_.to);
        break;
      case ClientOp::kPostNotify:
        if (request_.not_for_self) out_.yes("fornotself");
        put_targets("notefor", request_.note_for, true);
        out_.number("notelen", request_.note_bytes);
        [[fallthrough]];
      case ClientOp::kPost:
        put_targets("for", request_.for_list, true);
        break;
      case ClientOp::kPing:
        out_.text("from", request_.from);
        out_.text("to", request_.to);
        break;
      case ClientOp::kAck:
        out_.text("type", request_.type.empty() ? "ok" : request_.type);
        break;
      case ClientOp::kPulse:
      case ClientOp::kQuit:
        break;
    }
  }

  void put_edit() {
    if (!tmtp_) {
      out_.text("uid", request_.uid);
      out_.text("nodeid", request_.node);
    }
    put_text("newnode", request_.new_node);
    put_text("newalias", request_.new_alias);
    if (request_.once) out_.yes("once");
    if (request_.drop_node != 0) out_.number("dropnode", request_.drop_node);
    if (request_.keep_node != 0) out_.number("keepnode", request_.keep_node);
    put_text("dropalias", request_.drop_alias);
  }

  bool tmtp_;
  const ClientRequest& request_;
  HeaderWriter out_;
};

struct TextField {
  std::string_view name;
  std::optional<std::string> Reply::*member;
};
struct NumberField {
  std::string_view name;
  std::optional<std::uint64_t> Reply::*member;
};

constexpr std::array kTexts = {
    TextField{"id", &Reply::id},
    TextField{"from", &Reply::from},
    TextField{"msgid", &Reply::msgid},
    TextField{"posted", &Reply::posted},
    TextField{"postid", &Reply::postid},
    TextField{"error", &Reply::error},
    TextField{"ok", &Reply::ok},
    TextField{"info", &Reply::info},
    TextField{"uid", &Reply::uid},
    TextField{"nodeid", &Reply::nodeid},
    TextField{"name", &Reply::name},
    TextField{"alias", &Reply::alias},
    TextField{"gid", &Reply::gid},
    TextField{"act", &Reply::act},
    TextField{"type", &Reply::type},
    TextField{"reason", &Reply::reason},
    TextField{"newnode", &Reply::newnode},
    TextField{"newalias", &Reply::newalias},
    TextField{"dropalias", &Reply::dropalias},
    TextField{"dropstate", &Reply::dropstate},
    TextField{"node", &Reply::node},
};
constexpr std::array kNumbers = {
    NumberField{"nodenum", &Reply::nodenum}, NumberField{"dropnode", &Reply::dropnode},
    NumberField{"status", &Reply::status},   NumberField{"notify", &Reply::notify},
    NumberField{"retry", &Reply::retry},     NumberField{"datahead", &Reply::datahead},
    NumberField{"datasum", &Reply::datasum}, NumberField{"headsum", &Reply::headsum},
};

bool read_text(JsonReader& reader, std::string& out) {
  std::string_view text;
  if (!reader.string(text)) return false;
  out = text;
  return true;
}

// Of uids: strings, or objects with an id.
bool read_uids(JsonReader& reader, std::vector<std::string>& out) {
  if (!reader.begin_array()) return false;
  while (reader.next_element()) {
    std::string& uid = out.emplace_back();
    if (reader.at_string()) {
      if (!read_text(reader, uid)) return false;
      continue;
    }
    if (!reader.begin_object()) return false;
    std::string_view key;
    while (reader.next_member(key)) {
      if (!(key == "id" ? read_text(reader, uid) : reader.skip())) return false;
    }
  }
  return reader.ok();
}

bool read_member(JsonReader& reader, std::string_view key, Reply& reply) {
  if (reader.take_null()) return true;
  if (key == "op") return read_text(reader, reply.op);
  if (key == "datalen" || key == "dataLen") {
    return reader.integer(reply.data_bytes) && reply.data_bytes <= kLengthMax;
  }
  if (key == "once") return reader.boolean(reply.once);
  if (key == "ohi") return read_uids(reader, reply.ohi);
  if (key == "for") return read_uids(reader, reply.for_list);
  if (key == "to") {
    if (reader.at_string()) return read_text(reader, reply.to.emplace());
    return read_uids(reader, reply.to_list);
  }
  for (const TextField& field : kTexts) {
    if (key == field.name) return read_text(reader, (reply.*field.member).emplace());
  }
  for (const NumberField& field : kNumbers) {
    if (key == field.name) return reader.integer((reply.*field.member).emplace());
  }
  return reader.skip();
}

}  // namespace

std::string encode_request(ops::Dialect dialect, const ClientRequest& request) {
  return RequestWriter(dialect, request).write();
}

std::optional<Reply> parse_reply(std::string_view header) {
  JsonReader reader(header);
  Reply reply;
  KeySet keys;
  std::string_view key;
  if (!reader.begin_object()) return std::nullopt;
  while (reader.next_member(key)) {
    keys.add(key);
    if (!read_member(reader, key, reply)) return std::nullopt;
  }
  if (!reader.finish() || reply.op.empty() || keys.has_duplicate()) return std::nullopt;
  return reply;
}

}  // namespace mnm::net
