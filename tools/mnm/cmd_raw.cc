// mnm raw: frames by hand, for those who learn or debug the protocol.
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <optional>

#include "client/link_channel.h"
#include "common/terminal.h"
#include "mnm/command.h"
#include "net/frame.h"

namespace mnm::client {
namespace {

constexpr std::size_t kLineBytesMax = 2 * net::kHeaderBytesMax;
constexpr std::size_t kPieceBytes = std::size_t{64} << 10;

struct Options {
  double wait_s = 1;
};

// What is said and shown, and how it ended.
class Talk {
 public:
  Talk(Context& context, Conversation& conversation)
      : context_(context), conversation_(conversation) {}

  // One line of standard input as a frame: the header's JSON, then maybe " @FILE" for the data.
  [[nodiscard]] Result<> say(std::string_view line);
  Result<> show(const Frame& frame);
  // Once the relay has said goodbye: 0 if it was asked to, else 1.
  [[nodiscard]] const std::optional<int>& over() const { return over_; }

 private:
  Result<> say_data(const std::string& path, std::string_view header);

  Context& context_;
  Conversation& conversation_;
  std::optional<int> over_;
};

Result<> Talk::say(std::string_view line) {
  while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.remove_suffix(1);
  if (line.empty() || line.starts_with('#')) return {};
  std::string path;
  const std::size_t at = line.rfind("} @");
  if (at != std::string_view::npos) {
    path = line.substr(at + 3);
    line = line.substr(0, at + 1);
  }
  if (line.size() < net::kHeaderBytesMin || line.size() > net::kHeaderBytesMax) {
    return fail(ErrorCode::kUsage,
                fmt::format("a header has {} to {} octets, this one {}", net::kHeaderBytesMin,
                            net::kHeaderBytesMax, line.size()));
  }
  if (!path.empty()) return say_data(path, line);
  conversation_.send_octets(net::frame(line));
  return conversation_.settle([this](const Frame& frame) { return show(frame); });
}

// What comes meanwhile answers what was said before, so nothing but a goodbye ends it.
Result<> Talk::say_data(const std::string& path, std::string_view header) {
  auto body = BodySource::from_file(path);
  if (!body) return fail(std::move(body.error()));
  conversation_.send_octets(net::frame(header));
  std::uint64_t left = body->size();
  while (left > 0 && !over_) {
    auto piece = body->read(static_cast<std::size_t>(std::min<std::uint64_t>(kPieceBytes, left)));
    if (!piece) return fail(std::move(piece.error()));
    left -= piece->size();
    conversation_.send_octets(*piece);
    auto gone = conversation_.settle([this](const Frame& frame) { return show(frame); });
    if (!gone && !over_) return gone;
  }
  return {};
}

Result<> Talk::show(const Frame& frame) {
  context_.out.write(tools::escaped(frame.header) + "\n");
  while (conversation_.data_left() > 0) {
    auto piece = conversation_.data(Clock::now() + kStall);
    if (!piece) return fail(std::move(piece.error()));
    context_.out.write("  " + tools::escaped(*piece) + "\n");
  }
  context_.out.flush();
  const net::Reply& reply = frame.reply;
  if (reply.op == "quit") over_ = reply.info == "logout ok" || reply.error == "logout ok" ? 0 : 1;
  return {};
}

// Standard input, line by line, without waiting for it.
class Lines {
 public:
  // What a read brings; false at the end.
  Result<bool> fill() {
    auto ready = wait_for(0, POLLIN, {Clock::now(), tools::interrupted});
    if (!ready) return fail(std::move(ready.error()));
    if (!*ready) return true;
    std::array<char, 4096> piece{};
    const ssize_t count = ::read(0, piece.data(), piece.size());
    if (count < 0 && errno == EINTR) return true;
    if (count < 0) return fail(system_error("can't read standard input", errno));
    buffer_.append(piece.data(), static_cast<std::size_t>(count));
    if (count == 0 && !buffer_.empty()) buffer_ += '\n';
    if (buffer_.size() > kLineBytesMax && buffer_.find('\n') == std::string::npos) {
      return fail(ErrorCode::kUsage, "a line of standard input is too long for a header");
    }
    return count > 0;
  }
  std::optional<std::string> next() {
    const std::size_t end = buffer_.find('\n');
    if (end == std::string::npos) return std::nullopt;
    std::string line = buffer_.substr(0, end);
    buffer_.erase(0, end + 1);
    return line;
  }

 private:
  std::string buffer_;
};

// 0, or 1 when the relay ended the link unasked: what was to be seen has been printed.
Result<int> converse(Context& context, Conversation& conversation, const Options& options) {
  Lines lines;
  Talk talk(context, conversation);
  bool more = true;
  const auto wait =
      std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(options.wait_s));
  while (!context.out.closed()) {
    if (talk.over()) return *talk.over();
    auto frame = conversation.next(Clock::now() + (more ? kStall : wait), more ? 0 : -1);
    if (!frame) return fail(std::move(frame.error()));
    if (*frame) {
      if (auto shown = talk.show(**frame); !shown) return fail(std::move(shown.error()));
      continue;
    }
    if (!more) return 0;
    auto filled = lines.fill();
    if (!filled) return fail(std::move(filled.error()));
    more = *filled;
    while (auto line = talk.over() ? std::nullopt : lines.next()) {
      if (auto said = talk.say(*line); !said) return fail(std::move(said.error()));
    }
  }
  return 0;
}

Result<int> run(Context& context, const Options& options) {
  std::optional<Profile> profile;
  if (!context.session.profile.empty()) {
    auto loaded = load_profile(context.session.profile);
    if (!loaded) return fail(std::move(loaded.error()));
    profile = std::move(*loaded);
  }
  auto endpoint = choose_endpoint(context.session, profile ? &*profile : nullptr);
  if (!endpoint) return fail(std::move(endpoint.error()));
  auto conversation = profile ? log_in(*endpoint, *profile, nullptr) : open_conversation(*endpoint);
  if (!conversation) return fail(std::move(conversation.error()));
  return converse(context, **conversation, options);
}

}  // namespace

void add_raw(CLI::App& app, Context& context) {
  CLI::App& command = *app.add_subcommand("raw", "Frames by hand: headers in, frames out");
  auto options = std::make_shared<Options>();
  command.add_option("--as", context.session.profile, "Log in as this profile first")
      ->type_name("PROFILE");
  command
      .add_option("--wait", options->wait_s,
                  "After the last line, end when nothing has come for so many seconds")
      ->check(CLI::Range(0.0, 86'400.0))
      ->capture_default_str();
  add_link_options(command, context);
  add_examples(
      command,
      "  echo '{\"op\":0,\"mmtp\":\"1\"}' | mnm raw\n"
      "  echo '{\"op\":5,\"id\":\"1\",\"for\":[],\"dataLen\":6} @note.txt' | mnm raw --as "
      "alice\n"
      "A line is a header's JSON, then maybe the file that follows it; # begins a comment.\n"
      "Nothing is acked for you. What is printed is escaped; data is indented.");
  command.callback([&context, options] {
    context.run = [&context, options] { return run(context, *options); };
  });
}

}  // namespace mnm::client
