#include "net/credentials.h"

#include <utility>
#include <variant>

#include "base/codec.h"
#include "base/text.h"

namespace mnm::net {
namespace {

constexpr std::string_view kVerifierLabel = "mnm.node.v1";
constexpr std::string_view kSubjectLabel = "mnm.subject.v1";
constexpr std::string_view kDigestLabel = "mnm.request.v1";

// Writes a command's content so that different contents are different octets: everything is length
// before octets, lists count first. Nothing for what stores no message.
class Canonical {
 public:
  explicit Canonical(std::string_view id) : id_(id) {}
  [[nodiscard]] const std::string& text() const { return text_; }

  bool operator()(const ops::Post& post) {
    op(post.note ? event::POST_NOTIFY : event::POST);
    targets(post.to);
    part(post.head_bytes, post.data_sum, post.body);
    if (post.note) {
      targets(post.note->to);
      out_.varint(post.note->not_self ? 1 : 0);
      part(post.note->head_bytes, post.note->data_sum, post.note->body);
    }
    return true;
  }
  bool operator()(const ops::Ping& ping) {
    op(event::PING);
    out_.bytes(ping.from);
    out_.bytes(ping.to);
    body(ping.text);
    return true;
  }
  bool operator()(const ops::GroupInvite& invite) {
    op(event::GROUP_INVITE);
    out_.bytes(invite.gid);
    out_.bytes(invite.from);
    out_.bytes(invite.to);
    body(invite.text);
    return true;
  }
  bool operator()(const ops::GroupEdit& edit) {
    op(event::GROUP_EDIT);
    out_.varint(static_cast<std::uint64_t>(edit.act));
    out_.bytes(edit.gid);
    out_.bytes(edit.new_alias);
    out_.bytes(edit.to);
    return true;
  }
  bool operator()(const ops::UserEdit& edit) {
    op(event::USER_EDIT);
    optional(edit.new_node);
    optional(edit.new_alias);
    out_.varint(edit.once ? 1 : 0);
    out_.varint(edit.drop_node.value_or(0));  // ordinals are from 1
    out_.varint(edit.keep_node.value_or(0));
    optional(edit.drop_alias);
    return true;
  }
  // What a start of the client says (init) leaves no message, and has the same id each time.
  bool operator()(const ops::OhiEdit& edit) {
    if (edit.type == ops::OhiType::kInit) return false;
    op(event::OHI_EDIT);
    out_.varint(static_cast<std::uint64_t>(edit.type));
    out_.varint(edit.for_uids.size());
    for (const std::string& uid : edit.for_uids) out_.bytes(uid);
    return true;
  }
  template <class StoresNoMessage>
  bool operator()(const StoresNoMessage& /*command*/) {
    return false;
  }

 private:
  void op(event::Op op) {
    text_.reserve(kUsualBytes);
    out_.raw(kDigestLabel);
    out_.bytes(id_);
    out_.varint(static_cast<std::uint64_t>(op));
  }
  void optional(const std::optional<std::string>& text) {
    out_.varint(text ? 1 : 0);
    if (text) out_.bytes(*text);
  }
  void targets(const std::vector<ops::Target>& targets) {
    out_.varint(targets.size());
    for (const ops::Target& target : targets) {
      out_.varint(static_cast<std::uint64_t>(target.type));
      out_.bytes(target.id);
    }
  }
  void body(const ops::Body& body) {
    out_.varint(body.size);
    if (body.size > 0) out_.raw(as_bytes(body.digest));
  }
  void part(std::uint64_t head_bytes, std::uint64_t data_sum, const ops::Body& octets) {
    out_.varint(head_bytes);
    out_.varint(data_sum);
    body(octets);
  }

  static constexpr std::size_t kUsualBytes = 256;

  const std::string_view id_;
  std::string text_;  // empty for what stores no message
  Encoder out_{text_};
};

}  // namespace

Hash node_verifier(const Keys& keys, std::string_view uid, std::string_view secret) {
  std::string text;
  text.reserve(kVerifierLabel.size() + uid.size() + secret.size());
  text.append(kVerifierLabel).append(uid).append(secret);
  const Hash verifier = hmac_sha256(keys.pepper, text);
  wipe(text);
  return verifier;
}

Hash subject_hash(const Keys& keys, std::string_view issuer, std::string_view subject) {
  std::string text;
  text.reserve(kSubjectLabel.size() + issuer.size() + subject.size() + 2 * sizeof(std::uint64_t));
  Encoder out(text);
  out.raw(kSubjectLabel);
  out.bytes(issuer);
  out.bytes(subject);
  const Hash hash = hmac_sha256(keys.pepper, text);
  wipe(text);
  return hash;
}

ops::FreshSecret make_secret(const Keys& keys, std::string_view uid, RandomSource& random) {
  std::string octets = random.take(kSecretOctets);
  ops::FreshSecret fresh{base32_encode(octets), node_verifier(keys, uid, octets)};
  wipe(octets);
  return fresh;
}

std::string make_uid(RandomSource& random) { return base32_encode(random.take(kUidOctets)); }

std::optional<Hash> request_digest(const HmacSha256& key, std::string_view id,
                                   const ops::Command& command) {
  Canonical canonical(id);
  if (!std::visit(canonical, command)) return std::nullopt;
  return key(canonical.text());
}

}  // namespace mnm::net
