// Implements session_rig.h.
#include "net/session_rig.h"

#include <fmt/format.h>

#include <sstream>

namespace mnm::net::testing {
namespace {

struct Words {
  explicit Words(std::string_view header) : in(std::string(header)) { in >> op; }
  std::string word() {
    std::string text;
    in >> text;
    return text;
  }
  std::uint64_t number() {
    std::uint64_t value = 0;
    in >> value;
    return value;
  }
  std::istringstream in;
  std::string op;
};

Incoming of(ops::Command command, std::string id = {}) {
  Incoming incoming;
  incoming.what = std::move(command);
  incoming.id = std::move(id);
  return incoming;
}

Incoming post(Words& words) {
  ops::Post post;
  Incoming incoming;
  incoming.id = words.word();
  if (words.op == "postnotify") {
    post.note.emplace();
    incoming.data.note_bytes = words.number();
  }
  incoming.data.body_bytes = words.number();
  incoming.what = ops::Command(std::move(post));
  return incoming;
}

// The whole vocabulary.
tl::expected<Incoming, Fatal> words(std::string_view header) {
  Words words(header);
  if (words.op == "tmtprev" || words.op == "mmtprev") {
    Incoming incoming;
    incoming.what = VersionRequest{words.op == "mmtprev"};
    return incoming;
  }
  if (words.op == "pulse") {
    Incoming incoming;
    incoming.what = Pulse{};
    return incoming;
  }
  if (words.op == "register") {
    Incoming incoming = of(ops::Register{words.word(), {}, {}, {}});
    incoming.secret = words.word();
    return incoming;
  }
  if (words.op == "login") {
    Incoming incoming = of(ops::Login{words.word(), {}});
    incoming.secret = words.word();
    return incoming;
  }
  if (words.op == "newnode") {
    ops::UserEdit edit;
    const std::string id = words.word();
    edit.new_node = words.word();
    return of(std::move(edit), id);
  }
  if (words.op == "post" || words.op == "postnotify") return post(words);
  if (words.op == "ping") {
    Incoming incoming = of(ops::Ping{}, words.word());
    incoming.data = {0, words.number(), true};
    return incoming;
  }
  if (words.op == "ohi") return of(ops::OhiEdit{}, words.word());
  if (words.op == "ack") return of(ops::Ack{Lsn(words.number())});
  if (words.op == "quit") return of(ops::Quit{});
  // Requests that are whole, but ask for what can't be.
  if (words.op == "badlogin") {
    return tl::unexpected(Fatal{"corrupt base32 value", event::LOGIN, "alice"});
  }
  if (words.op == "longping") {
    return tl::unexpected(Fatal{"data too long for request type", event::PING});
  }
  return tl::unexpected(Fatal{"invalid header"});
}

struct Name {
  std::string operator()(const ops::Register& entry) {
    return "register uid=" + entry.uid + " secret=" + entry.secret.text;
  }
  std::string operator()(const ops::Login& login) { return "login " + login.uid; }
  std::string operator()(const ops::UserEdit& edit) { return "newnode " + edit.secret.text; }
  std::string operator()(const ops::Post& post) {
    const auto octets = [](const ops::Body& body) {
      return fmt::format("{}{}", body.size, body.upload ? " in a file" : "");
    };
    std::string text = "post " + octets(post.body);
    if (post.note) text += " note " + octets(post.note->body);
    return text;
  }
  std::string operator()(const ops::Ping& ping) {
    return "ping '" + (ping.text.bytes ? *ping.text.bytes : "") + "'";
  }
  std::string operator()(const ops::OhiEdit&) { return "ohi"; }
  std::string operator()(const ops::Ack& ack) { return fmt::format("ack {}", ack.id.value()); }
  std::string operator()(const ops::Quit&) { return "quit"; }
  std::string operator()(const ops::Lost& lost) { return "lost: " + lost.reason; }
  std::string operator()(const ops::TurnedDown& request) {
    const std::string again = request.retry_after_s != 0 ? " for now" : "";
    const std::string whose = request.uid.empty() ? "" : " of " + request.uid;
    return "turned down" + again + ": " + event::Op_Name(request.op) + whose + ": " + request.error;
  }
  template <class Other>
  std::string operator()(const Other&) {
    return "something that no client asks for";
  }
};

struct Answer {
  ops::Dialect dialect;
  std::string operator()(const ops::Registered& r) { return "<registered " + r.secret + ">"; }
  std::string operator()(const ops::LoggedIn&) { return "<logged in>"; }
  std::string operator()(const ops::Acknowledged& a) {
    return "<ack " + a.id + (a.error.empty() ? "" : " error " + a.error) + ">";
  }
  std::string operator()(const ops::Updated& u) {
    const std::string node = u.ordinal ? " of node " + std::to_string(u.ordinal.value()) : "";
    return "<updated " + u.secret + node + ">";
  }
  std::string operator()(const ops::Dismissed& d) {
    return d.text.empty() ? "" : "<quit " + d.text + ">";
  }
  std::string operator()(const ops::Ohi& o) { return "<ohi " + o.from_uid + ">"; }
  std::string operator()(const ops::Delivery&) { return "<not for this call>"; }
  std::string operator()(const ops::Revoked&) { return "<not for this call>"; }
};

std::string abbreviated(std::string_view text) {
  if (text.size() <= 60) return std::string(text);
  return fmt::format("{}..({})", text.substr(0, 8), text.size());
}

}  // namespace

std::string frame_of(std::string header, const std::string& data) {
  if (header.size() < kHeaderBytesMin) header.resize(kHeaderBytesMin, ' ');
  return fmt::format("{:04x}", header.size()) + header + data;
}

tl::expected<Incoming, Fatal> WordCodec::decode(std::string_view header) const {
  return words(header);
}
std::string WordCodec::encode(const ops::Effect& effect) const {
  return std::visit(Answer{dialect_}, effect);
}
const std::string& WordCodec::encode_delivery(const ops::Message& message) const {
  return message.form(static_cast<std::size_t>(dialect_), [this](const ops::Message& m) {
    const bool unspeakable =
        m.header().kind() == message::UNDELIVERED && dialect_ == ops::Dialect::kTmtp;
    return unspeakable ? std::string() : fmt::format("<delivery {}>", m.id().value());
  });
}
std::string WordCodec::encode_version(std::string_view name, std::string_view services) const {
  return fmt::format("<version {}{}>", name, services);
}
std::string WordCodec::encode_fatal(const Fatal& fatal) const {
  return "<fatal " + std::string(fatal.text) + ">";
}
const Codec* choose_words(std::string_view header) {
  static const WordCodec tmtp(ops::Dialect::kTmtp);
  static const WordCodec mmtp(ops::Dialect::kMmtp);
  if (header.front() == '?') return nullptr;
  return header.substr(0, 7) == "tmtprev" ? &tmtp : &mmtp;
}

std::string CountingRandom::take(std::size_t count) {
  std::string octets;
  while (octets.size() < count) octets.push_back(static_cast<char>(++next_));
  return octets;
}

void Notebook::send(Outgoing outgoing) {
  unsent += outgoing.size();
  std::string text(outgoing.head);
  text += abbreviated(outgoing.own);
  if (outgoing.body) text += abbreviated(*outgoing.body);
  lines.push_back("send " + text);
}
ops::Inbox::Offer Notebook::offer(ops::Request&& request) {
  const std::string pulses = request.pulses > 0 ? fmt::format(" (pulses {})", request.pulses) : "";
  lines.push_back("offer " + std::visit(Name{}, request.command) + pulses);
  requests.push_back(std::move(request));
  return answer;
}
void Notebook::write_body(std::string chunk, bool last) {
  lines.push_back(fmt::format("write {}{}", chunk.size(), last ? ", the last" : ""));
  written += chunk;
}
void Notebook::read_message(Lsn id) { lines.push_back(fmt::format("read row {}", id.value())); }
void Notebook::read_body(log::BodyFile, std::uint64_t offset, std::size_t) {
  lines.push_back(fmt::format("read file from {}", offset));
}
void Notebook::close(Closing how, std::string_view reason) {
  lines.push_back((how == Closing::kFlush ? "close: " : "abort: ") + std::string(reason));
}

Rig::Rig() : session({SessionId(7), nullptr, nullptr, now}, world, notebook) {}

void Rig::in(const std::string& octets) {
  coming_ += octets;
  pour();
}
void Rig::pour() {
  while (!coming_.empty() && session.wants_read()) {
    const std::string next = coming_.substr(0, piece);
    coming_.erase(0, next.size());
    session.received(now, next);
  }
}
void Rig::effects(std::vector<ops::Effect> effects) {
  session.effects(now, std::move(effects));
  pour();
}
void Rig::written() {
  const bool last = !notebook.lines.empty() && notebook.lines.back().ends_with("last");
  session.body_written(now, last ? std::make_shared<FakeUpload>() : nullptr);
  pour();
}
void Rig::not_written() {
  session.body_written(now, fail(ErrorCode::kUnavailable, "the disk is full"));
  pour();
}
void Rig::row(Result<ops::MessageHandle> message) {
  session.message_read(now, std::move(message));
  pour();
}
void Rig::chunk(Result<std::string> octets) {
  session.body_read(now, std::move(octets));
  pour();
}
void Rig::all_sent() {
  notebook.unsent = 0;
  session.sent(now, 0);
  pour();
}
void Rig::room() {
  notebook.answer = ops::Inbox::Offer::kTaken;
  session.resumed(now);
  pour();
}
void Rig::pass(std::chrono::milliseconds time) {
  now += time;
  session.expired(now);
}
void Rig::cut() { session.lost("cut"); }

Rig& Rig::tmtp_open() {
  in(frame_of("tmtprev 1"));
  all_sent();
  (void)done();
  return *this;
}
Rig& Rig::tmtp_ready() {
  in(frame_of("tmtprev 1") + frame_of("login alice secret"));
  effect(ops::LoggedIn{});
  all_sent();
  (void)done();
  return *this;
}
Rig& Rig::mmtp_ready() {
  in(frame_of("login alice secret"));
  effect(ops::LoggedIn{});
  all_sent();
  (void)done();
  return *this;
}
Lines Rig::done() { return std::exchange(notebook.lines, {}); }

Step octets(std::string octets) {
  return [octets = std::move(octets)](Rig& rig) { rig.in(octets); };
}

void expect_transcript(const std::vector<Step>& steps, const Lines& expected) {
  for (const std::size_t piece : {std::size_t{1} << 30U, std::size_t{1}, std::size_t{3}}) {
    SCOPED_TRACE(fmt::format("in pieces of {}", piece));
    Rig rig;
    rig.piece = piece;
    for (const Step& step : steps) step(rig);
    EXPECT_EQ(rig.done(), expected);
  }
  for (std::size_t whole = 0; whole <= steps.size(); ++whole) {
    SCOPED_TRACE(fmt::format("cut after step {}", whole));
    Rig rig;
    for (std::size_t i = 0; i < whole; ++i) steps[i](rig);
    rig.cut();
    const Lines before = rig.notebook.lines;
    rig.cut();
    rig.effect(ops::Dismissed{"late"});
    rig.room();
    rig.pass(1h);
    EXPECT_EQ(rig.notebook.lines, before) << "something happened after the end";
    std::size_t entries = 0;
    std::size_t losses = 0;
    std::size_t closes = 0;
    for (const std::string& line : before) {
      if (line.starts_with("offer login") || line.starts_with("offer register")) ++entries;
      if (line.starts_with("offer lost")) ++losses;
      if (line.starts_with("close") || line.starts_with("abort")) ++closes;
      EXPECT_FALSE(losses > 0 && line.starts_with("offer") && !line.starts_with("offer lost"));
    }
    EXPECT_EQ(losses, entries > 0 ? 1U : 0U);
    EXPECT_EQ(closes, 1U);
  }
}

ops::MessageHandle message_of(std::uint64_t id, const std::string& body) {
  message::Header header;
  header.set_kind(message::DELIVERY);
  header.set_data_bytes(body.size());
  return std::make_shared<const ops::Message>(
      Lsn(id), header, body.empty() ? nullptr : std::make_shared<const std::string>(body));
}
ops::MessageHandle file_message_of(std::uint64_t id, std::uint64_t size) {
  message::Header header;
  header.set_kind(message::DELIVERY);
  header.set_data_bytes(size);
  header.set_file_boot(1);
  header.set_file_serial(id);
  return std::make_shared<const ops::Message>(Lsn(id), header, nullptr);
}
ops::Delivery delivery_of(ops::MessageHandle message) {
  const Lsn id = message->id();
  const std::uint64_t bytes = message->header().data_bytes();
  return {id, bytes, std::move(message)};
}

}  // namespace mnm::net::testing
