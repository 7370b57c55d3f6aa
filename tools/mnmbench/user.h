// The users of a load: who registers, who posts, who receives. Each has one link.
//
// On the thread of the run. What is not as the protocol promises goes to the book as a fault.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "mnmbench/book.h"
#include "mnmbench/link.h"
#include "net/client_codec.h"

namespace mnm::bench {

class User {
 public:
  User(boost::asio::io_context& io, Book& book, std::size_t number, Socket socket);
  virtual ~User() { link_->close(); }
  User(const User&) = delete;
  User& operator=(const User&) = delete;

  // Calls `ready` once it is registered and logged in.
  void join(const std::string& alias, std::function<void()> ready);
  // Ends the link once the relay has said goodbye; then calls `left`. What comes after this is
  // neither taken nor acked: it comes again.
  void log_out(std::function<void()> left);
  // On a new link, after log_out().
  void log_in(Socket socket, std::function<void()> ready);
  // Calls `done` when its ack is here, in the order of the requests.
  void request(const net::ClientRequest& request, std::function<void()> done) {
    this->request(request, {}, std::move(done));
  }
  void stop_reading() { link_->stop_reading(); }
  // With the data that follows the header.
  void request(const net::ClientRequest& request, std::string_view data,
               std::function<void()> done);
  [[nodiscard]] const std::string& uid() const { return uid_; }
  [[nodiscard]] const std::string& alias() const { return alias_; }

 protected:
  // A stored message; it is acked already.
  virtual void on_message(const FrameView& frame, std::string_view data);
  // The answer to a post.
  virtual void on_ack(const FrameView& frame);

  [[nodiscard]] std::string name() const;

  Book& book_;
  const std::size_t number_;
  boost::asio::io_context& io_;
  std::shared_ptr<Link> link_;
  std::string buffer_;  // for building a frame

 private:
  void take(const FrameView& frame, std::string_view data);
  void send_ack(std::string_view id);
  void begin(const net::ClientRequest& first);

  Link::Handlers handlers_;
  std::string uid_;
  std::string node_;  // its password
  std::string alias_;
  std::string ack_template_;
  std::function<void()> ready_;
  std::function<void()> left_;
  std::deque<std::function<void()>> pending_;
};

class Sender final : public User {
 public:
  using User::User;
  // Posts as much as its window allows; the acks keep it going.
  void post();

 private:
  void on_ack(const FrameView& frame) override;
  void post_one();

  struct Flight {
    std::uint64_t number = 0;
    std::uint64_t at_ns = 0;
    std::size_t bytes = 0;
  };
  std::uint64_t next_ = 1;
  std::deque<Flight> flights_;
};

// Logs in, and out again, for as long as the run posts.
class Churner final : public User {
 public:
  using User::User;
  void come_and_go();
};

class Receiver final : public User {
 public:
  using User::User;

 private:
  void on_message(const FrameView& frame, std::string_view data) override;
  [[nodiscard]] std::uint64_t next_from(std::size_t sender, std::uint64_t after) const;

  std::vector<std::uint64_t> last_;  // by sender
};

}  // namespace mnm::bench
