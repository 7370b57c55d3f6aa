#include "daemon/log_server.h"

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <optional>
#include <span>

#include "log/log_channel.h"

namespace mnm::daemon {
namespace {

bool write_all(int fd, std::string_view octets) {
  while (!octets.empty()) {
    const ssize_t count = ::send(fd, octets.data(), octets.size(), MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    octets.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

// False at the link's end, or when nothing comes for too long.
bool read_all(int fd, std::span<char> octets) {
  for (std::size_t done = 0; done < octets.size();) {
    pollfd ready{fd, POLLIN, 0};
    const int count = ::poll(&ready, 1, kLogReaderIdleMs);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    const ssize_t got = ::recv(fd, octets.data() + done, octets.size() - done, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    done += static_cast<std::size_t>(got);
  }
  return true;
}

std::optional<log::ChannelRequest> read_request(int fd) {
  std::array<char, log::kChannelRequestBytes> octets{};
  if (!read_all(fd, octets)) return std::nullopt;
  return log::decode_channel_request({octets.data(), octets.size()});
}

}  // namespace

void LogServer::serve(net::Fd link) {
  const std::scoped_lock lock(mutex_);
  for (auto channel = channels_.begin(); channel != channels_.end();) {
    if (!channel->done) {
      ++channel;
      continue;
    }
    channel->thread.join();
    channel = channels_.erase(channel);
  }
  if (stopped_ || channels_.size() >= kLogReadersMax) {
    (void)write_all(link.get(), "{\"ok\":false,\"error\":\"too many tools read the log\"}\n");
    return;
  }
  Channel& channel = channels_.emplace_back();
  channel.link = std::move(link);
  channel.thread = std::thread([this, &channel] { run(channel); });
}

void LogServer::stop() {
  std::list<Channel> channels;
  {
    const std::scoped_lock lock(mutex_);
    stopped_ = true;
    channels.swap(channels_);
  }
  for (Channel& channel : channels) {
    ::shutdown(channel.link.get(), SHUT_RDWR);
    channel.thread.join();
  }
}

void LogServer::run(Channel& channel) const {
  const int fd = channel.link.get();
  bool open = write_all(fd, "{\"ok\":true,\"channel\":2}\n");
  while (open) {
    const auto request = read_request(fd);
    if (!request) break;
    if (request->ask != log::ChannelAsk::kViews) {
      open = write_all(fd, log::answer(log_, *request));
      continue;
    }
    std::string question(request->lsn.value(), '\0');
    open = read_all(fd, question) && write_all(fd, log::framed_answer(ask_views_(question)));
  }
  // The descriptor itself goes with the channel, so that stop() never shuts another one down.
  ::shutdown(fd, SHUT_RDWR);
  channel.done = true;
}

}  // namespace mnm::daemon
