#include "mnm/message_view.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "common/duration.h"
#include "common/terminal.h"

namespace mnm::client {
namespace {

using net::Reply;

struct NamedText {
  std::string_view name;
  std::optional<std::string> Reply::*member;
};
struct NamedNumber {
  std::string_view name;
  std::optional<std::uint64_t> Reply::*member;
};
// What a message may say beside id, op, from and posted. Nothing secret is ever in one.
constexpr std::array kTexts = {
    NamedText{"uid", &Reply::uid},
    NamedText{"to", &Reply::to},
    NamedText{"gid", &Reply::gid},
    NamedText{"alias", &Reply::alias},
    NamedText{"act", &Reply::act},
    NamedText{"type", &Reply::type},
    NamedText{"postid", &Reply::postid},
    NamedText{"reason", &Reply::reason},
    NamedText{"info", &Reply::info},
    NamedText{"newnode", &Reply::newnode},
    NamedText{"newalias", &Reply::newalias},
    NamedText{"dropalias", &Reply::dropalias},
    NamedText{"dropstate", &Reply::dropstate},
};
constexpr std::array kNumbers = {
    NamedNumber{"nodenum", &Reply::nodenum},
    NamedNumber{"dropnode", &Reply::dropnode},
    NamedNumber{"notify", &Reply::notify},
};

std::string base64(std::string_view octets) {
  std::string out((octets.size() + 2) / 3 * 4 + 1, '\0');  // and the NUL that it writes
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                   reinterpret_cast<const unsigned char*>(octets.data()),
                                   static_cast<int>(octets.size()));
  out.resize(static_cast<std::size_t>(size));
  return out;
}

// A text of one line after the rest, one of several below, indented.
void append_text(std::string& out, std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
  const bool several = text.find('\n') != std::string_view::npos;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    out += several ? "\n    " : "  ";
    tools::append_escaped(out, line);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
}

Result<> write_large_body(tools::Output& out, const BodySink& body) {
  constexpr std::size_t kPiece = std::size_t{48} << 10;  // a multiple of 3: no padding within
  std::string piece;
  std::uint64_t at = 0;
  while (at < body.size() && !out.closed()) {
    piece.resize(static_cast<std::size_t>(std::min<std::uint64_t>(kPiece, body.size() - at)));
    std::size_t have = 0;
    while (have < piece.size()) {
      const ssize_t count = ::pread(body.fd(), piece.data() + have, piece.size() - have,
                                    static_cast<off_t>(at + have));
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) return fail(system_error("can't read back a temporary file", errno));
      have += static_cast<std::size_t>(count);
    }
    at += have;
    out.write(base64(piece));
  }
  return {};
}

}  // namespace

bool is_showable(const BodySink& body) { return body.in_memory() && tools::is_utf8(body.text()); }

std::string human_message(const Reply& message, const BodySink& body, bool colour) {
  const auto field = [](const std::optional<std::string>& text) {
    return tools::escaped(text.value_or("-"));
  };
  std::string op = tools::escaped(message.op);
  if (colour) op = "\033[1m" + op + "\033[0m";
  std::string out = fmt::format("{}  {}  {}  from {}", field(message.posted), field(message.id), op,
                                field(message.from));
  for (const NamedText& text : kTexts) {
    if (message.*text.member) out += fmt::format("  {} {}", text.name, field(message.*text.member));
  }
  for (const NamedNumber& number : kNumbers) {
    if (message.*number.member)
      out += fmt::format("  {} {}", number.name, *(message.*number.member));
  }
  for (const std::string& uid : message.to_list) out += "  to " + tools::escaped(uid);
  if (message.once) out += "  once";
  if (body.size() > 0) out += "  " + tools::format_bytes(body.size());
  if (!body.saved_as().empty()) {
    out += (body.was_there() ? "  already in " : "  saved as ") + tools::escaped(body.saved_as());
  } else if (is_showable(body)) {
    append_text(out, body.text());
  }
  out += '\n';
  return out;
}

Result<> write_json_message(tools::Output& out, const Reply& message, const BodySink& body) {
  std::string line;
  tools::JsonWriter json(line);
  json.begin_object();
  json.text("id", message.id.value_or("")).text("op", message.op);
  json.text("from", message.from.value_or("")).text("posted", message.posted.value_or(""));
  json.number("size", body.size());
  for (const NamedText& text : kTexts) {
    if (message.*text.member) json.text(text.name, *(message.*text.member));
  }
  for (const NamedNumber& number : kNumbers) {
    if (message.*number.member) json.number(number.name, *(message.*number.member));
  }
  if (!message.to_list.empty()) {
    json.key("to").begin_array();
    for (const std::string& uid : message.to_list) json.text(uid);
    json.end_array();
  }
  if (message.once) json.flag("once", true);
  if (!body.saved_as().empty()) json.text("saved", body.saved_as());
  if (body.in_memory() && body.size() > 0) {
    if (tools::is_utf8(body.text())) {
      json.text("text", body.text());
    } else {
      json.text("base64", base64(body.text()));
    }
  }
  if (body.in_memory() || !body.saved_as().empty()) {
    json.end_object();
    out.write(line + "\n");
    return {};
  }
  json.settle();
  out.write(line + ",\"base64\":\"");
  auto done = write_large_body(out, body);
  out.write("\"}\n");
  return done;
}

std::string presence_line(const std::string& uid, bool there, bool json) {
  if (!json) return fmt::format("{} is {}\n", tools::escaped(uid), there ? "there" : "gone");
  std::string line;
  tools::JsonWriter(line)
      .begin_object()
      .text("op", "ohi")
      .text("from", uid)
      .number("status", there ? 1 : 2)
      .end_object();
  return line + "\n";
}

}  // namespace mnm::client
