// Malformed input by the thousand: each gets exactly its answer, asks the engine for nothing, and
// ends the link.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <tuple>
#include <utility>

#include "net/malformed_rows.h"
#include "net/session.h"

namespace mnm::net::testing {
namespace {

class NoRandom final : public RandomSource {
 public:
  std::string take(std::size_t count) override { return std::string(count, 'r'); }
};

// A link to the real session, with the real codecs.
class Link final : public SessionActions {
 public:
  explicit Link(const MalformedRow& row) {
    if (row.dialect == ops::Dialect::kTmtp) say(R"({"op":0,"id":"1"})");
    if (row.dialect == ops::Dialect::kMmtp) say(R"({"op":0,"mmtp":"1"})");
    if (!row.logged_in) return;
    const int op = row.dialect == ops::Dialect::kTmtp ? 2 : 3;
    say(fmt::format(R"({{"op":{},"uid":"BCD","node":"{}"}})", op, std::string(40, 'B')));
    session.effects({}, ops_logged_in());
    sent.clear();
    offered.clear();
  }
  void say(const std::string& json) { hear(fmt::format("{:04x}{}", json.size(), json)); }
  void hear(const std::string& octets) {
    session.received({}, octets);
    session.sent({}, 0);
  }

  void send(Outgoing outgoing) override {
    sent += std::string(outgoing.head) + outgoing.own;
    if (outgoing.body) sent += *outgoing.body;
  }
  ops::Inbox::Offer offer(ops::Request&& request) override {
    offered.push_back(std::move(request));
    return ops::Inbox::Offer::kTaken;
  }
  void write_body(std::string, bool) override { FAIL() << "a body is stored"; }
  void read_message(Lsn) override {}
  void read_body(log::BodyFile, std::uint64_t, std::size_t) override {}
  void close(Closing how, std::string_view) override { flushed = how == Closing::kFlush; }

  std::string sent;
  std::vector<ops::Request> offered;
  bool flushed = false;

 private:
  static std::vector<ops::Effect> ops_logged_in() {
    std::vector<ops::Effect> effects;
    effects.emplace_back(ops::LoggedIn{});
    return effects;
  }
  Keys keys_{std::string(32, 'p'), std::string(32, 'r')};
  NoRandom random_;
  SessionWorld world_{codec_for_first, "site", keys_, random_, {}};

 public:
  Session session{{SessionId(1), nullptr, nullptr, {}}, world_, *this};
};

std::string quit_of(const MalformedRow& row) {
  const bool tmtp = row.dialect == ops::Dialect::kTmtp;
  const std::string json = tmtp ? fmt::format(R"({{"error":"{}","op":"quit"}})", row.error)
                                : fmt::format(R"({{"info":"{}","op":"quit"}})", row.error);
  return fmt::format("{:04x}{}", json.size(), json);
}

// What went wrong with this row; empty if nothing.
std::string judge(const MalformedRow& row, std::size_t piece) {
  Link link(row);
  link.sent.clear();
  for (std::size_t at = 0; at < row.octets.size() && !link.session.ended(); at += piece) {
    link.hear(row.octets.substr(at, piece));
  }
  if (!link.session.ended()) return "the link goes on";
  if (!link.flushed) return "its last words are cut off";
  if (link.sent != quit_of(row)) return fmt::format("answered {} not {}", link.sent, quit_of(row));
  const std::size_t losses = row.logged_in ? 1 : 0;
  if (link.offered.size() != losses) return "the engine is asked";
  if (losses == 1 && !std::holds_alternative<ops::Lost>(link.offered[0].command)) {
    return "the engine is asked for something else than the end";
  }
  return {};
}

TEST(Malformed, HasTwoThousandRowsAndMoreOfDifferentOctets) {
  std::set<std::tuple<int, bool, std::string>> different;
  for (const MalformedRow& row : malformed_rows()) {
    different.insert({static_cast<int>(row.dialect), row.logged_in, row.octets});
  }
  EXPECT_GE(different.size(), 2000U);
}

TEST(Malformed, GetsExactlyItsAnswerAndChangesNothing) {
  for (const MalformedRow& row : malformed_rows()) {
    EXPECT_EQ(judge(row, row.octets.size()), "") << row.name << "\n" << row.octets.substr(0, 200);
  }
}

TEST(Malformed, IsTheSameOctetByOctet) {
  for (const MalformedRow& row : malformed_rows()) {
    if (row.octets.size() > 1000) continue;
    EXPECT_EQ(judge(row, 1), "") << row.name << "\n" << row.octets;
  }
}

}  // namespace
}  // namespace mnm::net::testing
