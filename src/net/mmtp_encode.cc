// MMTP: answers and messages. Fields in ascending order.
#include <algorithm>

#include "net/json_writer.h"
#include "net/mmtp.h"

namespace mnm::net {
namespace {

void put_outcome(HeaderWriter& out, const std::string& error) {
  out.text("ok", error.empty() ? "ok" : "error");
}

struct Answer {
  std::string operator()(const ops::Registered& registered) const {
    HeaderWriter out;
    if (!registered.error.empty()) out.text_cut("error", registered.error, kOwnFieldsBytesMax);
    out.text("nodeid", registered.secret);
    out.number("nodenum", registered.ordinal.value());
    out.text("op", "registered");
    out.text("uid", registered.uid);
    return out.finish() + (*this)(ops::LoggedIn{});
  }

  std::string operator()(const ops::LoggedIn& logged_in) const {
    return encode_logged_in(logged_in);
  }

  std::string operator()(const ops::Acknowledged& ack) const {
    HeaderWriter out;
    if (!ack.error.empty()) out.text_cut("error", ack.error, fits_in_answer(ack.id));
    out.text("id", ack.id);
    const bool stored = ack.message && ack.error.empty();
    if (stored) out.message_id("msgid", ack.message.value());
    put_outcome(out, ack.error);
    out.text("op", "ack");
    if (stored) out.time("posted", ack.posted_ns);
    if (ack.retry_after_s != 0) out.number("retry", ack.retry_after_s);
    return out.finish();
  }

  std::string operator()(const ops::Updated& updated) const {
    HeaderWriter out;
    if (!updated.error.empty()) out.text_cut("error", updated.error, kOwnFieldsBytesMax);
    if (!updated.secret.empty()) out.text("nodeid", updated.secret);
    if (updated.ordinal) out.number("nodenum", updated.ordinal.value());
    put_outcome(out, updated.error);
    out.text("op", "updated");
    if (updated.retry_after_s != 0) out.number("retry", updated.retry_after_s);
    return out.finish();
  }

  std::string operator()(const ops::Dismissed& dismissed) const {
    if (dismissed.text.empty()) return {};
    HeaderWriter out;
    out.text_cut("info", dismissed.text, kOwnFieldsBytesMax);
    out.text("op", "quit");
    return out.finish();
  }

  std::string operator()(const ops::Ohi& ohi) const { return encode_ohi(ohi); }

  std::string operator()(const ops::Delivery&) const { return {}; }
  std::string operator()(const ops::Revoked&) const { return {}; }
};

using Kind = message::Kind;

std::string_view name_of(Kind kind) {
  switch (kind) {
    case message::DELIVERY:
      return "delivery";
    case message::NOTIFY:
      return "notify";
    case message::PING:
      return "ping";
    case message::INVITE:
      return "invite";
    case message::MEMBER:
      return "member";
    case message::USER:
      return "account";
    case message::LOGIN:
      return "login";
    case message::OHIEDIT:
      return "ohiedit";
    case message::UNDELIVERED:
      return "undelivered";
    default:
      return {};
  }
}

// "act" to "from".
void put_first(HeaderWriter& out, Kind kind, const message::Header& header) {
  if (kind == message::MEMBER) out.text("act", header.act());
  if (kind == message::MEMBER || kind == message::INVITE) out.text("alias", header.alias());
  out.number("dataLen", header.data_bytes());
  if (header.head_bytes() != 0) out.number("datahead", header.head_bytes());
  if (header.data_sum() != 0) out.number("datasum", header.data_sum());
  if (kind == message::USER) {
    if (!header.drop_alias().empty()) out.text("dropalias", header.drop_alias());
    if (header.drop_node() != 0) out.number("dropnode", header.drop_node());
    if (!header.drop_state().empty()) out.text("dropstate", header.drop_state());
  }
  if (kind == message::OHIEDIT) {
    out.begin_list("for");
    for (const std::string& uid : header.for_uids()) out.element_with_id(uid);
    out.end_list();
  }
  // A ping is answered to an alias; the sender's uid is a field of its own.
  out.text("from", kind == message::PING ? header.alias() : header.from_uid());
}

// Who never acked; as many as fit.
void put_undelivered_to(HeaderWriter& out, const message::Header& header) {
  constexpr std::size_t kRoom = kHeaderBytesMax - kOwnFieldsBytesMax;
  const int shown = static_cast<int>(std::min<std::size_t>(
      static_cast<std::size_t>(header.for_uids_size()), kRoom / kUidEntryBytes));
  out.begin_list("to");
  for (int i = 0; i < shown; ++i) out.element(header.for_uids(i));
  out.end_list();
}

// "gid" to "uid".
void put_rest(HeaderWriter& out, Kind kind, const ops::Message& message) {
  const message::Header& header = message.header();
  if (kind == message::MEMBER || kind == message::INVITE) out.text("gid", header.gid());
  out.message_id("id", message.id().value());
  if (kind == message::LOGIN) out.text("info", header.info());
  const bool renames = kind == message::MEMBER || kind == message::USER;
  if (renames && !header.new_alias().empty()) out.text("newalias", header.new_alias());
  if (kind == message::USER && !header.new_node().empty()) out.text("newnode", header.new_node());
  const bool of_node = kind == message::USER || kind == message::LOGIN;
  if (of_node && header.node_ordinal() != 0) out.number("nodenum", header.node_ordinal());
  if (kind == message::DELIVERY && header.notify() != 0) out.number("notify", header.notify());
  if (kind == message::USER && header.once()) out.yes("once");
  out.text("op", name_of(kind));
  out.time("posted", header.posted_ns());
  const bool of_post = kind == message::NOTIFY || kind == message::UNDELIVERED;
  if (of_post) out.message_id("postid", header.post_id());
  if (kind == message::UNDELIVERED) {
    out.text("reason", header.info());
    put_undelivered_to(out, header);
  }
  if (kind == message::PING || kind == message::INVITE) out.text("to", header.to());
  if (kind == message::PING) out.text("uid", header.from_uid());
  if (kind == message::OHIEDIT) out.text("type", header.type());
}

}  // namespace

std::string encode_mmtp(const ops::Effect& effect) { return std::visit(Answer{}, effect); }

std::string encode_mmtp(const ops::Message& message) {
  const message::Header& header = message.header();
  const Kind kind = header.kind();
  if (name_of(kind).empty()) return {};
  HeaderWriter out;
  put_first(out, kind, header);
  put_rest(out, kind, message);
  return out.finish();
}

}  // namespace mnm::net
