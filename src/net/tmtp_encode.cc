// TMTP rev 1: answers and messages. Fields in ascending order.
#include "net/json_writer.h"
#include "net/tmtp.h"

namespace mnm::net {
namespace {

struct Answer {
  std::string operator()(const ops::Registered& registered) const {
    HeaderWriter out;
    if (!registered.error.empty()) out.text_cut("error", registered.error, kOwnFieldsBytesMax);
    out.text("nodeid", registered.secret);
    out.text("op", "registered");
    out.text("uid", registered.uid);
    return out.finish() + (*this)(ops::LoggedIn{});
  }

  std::string operator()(const ops::LoggedIn& logged_in) const {
    return encode_logged_in(logged_in);
  }

  // A refusal that may pass is no answer: the client would take it for final.
  std::string operator()(const ops::Acknowledged& ack) const {
    if (ack.retry_after_s != 0) return {};
    HeaderWriter out;
    if (!ack.error.empty()) {
      out.text_cut("error", ack.error, fits_in_answer(ack.id));
      out.text("id", ack.id);
      out.text("op", "ack");
      return out.finish();
    }
    out.text("id", ack.id);
    if (ack.message) out.message_id("msgid", ack.message.value());
    out.text("op", "ack");
    if (ack.message) out.time("posted", ack.posted_ns);
    return out.finish();
  }

  // MMTP's. A TMTP request is answered by an ack; there is no form for this.
  std::string operator()(const ops::Updated&) const { return {}; }

  std::string operator()(const ops::Dismissed& dismissed) const {
    if (dismissed.text.empty()) return {};
    HeaderWriter out;
    out.text_cut("error", dismissed.text, kOwnFieldsBytesMax);
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
      return "user";
    case message::LOGIN:
      return "login";
    case message::OHIEDIT:
      return "ohiedit";
    default:
      return {};
  }
}

// "act" to "gid".
void put_before_headsum(HeaderWriter& out, Kind kind, const message::Header& header) {
  const bool to_group = kind == message::INVITE || kind == message::MEMBER;
  if (kind == message::MEMBER) out.text("act", header.act());
  if (to_group || kind == message::PING) out.text("alias", header.alias());
  if (header.head_bytes() != 0) out.number("datahead", header.head_bytes());
  out.number("datalen", header.data_bytes());
  if (header.data_sum() != 0) out.number("datasum", header.data_sum());
  if (kind == message::OHIEDIT) {
    out.begin_list("for");
    for (const std::string& uid : header.for_uids()) out.element_with_id(uid);
    out.end_list();
  }
  out.text("from", header.from_uid());
  if (to_group) out.text("gid", header.gid());
}

// "id" to "type".
void put_after_headsum(HeaderWriter& out, Kind kind, const ops::Message& message) {
  const message::Header& header = message.header();
  out.message_id("id", message.id().value());
  const bool renames = kind == message::MEMBER || kind == message::USER;
  if (renames && !header.new_alias().empty()) out.text("newalias", header.new_alias());
  if (kind == message::USER && !header.new_node().empty()) out.text("newnode", header.new_node());
  if (kind == message::LOGIN) out.text("node", "tbd");
  if (kind == message::USER && !header.node_secret().empty()) {
    out.text("nodeid", header.node_secret());
  }
  if (kind == message::DELIVERY && header.notify() != 0) out.number("notify", header.notify());
  out.text("op", name_of(kind));
  out.time("posted", header.posted_ns());
  if (kind == message::NOTIFY) out.message_id("postid", header.post_id());
  if (kind == message::PING || kind == message::INVITE) out.text("to", header.to());
  if (kind == message::OHIEDIT) out.text("type", header.type());
}

}  // namespace

std::string encode_tmtp(const ops::Effect& effect) { return std::visit(Answer{}, effect); }

std::string encode_tmtp(const ops::Message& message) {
  const message::Header& header = message.header();
  const Kind kind = header.kind();
  if (name_of(kind).empty()) return {};
  // Of drops a rev 1 client knows nothing: it takes any "user" for a new node or alias.
  if (kind == message::USER && header.new_node().empty() && header.new_alias().empty()) return {};
  HeaderWriter out;
  put_before_headsum(out, kind, header);
  out.mark_headsum();
  put_after_headsum(out, kind, message);
  return out.finish();
}

}  // namespace mnm::net
