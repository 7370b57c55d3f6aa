// Who may do what: every op by everybody who might ask, as one table. What is refused changes
// nothing.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <array>
#include <functional>

#include "ops/story.h"

namespace mnm::ops {
namespace {

constexpr const char* kGroup = "the-group";
constexpr std::array kRoles = {"nobody",  "maker",  "makers-phone", "member",
                               "invited", "barred", "stranger",     "receive-only"};

// A group, and everybody's relation to it.
class Cast : public World {
 public:
  Cast() {
    maker = comes("maker");
    phone = adds_node(maker);
    clients["maker"] = maker;
    clients["makers-phone"] = phone;
    for (const char* name : {"member", "invited", "barred", "stranger", "receive-only", "guest"}) {
      clients[name] = comes(name);
    }
    for (const char* name : {"member", "invited", "barred", "receive-only"}) {
      EXPECT_EQ(invites(maker, kGroup, alias_of("maker"), alias_of(name)).error(), "");
      if (std::string_view(name) == "invited") continue;
      EXPECT_EQ(edits_group(clients[name], GroupAct::kJoin, kGroup).error(), "");
    }
    drop_from_group(maker, alias_of("barred"));
    sets_receive_only(clients["receive-only"].uid);
    // Somebody who has no session: as a request that comes too late, or from whoever guesses.
    clients["nobody"] = Client{.session = SessionId(9'999), .uid = "nobody"};
    for (const auto& [name, client] : clients) {
      if (client.node) reads_all(client);
    }
    letter = posts(clients["guest"], maker).shown();
  }

  static std::string alias_of(const std::string& role) {
    return (role == "makers-phone" ? "maker" : role) + "-alias";
  }
  Outcome drop_from_group(const Client& who, const std::string& alias) {
    GroupEdit edit;
    edit.act = GroupAct::kDrop;
    edit.gid = kGroup;
    edit.to = alias;
    return ask(who, edit);
  }

  std::map<std::string, Client> clients;
  Client maker;
  Client phone;
  Lsn letter;  // waits for both nodes of the maker

 private:
  Client comes(const std::string& name) { return registers(Dialect::kMmtp, alias_of(name)); }
};

UserEdit edit_as(const Client& claimed) {
  UserEdit edit;
  edit.credentials = {claimed.uid, World::verifier(claimed.uid, claimed.secret)};
  return edit;
}

struct Row {
  const char* what;
  std::function<Outcome(Cast&, const Client& who, const std::string& role)> ask;
  // By role, in the order of kRoles: "" is yes, "none" no answer; U is who asks.
  std::array<const char*, kRoles.size()> answers;
};

constexpr const char* kMute = "not allowed for a receive-only account";
constexpr const char* kNoUser = "none";

std::vector<Row> message_rows() {
  return {
      {"posts to a user",
       [](Cast& cast, const Client& who, const std::string&) {
         return cast.posts(who, cast.clients["guest"]);
       },
       {kNoUser, "", "", "", "", "", "", kMute}},
      {"posts to the group",
       [](Cast& cast, const Client& who, const std::string&) {
         return cast.posts(who, {{kGroup, TargetType::kGroupWithoutSelf}});
       },
       {kNoUser, "", "", "", "", "GroupGetUsers: iByUid U not a member",
        "GroupGetUsers: iByUid U not a member", kMute}},
      {"pings under its own alias",
       [](Cast& cast, const Client& who, const std::string& role) {
         return cast.pings(who, Cast::alias_of(role), "guest-alias");
       },
       {kNoUser, "", "", "", "", "", "", kMute}},
      {"pings under the maker's alias",
       [](Cast& cast, const Client& who, const std::string&) {
         return cast.pings(who, "maker-alias", "guest-alias");
       },
       {kNoUser, "", "", "from must identify sender", "from must identify sender",
        "from must identify sender", "from must identify sender", kMute}},
      {"invites into the group",
       [](Cast& cast, const Client& who, const std::string& role) {
         return cast.invites(who, kGroup, Cast::alias_of(role), "guest-alias");
       },
       {kNoUser, "", "", "", "GroupInvite: iByUid U not a member",
        "GroupInvite: iByUid U not a member", "GroupInvite: iByUid U not a member", kMute}},
      {"makes a group",
       [](Cast& cast, const Client& who, const std::string& role) {
         return cast.invites(who, "another-group", Cast::alias_of(role), "guest-alias");
       },
       {kNoUser, "", "", "", "", "", "", kMute}},
  };
}

std::vector<Row> group_rows() {
  return {
      {"joins the group",
       [](Cast& cast, const Client& who, const std::string&) {
         return cast.edits_group(who, GroupAct::kJoin, kGroup);
       },
       {kNoUser, "", "", "", "", "GroupJoin: iUid U not invited", "GroupJoin: iUid U not invited",
        ""}},
      {"takes its alias in the group",
       [](Cast& cast, const Client& who, const std::string& role) {
         return cast.edits_group(who, GroupAct::kAlias, kGroup, Cast::alias_of(role));
       },
       {kNoUser, "", "", "", "GroupAlias: iUid U not a member", "GroupAlias: iUid U not a member",
        "GroupAlias: iUid U not a member", ""}},
      {"drops a member from the group",
       [](Cast& cast, const Client& who, const std::string&) {
         return cast.drop_from_group(who, "member-alias");
       },
       {kNoUser, "", "", "", "GroupQuit: iByUid U not a member", "GroupQuit: iByUid U not a member",
        "GroupQuit: iByUid U not a member", ""}},
  };
}

std::vector<Row> account_rows() {
  return {
      {"takes a new alias",
       [](Cast& cast, const Client& who, const std::string&) {
         UserEdit edit = edit_as(who);
         edit.new_alias = "a-further-alias";
         return cast.ask(who, edit);
       },
       {kNoUser, "", "", "", "", "", "", ""}},
      {"takes the maker's alias",
       [](Cast& cast, const Client& who, const std::string&) {
         UserEdit edit = edit_as(who);
         edit.new_alias = "maker-alias";
         return cast.ask(who, edit);
       },
       {kNoUser, "", "", "AddAlias: alias maker-alias already taken",
        "AddAlias: alias maker-alias already taken", "AddAlias: alias maker-alias already taken",
        "AddAlias: alias maker-alias already taken", "AddAlias: alias maker-alias already taken"}},
      {"drops the maker's alias",
       [](Cast& cast, const Client& who, const std::string&) {
         UserEdit edit = edit_as(who);
         edit.drop_alias = "maker-alias";
         return cast.ask(who, edit);
       },
       {kNoUser, "", "", "DropAlias: iAlias maker-alias not for iUid U",
        "DropAlias: iAlias maker-alias not for iUid U",
        "DropAlias: iAlias maker-alias not for iUid U",
        "DropAlias: iAlias maker-alias not for iUid U",
        "DropAlias: iAlias maker-alias not for iUid U"}},
      // Nodes are named by numbers among one's own: another's can't even be named.
      {"drops node 2",
       [](Cast& cast, const Client& who, const std::string&) {
         UserEdit edit = edit_as(who);
         edit.drop_node = 2;
         return cast.ask(who, edit);
       },
       {kNoUser, "", "", "DropNode: node 2 not found", "DropNode: node 2 not found",
        "DropNode: node 2 not found", "DropNode: node 2 not found", "DropNode: node 2 not found"}},
      {"adds a node by the maker's password",
       [](Cast& cast, const Client& who, const std::string&) {
         UserEdit edit = edit_as(cast.maker);
         edit.new_node = "another";
         edit.secret = cast.fresh_secret(cast.maker.uid);
         return cast.ask(who, edit);
       },
       {kNoUser, "", "login failed", "login failed", "login failed", "login failed", "login failed",
        "login failed"}},
      {"shows its presence to the maker",
       [](Cast& cast, const Client& who, const std::string&) {
         return cast.ask(who, OhiEdit{OhiType::kAdd, {cast.clients["guest"].uid}});
       },
       {kNoUser, "", "", "", "", "", "", ""}},
  };
}

// With U for the uid.
std::string told(const Outcome& outcome, const std::string& uid) {
  std::string error = outcome.error();
  if (const auto updated = outcome.told_to<Updated>(outcome.asked_by); !updated.empty()) {
    error = updated.front().error;
  }
  const std::size_t at = uid.empty() ? std::string::npos : error.find(uid);
  if (at != std::string::npos) error.replace(at, uid.size(), "U");
  return error;
}

void expect_as_in(const Row& row) {
  for (std::size_t i = 0; i < kRoles.size(); ++i) {
    Cast cast;
    const std::string role = kRoles[i];
    const Client who = cast.clients[role];
    const Hash before = cast.views().digest();
    const Outcome outcome = row.ask(cast, who, role);
    EXPECT_EQ(told(outcome, who.uid), row.answers[i]) << role << " " << row.what;
    if (*row.answers[i] != '\0') {
      for (const std::string& fact : outcome.facts()) {
        EXPECT_EQ(fact, "refused") << role << " " << row.what;
      }
      EXPECT_TRUE(outcome.stored.empty()) << role << " " << row.what;
      // A failed ping or invite counts against whoever sent it, which is a change of its own.
      const bool counted = std::ranges::any_of(outcome.events, [](const event::Event& event) {
        return event.refused().op() == event::PING || event.refused().counts_as_ping();
      });
      if (!counted) {
        EXPECT_EQ(cast.views().digest(), before) << role << " " << row.what;
      }
    }
    EXPECT_EQ(cast.verify(), "") << role << " " << row.what;
  }
}

TEST(Authorisation, OfMessages) {
  for (const Row& row : message_rows()) expect_as_in(row);
}
TEST(Authorisation, OfGroups) {
  for (const Row& row : group_rows()) expect_as_in(row);
}
TEST(Authorisation, OfAccounts) {
  for (const Row& row : account_rows()) expect_as_in(row);
}

TEST(Authorisation, OfAcksIsTheNodesOwn) {
  for (const char* role : kRoles) {
    Cast cast;
    const std::vector<Lsn> waiting{cast.letter};
    cast.acks(cast.clients[role], cast.letter);
    const bool own = std::string_view(role) == "maker";
    const bool phones = std::string_view(role) == "makers-phone";
    EXPECT_EQ(cast.waiting(cast.maker), own ? std::vector<Lsn>() : waiting) << role;
    EXPECT_EQ(cast.waiting(cast.phone), phones ? std::vector<Lsn>() : waiting) << role;
  }
}

}  // namespace
}  // namespace mnm::ops
