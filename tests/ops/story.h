// A relay without an engine, for tests of what ops decide: requests are decided one by one, their
// events folded at once, and what sessions are told is kept. Its words are those of a story: users
// register, log in, post; afterwards one looks at answers, events and queues.
//
// Every story ends with verify(): the live views must equal the ones rebuilt from the events and
// the ones loaded from a checkpoint written change by change, and rows and copies must add up.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "ops/decision.h"
#include "state/rows.h"
#include "support/partial_fold.h"

namespace mnm::ops {

// A node of somebody, with its live session if it has one.
struct Client {
  UserNo user;
  NodeNo node;
  SessionId session;
  std::string uid;
  std::string secret;
  std::uint32_t ordinal = 1;
  Dialect dialect = Dialect::kTmtp;
};

struct Outcome {
  SessionId asked_by;
  std::vector<event::Event> events;
  std::vector<Lsn> stored;  // ids of the messages that the events made
  std::vector<Told> told;
  NodeNo attached;
  std::size_t stray_acks = 0;

  // The names of the events' facts, in order: "member_set".
  [[nodiscard]] std::vector<std::string> facts() const;
  // The error in the answer to the session that asked; empty if it went well; "none" without any
  // answer.
  [[nodiscard]] std::string error() const;
  // The id that the answer shows; 0 if none.
  [[nodiscard]] Lsn shown() const;
  // What this session was told of its kind, in order.
  template <class Kind>
  [[nodiscard]] std::vector<Kind> told_to(SessionId session) const {
    std::vector<Kind> found;
    for (const Told& one : told) {
      const auto* effect = std::get_if<Kind>(&one.effect);
      if (one.session == session && effect != nullptr) found.push_back(*effect);
    }
    return found;
  }
  template <class Kind>
  [[nodiscard]] Kind answer() const {
    const auto found = told_to<Kind>(asked_by);
    EXPECT_EQ(found.size(), 1U) << "answers of the kind expected";
    return found.empty() ? Kind{} : found.front();
  }
};

// How a request is sent.
struct Manner {
  std::string id = {};  // a new one when empty
  bool retry = false;
  bool nameless = false;  // without any id
};

class World {
 public:
  Limits limits;
  bool budget_spent = false;  // for refusals in the log
  bool disk_low = false;

  // --- who there is ---
  Client registers(Dialect dialect = Dialect::kTmtp, const std::string& alias = {});
  // Logs `client`'s node in on a new session.
  Client logs_in(Client client);
  // A further node of the same user, logged in.
  Client adds_node(const Client& client);
  void quits(const Client& client) { ask(client, Quit{}); }

  // --- what is asked ---
  Outcome ask(const Client& client, Command command, Manner manner = {});
  Outcome posts(const Client& from, std::vector<Target> to, std::string_view text = "hello");
  Outcome posts(const Client& from, const Client& to) { return posts(from, {{to.uid}}); }
  Outcome pings(const Client& from, const std::string& alias, const std::string& to);
  Outcome invites(const Client& from, const std::string& gid, const std::string& alias,
                  const std::string& to);
  Outcome edits_group(const Client& who, GroupAct act, const std::string& gid,
                      const std::string& alias = {});
  Outcome acks(const Client& who, Lsn id) { return ask(who, Ack{id}, {.nameless = true}); }
  // Acks all that waits for the node.
  void reads_all(const Client& who);
  Outcome ticks(unsigned hours = 1);  // the last tick's outcome
  Outcome sets_receive_only(const std::string& uid, bool on = true);
  // An administrator asks.
  Outcome administers(Command command);
  // The process ends and starts again: all sessions are gone.
  void restarts();

  // --- what came of it ---
  [[nodiscard]] const state::Views& views() const { return views_; }
  // What waits for the node, in the order of delivery.
  [[nodiscard]] std::vector<Lsn> waiting(NodeNo node) const;
  [[nodiscard]] std::vector<Lsn> waiting(const Client& who) const { return waiting(who.node); }
  // The same as kinds: "user", "delivery".
  [[nodiscard]] std::vector<std::string> queue(const Client& who) const;
  // The header of a message that waits for somebody.
  [[nodiscard]] const message::Header& header(Lsn id) const;
  // The last one of that kind which waits for the node.
  [[nodiscard]] message::Header last(const Client& who, message::Kind kind) const;
  [[nodiscard]] bool has_row(Lsn id) const { return rows_.contains(id); }
  [[nodiscard]] const std::vector<Lsn>& purged() const { return purged_; }
  // What is wrong; empty when all adds up.
  [[nodiscard]] std::string verify() const;

  // --- parts ---
  static Body body(std::string_view text);
  // Where all sessions come from, by the book of those that live.
  static Origin session_origin() { return {event::TLS, "192.0.2.7:4", "192.0.2.7"}; }
  static Hash verifier(const std::string& uid, const std::string& secret);
  FreshSecret fresh_secret(const std::string& uid);

 private:
  struct Counts final : Sessions {
    [[nodiscard]] SessionCounts counts(SessionId) const override { return {7, 5, 1, 3, 2}; }
    [[nodiscard]] const Origin* origin(SessionId) const override { return &where; }
    const Origin where = session_origin();
  };
  Outcome decide_and_fold(const Request& request, UserNo user, NodeNo node);
  void fold(const event::Event& event);
  void keep_book(const Request& request, const Decision& decision);
  [[nodiscard]] std::string why_copies_differ() const;
  [[nodiscard]] std::string why_reloaded_differs(const testing::RowMap& rows) const;

  Counts counts_;
  state::Views views_;
  Lsn next_{1};
  std::uint64_t now_ns_ = 1'800'000'000'000'000'000;
  std::uint64_t serial_ = 0;  // of ids, secrets, uids
  SessionId last_session_;
  std::map<SessionId, NodeNo> accounts_;  // of live sessions
  std::vector<std::string> history_;      // all events, as stored
  std::map<Lsn, MessageHandle> rows_;
  std::vector<Lsn> purged_;
  testing::RowMap checkpoint_;
  testing::PartialFold partial_;
};

// The base of the tests' fixtures.
class Story : public ::testing::Test, protected World {
 protected:
  void TearDown() override { EXPECT_EQ(verify(), ""); }
};

}  // namespace mnm::ops
