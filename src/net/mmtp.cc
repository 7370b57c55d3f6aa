// MMTP: requests.
#include "net/mmtp.h"

#include "base/text.h"
#include "net/codec_rules.h"

namespace mnm::net {
namespace {

enum Op : std::uint8_t {
  kVersion,
  kRegister,
  kUserEdit,
  kLogin,
  kGroupEdit,
  kPost,
  kPing,
  kAck,
  kQuit,
  kOhi,
  kPulse,
};

constexpr std::string_view kInvite = "invite";

// What holds for every op. A post may be empty here.
bool valid_for_all(const RequestHeader& header) {
  const std::uint8_t op = *header.op;
  const bool may_have_data =
      op == kPost || op == kPing || (op == kGroupEdit && header.act == kInvite);
  return (may_have_data || header.datalen == 0) && header.datahead <= header.datalen &&
         fits(header.id, kRequestIdBytesMax) && entries_valid(header.for_list, op != kOhi);
}

Decoded decode_version(const RequestHeader& header) {
  if (header.mmtp.empty()) return fatal(kInvalidHeader);
  Incoming incoming;
  incoming.what = VersionRequest{true};
  incoming.id = header.id;
  return incoming;
}

Decoded decode_register(const RequestHeader& header) {
  if (header.newnode.empty() || !fits(header.newnode, kNameBytesMax) ||
      !fits(header.newalias, kNameBytesMax)) {
    return fatal(kInvalidHeader);
  }
  ops::Register command;
  command.node_name = header.newnode;
  command.alias = given(header.newalias);
  Incoming incoming = request(header, std::move(command));
  incoming.secret = header.id_token;
  return incoming;
}

Decoded decode_user_edit(const RequestHeader& header) {
  ops::UserEdit edit;
  if (header.uid.empty() || header.nodeid.empty() || !read_edit(header, edit)) {
    return fatal(kInvalidHeader);
  }
  auto secret = base32_decode(header.nodeid);
  if (!secret) return fatal(kCorruptBase32, event::USER_EDIT);
  edit.credentials.emplace().uid = header.uid;
  Incoming incoming = request(header, std::move(edit));
  incoming.secret = std::move(*secret);
  return incoming;
}

Decoded decode_post(const RequestHeader& header) {
  if (header.id.empty() || !header.for_list) return fatal(kInvalidHeader);
  ops::Post post;
  post.to = targets_of(*header.for_list);
  post.head_bytes = header.datahead;
  post.data_sum = header.datasum;
  return request(header, std::move(post));
}

}  // namespace

Decoded decode_mmtp(std::string_view text) {
  JsonReader reader(text);
  RequestHeader header;
  if (!read_header(reader, ops::Dialect::kMmtp, header) || !header.op || !valid_for_all(header)) {
    return fatal(kInvalidHeader);
  }
  switch (*header.op) {
    case kVersion:
      return decode_version(header);
    case kRegister:
      return decode_register(header);
    case kUserEdit:
      return decode_user_edit(header);
    case kLogin:
      return decode_login(header);
    case kGroupEdit:
      return header.act == kInvite ? decode_invite(header) : decode_group_edit(header);
    case kPost:
      return decode_post(header);
    case kPing:
      return decode_ping(header);
    case kAck:
      return decode_ack(header);
    case kQuit:
      return request(header, ops::Quit{});
    case kOhi:
      // The seed's form has no type: it tells presence, so it adds.
      return decode_ohi(header, header.type.empty() ? "add" : header.type);
    case kPulse: {
      Incoming incoming;
      incoming.what = Pulse{};
      return incoming;
    }
    default:
      return fatal(kInvalidHeader);
  }
}

}  // namespace mnm::net
