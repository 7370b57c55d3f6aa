// A dialect on the wire: headers in, commands out; effects and messages in, octets out. Pure: no
// I/O, no clock, no state; one instance serves all sessions on all threads.
//
// Framing (hhhh + header + data) is frame.h's. A codec sees one header at a time, never the data.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <variant>

#include "ops/command.h"
#include "ops/effects.h"
#include "ops/message.h"

namespace mnm::net {

// The texts of fatal errors are the same in both dialects. A fatal error ends the link: in a
// dialect with a quit message the text is sent first.
struct Fatal {
  std::string_view text;  // of static storage
  // Set when the header was valid and only what it asks for is not acceptable (a text too long, a
  // password that can't be decoded): where the link's state disallows the op, the session says that
  // instead. OP_NONE: the header itself is at fault, which goes before everything.
  event::Op op = event::OP_NONE;
  std::string uid = {};  // of a login, whom it asks to be
};

// Op 0: which protocol revision do you speak? Answered from the session, no command.
struct VersionRequest {
  bool is_mmtp = false;  // MMTP's {"op":0,"mmtp":"1"}; else TMTP's {"op":0,"id":...}
};
struct Pulse {};

// What the octets after the header are for.
struct DataPlan {
  std::uint64_t note_bytes = 0;  // come first; op 8 only
  std::uint64_t body_bytes = 0;
  bool is_text = false;  // a ping's or an invite's: valid UTF-8, at most 140 UTF-16 units
};

// A header understood. The command lacks what the session adds: bodies, digests, fresh secrets,
// verifiers.
struct Incoming {
  std::variant<VersionRequest, Pulse, ops::Command> what;
  std::string id;      // the request's, exactly
  bool retry = false;  // MMTP
  DataPlan data;
  // The node's password as decoded octets (Login, MMTP UserEdit), a third party's token (Register,
  // empty when none was given); the session turns it into a verifier, or an identity, and wipes it.
  std::string secret;
};

class Codec {
 public:
  virtual ~Codec() = default;
  // A header's JSON, whole. Its validity is checked here: types, required fields, ranges, base32,
  // lengths that the op allows. Not checked: whether the link's state allows the op.
  [[nodiscard]] virtual tl::expected<Incoming, Fatal> decode(std::string_view header) const = 0;
  // The frame of an answer or of presence: hhhh, header; there is never data. Empty when the
  // dialect has none (a Dismissed without a text). Delivery is not for this call.
  [[nodiscard]] virtual std::string encode(const ops::Effect& effect) const = 0;
  // The frame of a delivery up to its data: hhhh and header; empty when the dialect has no form for
  // the message: it is then acked in the node's name. Memoised in the message.
  [[nodiscard]] virtual const std::string& encode_delivery(const ops::Message& message) const = 0;
  // The answer to VersionRequest; `name` is the site's, `services` the value of "authby" (see
  // net/authority.h), empty where no third party vouches for newcomers.
  [[nodiscard]] virtual std::string encode_version(std::string_view name,
                                                   std::string_view services) const = 0;
  // The frame of a fatal error, empty where the dialect closes silently.
  [[nodiscard]] virtual std::string encode_fatal(const Fatal& fatal) const = 0;
  [[nodiscard]] virtual ops::Dialect dialect() const = 0;
};

[[nodiscard]] const Codec& mmtp_codec();
[[nodiscard]] const Codec& tmtp_codec();

// Which dialect a link speaks, by its first header: an op 0 with an id makes it TMTP, anything else
// MMTP; none if it is not an acceptable header at all (the link is closed silently). {"op":0} with
// neither id nor mmtp: none.
[[nodiscard]] const Codec* codec_for_first(std::string_view header);

}  // namespace mnm::net
