#include "mnmlog/admin_reader.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <mutex>
#include <optional>
#include <utility>

#include "common/admin_client.h"
#include "common/program.h"
#include "log/data_directory.h"
#include "log/log_channel.h"
#include "log/record.h"

namespace mnm::mnmlog {
namespace {

constexpr int kAnswerWithinMs = 10'000;
constexpr std::string_view kAsk = "{\"cmd\":\"reader\"}\n";
constexpr std::string_view kGranted = R"({"ok":true,"channel":2})";
constexpr std::string_view kGrantedLogAlone = R"({"ok":true,"channel":1})";  // by an older relay

Result<> no_answer() {
  return fail(ErrorCode::kUnavailable, "the relay doesn't answer on its admin socket");
}

class Channel {
 public:
  explicit Channel(int fd) : link_(fd) {}

  // The line that opens it.
  Result<> begin() {
    if (Result<> sent = send(kAsk); !sent) return sent;
    std::string line;
    while (line.size() < 256) {
      char c = 0;
      if (Result<> got = receive(&c, 1); !got) return got;
      if (c == '\n') break;
      line += c;
    }
    knows_views_ = line == kGranted;
    if (knows_views_ || line == kGrantedLogAlone) return {};
    return fail(ErrorCode::kUnavailable, "the relay lets nobody read its log: " + line);
  }

  // Any thread. `question` follows the request.
  Result<std::string> ask(log::ChannelAsk what, Lsn lsn, std::string_view question = {}) {
    const std::scoped_lock lock(mutex_);
    if (broken_) return fail(gone().error());
    std::string request = encode(log::ChannelRequest{what, lsn});
    request += question;
    if (Result<> sent = send(request); !sent) return fail(sent.error());
    std::array<char, log::kChannelHeadBytes> octets{};
    if (Result<> got = receive(octets.data(), octets.size()); !got) return fail(got.error());
    const auto head = log::decode_channel_head({octets.data(), octets.size()});
    if (!head) {
      broken_ = true;
      return fail(ErrorCode::kUnavailable, "the relay's answer makes no sense");
    }
    std::string content(head->size, '\0');
    if (Result<> got = receive(content.data(), content.size()); !got) return fail(got.error());
    if (head->error) return fail(*head->error, content);
    return content;
  }
  [[nodiscard]] bool broken() const { return broken_; }
  [[nodiscard]] bool knows_views() const { return knows_views_; }

 private:
  Result<> gone() {
    broken_ = true;
    return fail(ErrorCode::kUnavailable, "the relay ended while its log was read");
  }
  Result<> await(short events) {
    while (true) {
      pollfd ready{.fd = link_.get(), .events = events, .revents = 0};
      const int count = ::poll(&ready, 1, kAnswerWithinMs);
      if (count > 0) return {};
      if (count < 0 && errno == EINTR && !tools::interrupted()) continue;
      broken_ = true;
      if (count < 0) return fail(ErrorCode::kInterrupted, "interrupted");
      return no_answer();
    }
  }
  Result<> send(std::string_view octets) {
    while (!octets.empty()) {
      if (Result<> ready = await(POLLOUT); !ready) return ready;
      const ssize_t count = ::send(link_.get(), octets.data(), octets.size(), MSG_NOSIGNAL);
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) return gone();
      octets.remove_prefix(static_cast<std::size_t>(count));
    }
    return {};
  }
  Result<> receive(char* buffer, std::size_t count) {
    while (count > 0) {
      if (Result<> ready = await(POLLIN); !ready) return ready;
      const ssize_t got = ::recv(link_.get(), buffer, count, 0);
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) return gone();
      buffer += got;
      count -= static_cast<std::size_t>(got);
    }
    return {};
  }

  const log::FileDescriptor link_;
  std::mutex mutex_;
  std::atomic<bool> broken_ = false;
  bool knows_views_ = false;
};

// Asks for a stretch at a time, up to what was durable when it was made.
class ChannelScanner final : public log::Scanner {
 public:
  ChannelScanner(Channel& channel, Lsn from, Lsn end) : channel_(channel), from_(from), end_(end) {}

  Result<std::optional<log::Record>> next() override {
    if (done_) return std::nullopt;
    if (left_.empty()) {
      if (Result<> more = fetch(); !more) return stop(more.error());
      if (left_.empty()) return finish();
    }
    const auto octets = log::take_record(left_);
    if (!octets) return stop({ErrorCode::kUnavailable, "the relay's answer makes no sense"});
    Result<log::Record> record = log::decode_record(std::string(*octets));
    if (!record) return stop(record.error());
    if (record->first > end_) return finish();
    if (before_) {
      if (Result<> linked = log::check_link(*before_, *record); !linked) {
        return stop(linked.error());
      }
    }
    before_ = record->position();
    from_ = mnm::next(record->last());
    return std::optional<log::Record>(std::move(*record));
  }

 private:
  Result<> fetch() {
    if (from_ > end_) return {};
    Result<std::string> answer = channel_.ask(log::ChannelAsk::kScan, from_);
    if (!answer) return fail(answer.error());
    stretch_ = std::move(*answer);
    left_ = stretch_;
    return {};
  }
  Result<std::optional<log::Record>> finish() {
    done_ = true;
    return std::nullopt;
  }
  tl::unexpected<Error> stop(Error error) {
    done_ = true;
    return fail(std::move(error));
  }

  Channel& channel_;
  Lsn from_;
  const Lsn end_;
  bool done_ = false;
  std::string stretch_;
  std::string_view left_;
  std::optional<log::Position> before_;
};

class ChannelReader final : public AdminReader {
 public:
  explicit ChannelReader(int fd) : channel_(fd) {}

  Result<> begin() {
    if (Result<> begun = channel_.begin(); !begun) return begun;
    return refresh();
  }
  [[nodiscard]] bool broken() const override { return channel_.broken(); }
  [[nodiscard]] bool knows_views() const override { return channel_.knows_views(); }
  [[nodiscard]] Result<std::string> ask_views(std::string_view question) const override {
    if (question.size() > log::kChannelQuestionBytesMax) {
      return fail(ErrorCode::kUsage, "a name is too long to be asked for");
    }
    return channel_.ask(log::ChannelAsk::kViews, Lsn(question.size()), question);
  }

  // An answer that doesn't come leaves what was known before.
  [[nodiscard]] log::Position durable() const override { return now().durable; }
  [[nodiscard]] Lsn tail() const override { return now().tail; }
  [[nodiscard]] std::string identity() const override { return now().identity; }
  [[nodiscard]] std::string format() const override { return now().format; }
  [[nodiscard]] std::unique_ptr<log::Scanner> scan(Lsn from) const override {
    return std::make_unique<ChannelScanner>(channel_, from, durable().lsn);
  }
  [[nodiscard]] Result<log::Record> read(Lsn lsn) const override {
    Result<std::string> stored = channel_.ask(log::ChannelAsk::kRecord, lsn);
    if (!stored) return fail(stored.error());
    return log::decode_record(std::move(*stored));
  }
  [[nodiscard]] Result<std::string> message(Lsn id) const override {
    return channel_.ask(log::ChannelAsk::kMessage, id);
  }

 private:
  [[nodiscard]] log::ChannelState now() const {
    (void)refresh();
    const std::scoped_lock lock(mutex_);
    return state_;
  }
  Result<> refresh() const {
    const Result<std::string> answer = channel_.ask(log::ChannelAsk::kState, Lsn());
    if (!answer) return fail(answer.error());
    const auto state = log::decode_channel_state(*answer);
    if (!state) return fail(ErrorCode::kUnavailable, "the relay's answer makes no sense");
    const std::scoped_lock lock(mutex_);
    state_ = *state;
    return {};
  }

  mutable Channel channel_;
  mutable std::mutex mutex_;  // state_
  mutable log::ChannelState state_;
};

}  // namespace

Result<std::unique_ptr<AdminReader>> AdminReader::open(const std::string& directory) {
  const Result<int> link = tools::connect_admin(directory);
  if (!link) return fail(link.error());
  auto reader = std::make_unique<ChannelReader>(*link);
  if (Result<> begun = reader->begin(); !begun) return fail(begun.error());
  return reader;
}

}  // namespace mnm::mnmlog
