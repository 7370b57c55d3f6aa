// mnm raw: frames by hand, for those who learn or debug the protocol.
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <memory>
#include <optional>

#include "common/terminal.h"
#include "mnm/command.h"
#include "mnm/link_channel.h"
#include "net/frame.h"

namespace mnm::client {
namespace {

constexpr std::size_t kLineBytesMax = 2 * net::kHeaderBytesMax;

struct Options {
  double wait_s = 1;
};

// One line of standard input as a frame: the header's JSON, then maybe " @FILE" for the data.
Result<> send_line(Conversation& conversation, std::string_view line) {
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
  std::optional<BodySource> body;
  if (!path.empty()) {
    auto opened = BodySource::from_file(path);
    if (!opened) return fail(std::move(opened.error()));
    body = std::move(*opened);
  }
  conversation.send_octets(net::frame(line));
  if (!body) return conversation.settle();
  return conversation.upload(
      body->size(), [&](std::size_t most) { return body->read(most); }, nullptr);
}

Result<> print(Context& context, Conversation& conversation, const Frame& frame) {
  context.out.write(tools::escaped(frame.header) + "\n");
  while (conversation.data_left() > 0) {
    auto piece = conversation.data(Clock::now() + kStall);
    if (!piece) return fail(std::move(piece.error()));
    context.out.write("  " + tools::escaped(*piece) + "\n");
  }
  context.out.flush();
  return {};
}

// Standard input, line by line, without waiting for it.
class Lines {
 public:
  // What a read brings; false at the end.
  Result<bool> fill() {
    auto ready = wait_for(0, POLLIN, Clock::now());
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

// 0, or 1 when the relay ended the link: what was to be seen has been printed.
Result<int> converse(Context& context, Conversation& conversation, const Options& options) {
  Lines lines;
  bool more = true;
  const auto wait =
      std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(options.wait_s));
  const auto show = [&](Deadline deadline, int input) -> Result<bool> {
    auto frame = conversation.next(deadline, input);
    if (!frame) return fail(std::move(frame.error()));
    if (!*frame) return false;
    if (auto printed = print(context, conversation, **frame); !printed) {
      return fail(std::move(printed.error()));
    }
    return true;
  };
  while (!context.out.closed()) {
    if (!more) {
      auto shown = show(Clock::now() + wait, -1);
      if (!shown) return fail(std::move(shown.error()));
      if (!*shown) return 0;
      continue;
    }
    auto shown = show(Clock::now() + kStall, 0);
    if (!shown) return fail(std::move(shown.error()));
    if (*shown) continue;
    auto filled = lines.fill();
    if (!filled) return fail(std::move(filled.error()));
    more = *filled;
    while (auto line = lines.next()) {
      if (auto sent = send_line(conversation, *line); !sent) return fail(std::move(sent.error()));
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
