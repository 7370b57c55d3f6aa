// What a codec made of a header, as one line, so that a table can say what it expects.
#pragma once

#include <fmt/format.h>

#include <string>

#include "base/text.h"
#include "net/codec.h"

namespace mnm::net {

inline std::string in_quotes(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    const auto octet = static_cast<unsigned char>(c);
    out += octet < 0x20 ? fmt::format("\\x{:02x}", octet) : std::string(1, c);
  }
  return out + "'";
}

inline std::string list_of(const std::vector<ops::Target>& targets) {
  std::string out = "[";
  for (const ops::Target& target : targets) {
    if (out.size() > 1) out += ",";
    out += fmt::format("{}:{}", target.id, static_cast<int>(target.type));
  }
  return out + "]";
}

struct DescribeCommand {
  std::string operator()(const ops::Register& c) const {
    return fmt::format("register node={} alias={}", in_quotes(c.node_name),
                       c.alias ? in_quotes(*c.alias) : "none");
  }
  std::string operator()(const ops::Login& c) const { return "login uid=" + in_quotes(c.uid); }
  std::string operator()(const ops::UserEdit& c) const {
    std::string out = "useredit";
    if (c.credentials) out += " uid=" + in_quotes(c.credentials->uid);
    if (c.new_node) out += " newnode=" + in_quotes(*c.new_node);
    if (c.new_alias) out += " newalias=" + in_quotes(*c.new_alias);
    if (c.once) out += " once";
    if (c.drop_node) out += fmt::format(" dropnode={}", *c.drop_node);
    if (c.keep_node) out += fmt::format(" keepnode={}", *c.keep_node);
    if (c.drop_alias) out += " dropalias=" + in_quotes(*c.drop_alias);
    return out;
  }
  std::string operator()(const ops::OhiEdit& c) const {
    static constexpr const char* kTypes[] = {"add", "drop", "init"};
    return fmt::format("ohi {} [{}]", kTypes[static_cast<int>(c.type)], fmt::join(c.for_uids, ","));
  }
  std::string operator()(const ops::GroupInvite& c) const {
    return fmt::format("invite gid={} from={} to={}", in_quotes(c.gid), in_quotes(c.from),
                       in_quotes(c.to));
  }
  std::string operator()(const ops::GroupEdit& c) const {
    static constexpr const char* kActs[] = {"join", "alias", "drop"};
    return fmt::format("group {} gid={} newalias={} to={}", kActs[static_cast<int>(c.act)],
                       in_quotes(c.gid), in_quotes(c.new_alias), in_quotes(c.to));
  }
  std::string operator()(const ops::Post& c) const {
    std::string out =
        fmt::format("post {} head={} sum={}", list_of(c.to), c.head_bytes, c.data_sum);
    if (c.note) {
      out += fmt::format(" note {} head={} sum={}{}", list_of(c.note->to), c.note->head_bytes,
                         c.note->data_sum, c.note->not_self ? " notself" : "");
    }
    return out;
  }
  std::string operator()(const ops::Ping& c) const {
    return fmt::format("ping from={} to={}", in_quotes(c.from), in_quotes(c.to));
  }
  std::string operator()(const ops::Ack& c) const { return fmt::format("ack {}", c.id.value()); }
  std::string operator()(const ops::Quit&) const { return "quit"; }
  std::string operator()(const ops::Lost&) const { return "lost"; }
  std::string operator()(const ops::TickHour&) const { return "tick"; }
  // What no client can ask for.
  template <class Internal>
  std::string operator()(const Internal&) const {
    return "internal";
  }
};

// "ID command data=NOTE+BODY text secret=HEX retry", leaving out what isn't so; or "fatal: TEXT",
// with "(after state)" when the link's state goes before it.
inline std::string describe(const tl::expected<Incoming, Fatal>& decoded) {
  if (!decoded) {
    return fmt::format("fatal: {}{}", decoded.error().text,
                       decoded.error().op == event::OP_NONE ? "" : " (after state)");
  }
  std::string out = decoded->id.empty() ? "" : in_quotes(decoded->id) + " ";
  if (const auto* version = std::get_if<VersionRequest>(&decoded->what)) {
    out += version->is_mmtp ? "version mmtp" : "version tmtp";
  } else if (std::holds_alternative<Pulse>(decoded->what)) {
    out += "pulse";
  } else {
    out += std::visit(DescribeCommand{}, std::get<ops::Command>(decoded->what));
  }
  const DataPlan& data = decoded->data;
  if (data.note_bytes != 0) {
    out += fmt::format(" data={}+{}", data.note_bytes, data.body_bytes);
  } else if (data.body_bytes != 0) {
    out += fmt::format(" data={}", data.body_bytes);
  }
  if (data.is_text) out += " text";
  if (!decoded->secret.empty()) out += " secret=" + hex_encode(decoded->secret);
  if (decoded->retry) out += " retry";
  return out;
}

struct HeaderCase {
  std::string header;
  std::string expected;
};

}  // namespace mnm::net
