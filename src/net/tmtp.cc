// TMTP rev 1: requests.
#include "net/tmtp.h"
#include "net/codec_rules.h"

namespace mnm::net {
namespace {

enum Op : std::uint8_t {
  kTmtpRev,
  kRegister,
  kLogin,
  kUserEdit,
  kOhiEdit,
  kGroupInvite,
  kGroupEdit,
  kPost,
  kPostNotify,
  kPing,
  kAck,
  kPulse,
  kQuit,
};

constexpr std::string_view kNoAlias = "_";

// What holds for every op.
bool valid_for_all(const RequestHeader& header) {
  const std::uint8_t op = *header.op;
  const bool may_have_data = op == kGroupInvite || op == kPing;
  const bool must_have_data = op == kPost || op == kPostNotify;
  if (must_have_data ? header.datalen == 0 : !may_have_data && header.datalen != 0) return false;
  if ((op == kPostNotify) != (header.notelen != 0)) return false;
  return header.datahead <= header.datalen && header.notehead <= header.notelen &&
         fits(header.id, kRequestIdBytesMax) && entries_valid(header.for_list, op != kOhiEdit) &&
         entries_valid(header.notefor, op != kOhiEdit);
}

Decoded decode_rev(const RequestHeader& header) {
  if (header.id.empty()) return fatal(kInvalidHeader);
  Incoming incoming;
  incoming.what = VersionRequest{false};
  incoming.id = header.id;
  return incoming;
}

Decoded decode_register(const RequestHeader& header) {
  if (header.newnode.empty() || header.newalias.empty() || !fits(header.newnode, kNameBytesMax) ||
      !fits(header.newalias, kNameBytesMax)) {
    return fatal(kInvalidHeader);
  }
  ops::Register command;
  command.node_name = header.newnode;
  if (header.newalias != kNoAlias) command.alias = header.newalias;
  Incoming incoming = request(header, std::move(command));
  incoming.secret = header.id_token;
  return incoming;
}

// One change a request: also of those that rev 1 doesn't have.
Decoded decode_user_edit(const RequestHeader& header) {
  ops::UserEdit edit;
  if (header.id.empty() || !read_edit(header, edit)) return fatal(kInvalidHeader);
  const int changes = int{edit.new_node.has_value()} + int{edit.new_alias.has_value()} +
                      int{edit.drop_node.has_value()} + int{edit.keep_node.has_value()} +
                      int{edit.drop_alias.has_value()};
  if (changes != 1) return fatal(kInvalidHeader);
  return request(header, std::move(edit));
}

Decoded decode_post(const RequestHeader& header) {
  if (header.id.empty() || !header.for_list) return fatal(kInvalidHeader);
  ops::Post post;
  post.to = targets_of(*header.for_list);
  post.head_bytes = header.datahead;
  post.data_sum = header.datasum;
  return request(header, std::move(post));
}

Decoded decode_post_notify(const RequestHeader& header) {
  if (!header.notefor) return fatal(kInvalidHeader);
  Decoded incoming = decode_post(header);
  if (!incoming) return incoming;
  if (header.notelen >= header.datalen) return fatal(kDataTooShort, event::POST_NOTIFY);
  if (header.fornotself && header.for_list->empty()) {
    return fatal(kNoRecipients, event::POST_NOTIFY);
  }
  incoming->data.note_bytes = header.notelen;
  incoming->data.body_bytes = header.datalen - header.notelen;
  ops::Post::Note note;
  note.to = targets_of(*header.notefor);
  note.not_self = header.fornotself;
  note.head_bytes = header.notehead;
  note.data_sum = header.notesum;
  std::get<ops::Post>(std::get<ops::Command>(incoming->what)).note = std::move(note);
  return incoming;
}

}  // namespace

Decoded decode_tmtp(std::string_view text) {
  JsonReader reader(text);
  RequestHeader header;
  if (!read_header(reader, ops::Dialect::kTmtp, header) || !header.op || !valid_for_all(header)) {
    return fatal(kInvalidHeader);
  }
  switch (*header.op) {
    case kTmtpRev:
      return decode_rev(header);
    case kRegister:
      return decode_register(header);
    case kLogin:
      return decode_login(header);
    case kUserEdit:
      return decode_user_edit(header);
    case kOhiEdit:
      return decode_ohi(header, header.type);
    case kGroupInvite:
      return decode_invite(header);
    case kGroupEdit:
      return decode_group_edit(header);
    case kPost:
      return decode_post(header);
    case kPostNotify:
      return decode_post_notify(header);
    case kPing:
      return decode_ping(header);
    case kAck:
      return decode_ack(header);
    case kPulse: {
      Incoming incoming;
      incoming.what = Pulse{};
      return incoming;
    }
    case kQuit:
      return request(header, ops::Quit{});
    default:
      return fatal(kInvalidHeader);
  }
}

}  // namespace mnm::net
