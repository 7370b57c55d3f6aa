#include "mnmbench/floor.h"

#include <fmt/format.h>
#include <glog/logging.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <boost/asio/post.hpp>
#include <boost/unordered/unordered_flat_map.hpp>
#include <deque>
#include <memory>
#include <string_view>
#include <vector>

#include "mnmbench/flat_file.h"
#include "mnmbench/link.h"
#include "net/frame.h"

namespace mnm::bench {
namespace {

constexpr std::uint64_t kRegister = 1;  // MMTP's numbers
constexpr std::uint64_t kPost = 5;
constexpr std::uint64_t kAck = 7;
constexpr std::string_view kPosted = "2026-01-01T00:00:00.000Z";
constexpr std::size_t kRecordBytes = 40;  // of an ack, in the file

class Floor {
 public:
  explicit Floor(boost::asio::io_context& io) : io_(io) {}

  Result<> open(const FloorOptions& options) {
    auto listening = net::listen_on(options.address, false);
    if (!listening) return fail(listening.error());
    address_ = listening->address;
    acceptor_.emplace(io_.get_executor(), listening->fd.release());
    auto file = FlatFile::create(options.file, [this](std::uint64_t written) {
      boost::asio::post(io_, [this, written] { release(written); });
    });
    if (!file) return fail(file.error());
    file_ = std::move(*file);
    accept();
    return {};
  }
  [[nodiscard]] const net::ListenAddress& address() const { return address_; }

 private:
  using Descriptor =
      boost::asio::posix::basic_stream_descriptor<boost::asio::io_context::executor_type>;

  struct Peer {
    std::shared_ptr<Link> link;
    Link::Handlers handlers;
    std::string uid;
    bool listed = false;  // something was queued for it
  };
  struct Waiting {
    std::uint64_t end = 0;  // in the file
    Peer* sender = nullptr;
    std::string id;
    std::uint64_t number = 0;
    std::vector<Peer*> recipients;
    std::string body;
  };

  void accept() {
    acceptor_->async_wait(Descriptor::wait_read, [this](boost::system::error_code error) {
      if (error) return;
      net::Fd fd(::accept4(acceptor_->native_handle(), nullptr, nullptr, SOCK_CLOEXEC));
      if (fd) add(std::move(fd));
      accept();
    });
  }

  void add(net::Fd fd) {
    const int on = 1;
    (void)::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);  // not on Unix sockets
    peers_.push_back(std::make_unique<Peer>());
    Peer* peer = peers_.back().get();
    peer->link = std::make_shared<Link>(io_, plain_socket(std::move(fd)));
    peer->uid = fmt::format("{:032}", peers_.size());
    by_uid_.emplace(peer->uid, peer);
    peer->handlers.frame = [this, peer](const FrameView& frame, std::string_view data) {
      take(*peer, frame, data);
    };
    peer->handlers.ended = [](const std::string&) {};
    peer->link->start(&peer->handlers);
  }

  void take(Peer& peer, const FrameView& frame, std::string_view data) {
    if (frame.op_number == kPost) return post(peer, frame, data);
    if (frame.op_number == kAck) {
      buffer_.assign(frame.id);
      buffer_.resize(kRecordBytes);
      file_->add(buffer_, false);
      return;
    }
    if (frame.op_number == kRegister) {
      peer.link->send(net::frame(fmt::format(
          R"({{"nodeid":"{0}","nodenum":1,"op":"registered","uid":"{0}"}})", peer.uid)));
      peer.link->send(net::frame(R"({"info":"login ok","op":"info"})"));
    }
  }

  void post(Peer& peer, const FrameView& frame, std::string_view data) {
    Waiting& waiting = waiting_.emplace_back();
    waiting.sender = &peer;
    waiting.id = frame.id;
    waiting.number = ++posts_;
    waiting.body = data;
    buffer_ = fmt::format("{:016x}{}{}", posts_, peer.uid, frame.id);
    for (const std::string_view target : frame.targets) {
      buffer_ += target;
      const auto found = by_uid_.find(target);
      if (found != by_uid_.end()) waiting.recipients.push_back(found->second);
    }
    buffer_ += data;
    waiting.end = file_->add(buffer_, true);
  }

  void release(std::uint64_t written) {
    while (!waiting_.empty() && waiting_.front().end <= written) {
      forward(waiting_.front());
      waiting_.pop_front();
    }
    for (Peer* peer : listed_) {
      peer->listed = false;
      peer->link->flush();
    }
    listed_.clear();
  }

  void forward(const Waiting& post) {
    send(*post.sender, net::frame(fmt::format(
                           R"({{"id":"{}","msgid":"{:016x}","ok":"ok","op":"ack","posted":"{}"}})",
                           post.id, post.number, kPosted)));
    buffer_ = net::frame(
        fmt::format(R"({{"dataLen":{},"from":"{}","id":"{:016x}","op":"delivery","posted":"{}"}})",
                    post.body.size(), post.sender->uid, post.number, kPosted));
    buffer_ += post.body;
    for (Peer* recipient : post.recipients) send(*recipient, buffer_);
  }

  void send(Peer& peer, std::string_view octets) {
    peer.link->send(octets);
    if (!std::exchange(peer.listed, true)) listed_.push_back(&peer);
  }

  struct HashText {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };

  boost::asio::io_context& io_;
  net::ListenAddress address_;
  std::optional<Descriptor> acceptor_;
  std::vector<std::unique_ptr<Peer>> peers_;
  boost::unordered_flat_map<std::string, Peer*, HashText, std::equal_to<>> by_uid_;
  std::deque<Waiting> waiting_;
  std::vector<Peer*> listed_;
  std::uint64_t posts_ = 0;
  std::string buffer_;
  std::unique_ptr<FlatFile> file_;  // last: its thread calls release()
};

}  // namespace

Result<> run_floor(const FloorOptions& options, int stop_fd,
                   const std::function<void(const net::ListenAddress&)>& ready) {
  boost::asio::io_context io(1);
  Floor floor(io);
  if (auto opened = floor.open(options); !opened) return opened;
  ready(floor.address());
  boost::asio::posix::basic_stream_descriptor<boost::asio::io_context::executor_type> stop(
      io.get_executor(), stop_fd);
  stop.async_wait(boost::asio::posix::descriptor_base::wait_read,
                  [&io](boost::system::error_code) { io.stop(); });
  io.run();
  stop.release();
  return {};
}

}  // namespace mnm::bench
