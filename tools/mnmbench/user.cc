#include "mnmbench/user.h"

#include <fmt/format.h>

#include <cstring>

#include "base/ids.h"

namespace mnm::bench {

User::User(boost::asio::io_context& io, Book& book, std::size_t number, Socket socket)
    : book_(book), number_(number), io_(io), link_(std::make_shared<Link>(io, std::move(socket))) {
  ack_template_ =
      net::encode_request(book.load.dialect, {.op = net::ClientOp::kAck, .id = "0000000000000000"});
  handlers_.frame = [this](const FrameView& frame, std::string_view data) { take(frame, data); };
  handlers_.ended = [this](const std::string& why) { book_.fault(name() + ": " + why); };
}

std::string User::name() const { return fmt::format("user {} ({})", number_, uid_); }

void User::join(const std::string& alias, std::function<void()> ready) {
  ready_ = std::move(ready);
  alias_ = alias;
  begin({.op = net::ClientOp::kRegister, .new_node = "mnmbench", .new_alias = alias});
}

void User::log_in(Socket socket, std::function<void()> ready) {
  ready_ = std::move(ready);
  link_ = std::make_shared<Link>(io_, std::move(socket));
  begin({.op = net::ClientOp::kLogin, .uid = uid_, .node = node_});
}

void User::begin(const net::ClientRequest& first) {
  link_->start(&handlers_);
  if (book_.load.dialect == ops::Dialect::kTmtp) {
    link_->send(net::encode_request(book_.load.dialect, {.op = net::ClientOp::kVersion}));
  }
  link_->send(net::encode_request(book_.load.dialect, first));
  link_->flush();
}

void User::log_out(std::function<void()> left) {
  left_ = std::move(left);
  link_->send(net::encode_request(book_.load.dialect, {.op = net::ClientOp::kQuit}));
  link_->flush();
}

void User::request(const net::ClientRequest& request, std::string_view data,
                   std::function<void()> done) {
  pending_.push_back(std::move(done));
  link_->send(net::encode_request(book_.load.dialect, request));
  link_->send(data);
  link_->flush();
}

void User::take(const FrameView& frame, std::string_view data) {
  if (left_) {
    if (frame.op != "quit") return;
    link_->close();
    return std::exchange(left_, nullptr)();
  }
  if (frame.op == "quit") return book_.fault(name() + ": the relay says: " + frame.problem);
  if (frame.wants_ack()) {
    send_ack(frame.id);
    return on_message(frame, data);
  }
  if (frame.op == "ack") {
    if (!frame.problem.empty()) return book_.fault(name() + " is refused: " + frame.problem);
    if (pending_.empty()) return on_ack(frame);
    const std::function<void()> done = std::move(pending_.front());
    pending_.pop_front();
    return done();
  }
  if (frame.op == "registered") {
    uid_ = frame.uid;
    node_ = frame.node;
    if (!frame.problem.empty()) book_.fault(name() + " is refused: " + frame.problem);
  }
  if (frame.op == "info" && ready_) std::exchange(ready_, nullptr)();
}

void User::send_ack(std::string_view id) {
  buffer_.clear();
  append_with_id(buffer_, ack_template_, parse_message_id(id).value());
  link_->send(buffer_);
}

void User::on_message(const FrameView&, std::string_view) { ++book_.notices; }

void User::on_ack(const FrameView& frame) {
  book_.fault(fmt::format("{}: an ack for nothing: {}", name(), frame.id));
}

// ------------------------------------------------------------------------------------------ posts

void Sender::post() {
  while (book_.posting && flights_.size() < book_.load.window) post_one();
  link_->flush();
}

void Sender::post_one() {
  const Stamp stamp{.sender = number_, .number = next_++, .at_ns = now_ns()};
  const std::size_t bytes = book_.body_bytes(number_, stamp.number);
  flights_.push_back({stamp.number, stamp.at_ns, bytes});
  buffer_.clear();
  const std::size_t first = book_.first_receiver(number_, stamp.number);
  append_with_id(buffer_, book_.post_template(first, bytes), stamp.number);
  buffer_.append(reinterpret_cast<const char*>(&stamp), sizeof stamp);
  buffer_ += book_.tail(bytes);
  link_->send(buffer_);
  ++book_.posted;
  book_.due += book_.load.fanout;
}

void Sender::on_ack(const FrameView& frame) {
  if (flights_.empty() || parse_message_id(frame.id).value() != flights_.front().number) {
    return book_.fault(fmt::format("{}: the ack of {} is out of order", name(), frame.id));
  }
  if (book_.measuring) {
    ++book_.figures.posts;
    book_.figures.body_bytes += flights_.front().bytes;
    book_.figures.ack.add(now_ns() - flights_.front().at_ns);
  }
  flights_.pop_front();
  ++book_.acked;
  while (book_.posting && flights_.size() < book_.load.window) post_one();  // read_some flushes
  if (book_.all_arrived()) book_.when_all_arrived();
}

void Churner::come_and_go() {
  log_out([this] {
    if (!book_.posting) return;
    const std::uint64_t begun_ns = now_ns();
    auto socket = connect_to(book_.load.address);
    if (!socket) return book_.fault(name() + ": " + socket.error().text);
    log_in(std::move(*socket), [this, begun_ns] {
      if (book_.measuring) {
        ++book_.figures.logins;
        book_.figures.login.add(now_ns() - begun_ns);
      }
      come_and_go();
    });
  });
}

// ------------------------------------------------------------------------------------- deliveries

std::uint64_t Receiver::next_from(std::size_t sender, std::uint64_t after) const {
  std::uint64_t number = after + 1;
  while (!book_.is_for(number_, sender, number)) ++number;
  return number;
}

void Receiver::on_message(const FrameView& frame, std::string_view data) {
  if (frame.op != "delivery") return User::on_message(frame, data);
  Stamp stamp;
  if (data.size() >= sizeof stamp) std::memcpy(&stamp, data.data(), sizeof stamp);
  if (data.size() != book_.body_bytes(stamp.sender, stamp.number) ||
      data.substr(sizeof stamp) != book_.tail(data.size())) {
    return book_.fault(fmt::format("{}: the body of {} is damaged", name(), frame.id));
  }
  if (stamp.sender >= book_.load.senders) {
    return book_.fault(fmt::format("{}: {} is nobody's post", name(), frame.id));
  }
  last_.resize(book_.load.senders);
  std::uint64_t& last = last_[stamp.sender];
  const std::uint64_t wanted = next_from(stamp.sender, last);
  if (stamp.number != wanted) {
    book_.fault(fmt::format("{}: post {} of sender {} came, {} was due", name(), stamp.number,
                            stamp.sender, wanted));
  }
  last = stamp.number;
  if (book_.measuring) {
    ++book_.figures.deliveries;
    book_.figures.delivery.add(now_ns() - stamp.at_ns);
  }
  ++book_.delivered;
  if (book_.all_arrived()) book_.when_all_arrived();
}

}  // namespace mnm::bench
