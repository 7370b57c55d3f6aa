// A device on its link: how it enters, what it hears, what it says.
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/crc32c.h"
#include "sim/device.h"
#include "sim/marker.h"

namespace mnm::sim {
namespace {

using net::ClientOp;

// The header as it was before its headsum was put in.
std::optional<std::string> without_headsum(std::string_view header, std::uint64_t sum) {
  std::string text(header);
  for (const std::string& part :
       {fmt::format(",\"headsum\":{}", sum), fmt::format("\"headsum\":{},", sum)}) {
    const std::size_t at = text.find(part);
    if (at != std::string::npos) return text.erase(at, part.size());
  }
  return std::nullopt;
}

}  // namespace

// --------------------------------------------------------------------------------------------
// enter

void Device::connect() {
  wire_ = stage_.connect();
  if (!wire_) return;
  ++link_;
  stage_.oracle.linked(place().link);
  resent_.clear();
  state_ = State::kEntering;
  octets_.clear();
  link_acks_.clear();
  held_acks_.clear();
  quit_acks_.clear();
  dribbling_ = false;
  entered_at_ = stage_.time.now();
  for (Asked& asked : asked_) {
    asked.again = asked.again || asked.sent;
    asked.sent = false;
    asked.confirmed.clear();
  }
  const auto on_this_link = [this, link = link_](auto act) {
    return [this, link, act](auto&&... what) {
      if (link == link_ && wire_) act(*this, std::forward<decltype(what)>(what)...);
    };
  };
  wire_->join(Wire::Side::kClient,
              {.heard = on_this_link(
                   [](Device& device, const std::string& octets) { device.heard(octets); }),
               .lost = on_this_link([](Device& device) { device.lost(); })});
  if (account_.dialect == ops::Dialect::kTmtp) say({.op = ClientOp::kVersion, .id = "1"}, {});
  if (account_.secret.empty()) {
    const std::string node = fmt::format("{}first", kMarker);
    ++entries_;
    return say({.op = ClientOp::kRegister, .new_node = node, .new_alias = first_alias()}, {});
  }
  wrong_password_ = stage_.faults.hit(Fault::kWrongPassword, 30);
  std::string secret = account_.secret;
  if (wrong_password_) std::ranges::reverse(secret);
  const std::string& uid = stage_.people[account_.person].uid;
  say({.op = ClientOp::kLogin, .uid = uid, .node = secret}, {});
}

void Device::disconnect() {
  if (!wire_) return;
  wire_->hang_up(Wire::Side::kClient, stage_.random.chance(500));
  lost();
}

void Device::lost() {
  wire_ = nullptr;
  if (state_ != State::kDead) state_ = State::kOut;
  octets_.clear();
}

std::string Device::first_alias() const {
  return fmt::format("{}alias-{}-{}", kMarker, account_.person, entries_);
}

void Device::on_registered(const net::Reply& reply) {
  Stage::PersonEntry& person = stage_.people[account_.person];
  person.uid = reply.uid.value_or("");
  if (!reply.error) person.alias = first_alias();
  account_.secret = reply.nodeid.value_or("");
  stage_.roster.node(account_.node).added.to = stage_.time.steps();
}

void Device::on_entered() {
  const Roster::NodeEntry& node = stage_.roster.node(account_.node);
  if (wrong_password_) stage_.oracle.fault("a wrong password was accepted: " + name_);
  if (dropped_ && node.dropped.to < stage_.time.steps() && node.dropped.to != kNotYet) {
    stage_.oracle.fault("a dropped node logged in: " + name_);
  }
  stage_.say(fmt::format("{} ({}) is in", name_, link_));
  state_ = State::kIn;
  in_since_ = stage_.time.now();
  for (Device* twin : twins_) twin->send_forbidden(entered_at_);
  if (twin_of_ != nullptr) twin_of_->send_forbidden(entered_at_);
  send_open();
}

void Device::on_quit(const net::Reply& reply) {
  const std::string why = reply.error.value_or(reply.info.value_or(""));
  stage_.say(fmt::format("{} is told to quit: {}", name_, why));
  if (why == "logout ok") {
    for (const std::string& id : quit_acks_) stage_.oracle.ack_confirmed(place(), id);
  }
  const bool drop_asked = stage_.roster.node(account_.node).drop_asked;
  if (why == "login failed" && !wrong_password_ && !drop_asked) {
    stage_.oracle.fault("a right password was refused: " + name_);
  }
  disconnect();
  if (why == "login failed" && dropped_) {
    state_ = State::kDead;
    return;
  }
  // Whoever was replaced stays away for a while, else the two would replace each other for ever.
  if (why == "replaced by a new login") plan(Micros(stage_.random.between(20'000'000, 90'000'000)));
}

// ---------------------------------------------------------------------------------------------
// hear

void Device::heard(const std::string& octets) {
  octets_ += octets;
  const std::uint64_t link = link_;
  while (wire_ && link == link_) {
    std::string_view in = octets_;
    net::HeaderReader reader;
    const auto state = reader.feed(in);
    if (state == net::HeaderReader::State::kBadLength) {
      return stage_.oracle.fault(name_ + " hears what is no frame");
    }
    if (state != net::HeaderReader::State::kReady) return;
    const std::string header(reader.header());
    const auto reply = net::parse_reply(header);
    if (!reply) return stage_.oracle.fault(name_ + " hears a header of nobody: " + header);
    if (in.size() < reply->data_bytes) return;
    const std::string data(in.substr(0, reply->data_bytes));
    octets_.erase(0, octets_.size() - in.size() + data.size());
    on_frame(*reply, header, data);
  }
}

void Device::on_frame(const net::Reply& reply, std::string_view header, std::string_view data) {
  if (reply.op == "registered") return on_registered(reply);
  if (reply.op == "info") return on_entered();
  if (reply.op == "quit") return on_quit(reply);
  if (reply.op == "ack" || reply.op == "updated") return on_answer(reply);
  if (reply.wants_ack()) on_message(reply, header, data);
}

void Device::on_answer(const net::Reply& reply) {
  // Asked twice on this link, for want of an answer: then there are two.
  if (reply.id && resent_.contains(*reply.id) &&
      (asked_.empty() || asked_.front().request.id != *reply.id)) {
    return;
  }
  if (asked_.empty() || !asked_.front().sent ||
      (reply.op == "ack" && reply.id != asked_.front().request.id)) {
    return stage_.oracle.fault(
        fmt::format("{} hears an answer to what it did not ask: {}", name_, reply.id.value_or("")));
  }
  if (reply.error && reply.retry) {  // nothing was stored, and it may pass
    asked_.front().sent = false;
    const std::uint64_t link = link_;
    stage_.time.after(std::chrono::seconds(*reply.retry), [this, link] {
      if (link == link_ && state_ == State::kIn) send_open();
    });
    // What follows was sent, too: it is asked again behind it, so that the order stays.
    return disconnect();
  }
  const Asked asked = std::move(asked_.front());
  asked_.pop_front();
  stage_.say(fmt::format("{} ({}) is answered: {} {}", name_, link_, asked.request.id,
                         reply.error.value_or("ok")));
  last_id_ = asked.request.id;
  for (const std::string& id : asked.confirmed) stage_.oracle.ack_confirmed(place(), id);
  for (const std::string& token : asked.tokens) {
    if (reply.error) {
      // Asked twice on this link, one time may be refused and the other one taken.
      if (!resent_.contains(asked.request.id)) stage_.oracle.refused(token);
    } else {
      const bool first = token == asked.tokens.front();
      stage_.oracle.acked(token, first ? reply.msgid.value_or("") : "");
    }
  }
  if (asked.done) asked.done(reply, !reply.error);
  if (wire_) send_open();
}

void Device::check_headsum(const net::Reply& reply, std::string_view header) {
  if (account_.dialect != ops::Dialect::kTmtp) return;
  const auto text = reply.headsum ? without_headsum(header, *reply.headsum) : std::nullopt;
  if (!text || crc32c(fmt::format("{:04x}{}", text->size(), *text)) != *reply.headsum) {
    stage_.oracle.fault(fmt::format("{} hears a wrong headsum: {}", name_, header));
  }
}

void Device::on_message(const net::Reply& reply, std::string_view header, std::string_view data) {
  stage_.say(fmt::format("{} ({}) hears {} {}", name_, link_, reply.op, *reply.id));
  check_headsum(reply, header);
  const bool carries = reply.op == "delivery" || reply.op == "notify" || reply.op == "ping" ||
                       (reply.op == "invite" && !data.empty());
  const std::string token(data.substr(0, data.find(' ')));
  if (carries) {
    stage_.oracle.delivered(place(), *reply.id, token, data);
  } else {
    stage_.oracle.noticed(place(), *reply.id);
  }
  if (reply.op == "user" || reply.op == "account" || reply.op == "login") on_user(reply);
  held_acks_.push_back(*reply.id);
  if (!stage_.faults.hit(Fault::kAcksLate, 200)) return flush_acks();
  if (std::exchange(acks_planned_, true)) return;
  stage_.time.after(Micros(stage_.random.below(30'000'000)), [this] {
    acks_planned_ = false;
    flush_acks();  // of whatever link there is by then
  });
}

// A word about this person's own account: for nobody else.
void Device::on_user(const net::Reply& reply) {
  const std::string& uid = stage_.people[account_.person].uid;
  if (reply.from != uid) {
    stage_.oracle.fault(
        fmt::format("leaked: {} hears of the account of {}", name_, reply.from.value_or("")));
  }
  // Either session of the node may hear what one of them asked for.
  Device& asker = twin_of_ != nullptr ? *twin_of_ : *this;
  if (asker.new_node_.empty() || reply.newnode != asker.new_node_ || !reply.nodeid) return;
  const Roster::NodeIndex index = asker.new_node_index_;
  const Account account{.person = account_.person,
                        .node = index,
                        .dialect = account_.dialect,
                        .ordinal = 0,
                        .secret = *reply.nodeid};
  auto device = std::make_unique<Device>(stage_, stage_.roster.node(index).name, account);
  asker.new_node_.clear();
  stage_.enter(std::move(device)).wake();
}

// ----------------------------------------------------------------------------------------------
// say

void Device::say(const net::ClientRequest& request, std::string_view data) {
  if (!wire_) return;
  last_said_ = stage_.time.now();
  std::string octets = net::encode_request(account_.dialect, request) + std::string(data);
  if (stage_.faults.hit(Fault::kCutMidway, 3)) {
    octets.resize(stage_.random.below(octets.size()));
    wire_->say(Wire::Side::kClient, std::move(octets));
    return disconnect();
  }
  wire_->say(Wire::Side::kClient, std::move(octets));
}

void Device::send(Asked& asked) {
  // Sent again on the same link, its answer may be that to the first time: it confirms no later
  // ack.
  if (!asked.sent) asked.confirmed = std::exchange(link_acks_, {});
  asked.sent = true;
  asked.sent_at = stage_.time.now();
  asked.request.retry = asked.again;
  const net::ClientRequest request = asked.request;
  const std::string data = asked.data;
  say(request, data);
  if (!wire_ || !stage_.faults.hit(Fault::kAnswerLost, 20)) return;
  stage_.time.after(Micros(stage_.random.between(100, 4'000)), [this, link = link_] {
    if (link == link_) disconnect();
  });
}

void Device::send_open() {
  std::size_t under_way = 0;
  for (std::size_t i = 0; i < asked_.size() && wire_ && state_ == State::kIn; ++i) {
    if (++under_way > window()) return;
    if (!asked_[i].sent) send(asked_[i]);
  }
}

void Device::ack(const std::string& id) {
  if (!wire_) return;
  stage_.say(fmt::format("{} ({}) acks {}", name_, link_, id));
  stage_.oracle.ack_sent(place(), id);
  link_acks_.push_back(id);
  say({.op = ClientOp::kAck, .id = id}, {});
}

void Device::flush_acks() {
  std::vector<std::string> acks = std::exchange(held_acks_, {});
  if (stage_.faults.hit(Fault::kAcksOutOfOrder, 300)) std::ranges::reverse(acks);
  const std::uint64_t link = link_;
  for (const std::string& id : acks) {
    if (!wire_ || link != link_) return;
    ack(id);
    if (wire_ && stage_.faults.hit(Fault::kRepeatedAcks, 50)) ack(id);
  }
}

}  // namespace mnm::sim
