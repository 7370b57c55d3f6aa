#include "net/codec_rules.h"

#include <algorithm>

#include "base/text.h"
#include "net/json_text.h"
#include "net/json_writer.h"

namespace mnm::net {
namespace {

// The largest growth of an octet by escaping.
constexpr std::size_t kEscapeGrowthMax = 6;

}  // namespace

bool fits(std::string_view text, std::size_t escaped_bytes_max) {
  return text.size() * kEscapeGrowthMax <= escaped_bytes_max ||
         escaped_size(text) <= escaped_bytes_max;
}

bool entries_valid(const std::optional<std::vector<ForEntry>>& list, bool with_type) {
  if (!list) return true;
  for (const ForEntry& entry : *list) {
    if (entry.id.empty() || (with_type && (entry.type < 1 || entry.type > 3))) return false;
  }
  return true;
}

std::vector<ops::Target> targets_of(const std::vector<ForEntry>& list) {
  std::vector<ops::Target> targets;
  targets.reserve(list.size());
  for (const ForEntry& entry : list) {
    targets.push_back({std::string(entry.id), static_cast<ops::TargetType>(entry.type)});
  }
  return targets;
}

std::optional<std::string> given(std::string_view text) {
  if (text.empty()) return std::nullopt;
  return std::string(text);
}

Incoming request(const RequestHeader& header, ops::Command command) {
  Incoming incoming;
  incoming.what = std::move(command);
  incoming.id = header.id;
  incoming.retry = header.retry;
  incoming.data.body_bytes = header.datalen;
  return incoming;
}

Decoded decode_login(const RequestHeader& header) {
  if (header.uid.empty() || header.node.empty()) return fatal(kInvalidHeader);
  auto secret = base32_decode(header.node);
  if (!secret) return fatal(kCorruptBase32, event::LOGIN, header.uid);
  Incoming incoming = request(header, ops::Login{std::string(header.uid), {}});
  incoming.secret = std::move(*secret);
  return incoming;
}

Decoded decode_ohi(const RequestHeader& header, std::string_view type) {
  if (header.id.empty() || !header.for_list || header.for_list->empty() ||
      header.for_list->size() > kOhiTargetsMax) {
    return fatal(kInvalidHeader);
  }
  ops::OhiEdit edit;
  if (type == "add") {
    edit.type = ops::OhiType::kAdd;
  } else if (type == "drop") {
    edit.type = ops::OhiType::kDrop;
  } else if (type == "init") {
    edit.type = ops::OhiType::kInit;
  } else {
    return fatal(kInvalidHeader);
  }
  edit.for_uids.reserve(header.for_list->size());
  for (const ForEntry& entry : *header.for_list) edit.for_uids.emplace_back(entry.id);
  return request(header, std::move(edit));
}

Decoded decode_invite(const RequestHeader& header) {
  if (header.id.empty() || header.gid.empty() || header.from.empty() || header.to.empty() ||
      !fits(header.gid, kNameBytesMax)) {
    return fatal(kInvalidHeader);
  }
  if (header.datalen > kTextBytesMax) return fatal(kDataTooLong, event::GROUP_INVITE);
  Incoming incoming = request(
      header, ops::GroupInvite{
                  std::string(header.gid), std::string(header.from), std::string(header.to), {}});
  incoming.data.is_text = true;
  return incoming;
}

Decoded decode_group_edit(const RequestHeader& header) {
  if (header.id.empty() || header.gid.empty()) return fatal(kInvalidHeader);
  ops::GroupEdit edit;
  edit.gid = header.gid;
  if (header.act == "join") {
    edit.act = ops::GroupAct::kJoin;
    edit.new_alias = header.newalias;
  } else if (header.act == "alias" && !header.newalias.empty()) {
    edit.act = ops::GroupAct::kAlias;
    edit.new_alias = header.newalias;
  } else if (header.act == "drop" && !header.to.empty()) {
    edit.act = ops::GroupAct::kDrop;
    edit.to = header.to;
  } else {
    return fatal(kInvalidHeader);
  }
  return request(header, std::move(edit));
}

Decoded decode_ping(const RequestHeader& header) {
  if (header.id.empty() || header.from.empty() || header.to.empty()) return fatal(kInvalidHeader);
  if (header.datalen > kTextBytesMax) return fatal(kDataTooLong, event::PING);
  Incoming incoming =
      request(header, ops::Ping{std::string(header.from), std::string(header.to), {}});
  incoming.data.is_text = true;
  return incoming;
}

Decoded decode_ack(const RequestHeader& header) {
  if (header.id.empty() || header.type.empty()) return fatal(kInvalidHeader);
  return request(header, ops::Ack{parse_message_id(header.id)});
}

bool read_edit(const RequestHeader& header, ops::UserEdit& edit) {
  if (!fits(header.newnode, kNameBytesMax) || !fits(header.newalias, kNameBytesMax)) return false;
  edit.new_node = given(header.newnode);
  edit.new_alias = given(header.newalias);
  edit.once = header.once && edit.new_alias;
  edit.drop_node = header.dropnode;
  edit.keep_node = header.keepnode;
  edit.drop_alias = given(header.dropalias);
  return edit.new_node || edit.new_alias || edit.drop_node || edit.keep_node || edit.drop_alias;
}

std::string encode_ohi(const ops::Ohi& ohi) {
  HeaderWriter out;
  out.text("from", ohi.from_uid);
  out.text("op", "ohi");
  out.number("status", ohi.status);
  return out.finish();
}

// Those online who don't fit in the list follow as if they came online just after.
std::string encode_logged_in(const ops::LoggedIn& logged_in) {
  const std::size_t listed = std::min(logged_in.online.size(), kOhiTargetsMax);
  HeaderWriter out;
  out.text("info", "login ok");
  if (listed != 0) {
    out.begin_list("ohi");
    for (std::size_t i = 0; i < listed; ++i) out.element(logged_in.online[i]);
    out.end_list();
  }
  out.text("op", "info");
  std::string frames = out.finish();
  for (std::size_t i = listed; i < logged_in.online.size(); ++i) {
    frames += encode_ohi({logged_in.online[i], 1});
  }
  return frames;
}

std::size_t fits_in_answer(std::string_view request_id) {
  return escaped_size(request_id) + kOwnFieldsBytesMax;
}

}  // namespace mnm::net
