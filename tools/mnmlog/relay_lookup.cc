// Lookups beside a running relay.
#include <algorithm>
#include <set>
#include <span>

#include "mnmlog/row_lookup.h"

namespace mnm::mnmlog {
namespace {

using ops::ViewsAsk;

class RelayLookup final : public RowLookup {
 public:
  explicit RelayLookup(const AdminReader& relay) : relay_(relay) {}

  [[nodiscard]] ops::WaitingSum waiting(NodeNo number) const override {
    return ask(ops::ask_waiting(number), ops::decode_waiting_answer).value_or(ops::WaitingSum());
  }
  [[nodiscard]] std::vector<NodeNo> waiters(Lsn id,
                                            const std::vector<NodeNo>& recipients) const override {
    std::set<NodeNo> found;
    for (std::span<const NodeNo> left = recipients; !left.empty();) {
      const auto some = left.first(std::min(left.size(), ops::kWaitersAskedMax));
      left = left.subspan(some.size());
      const auto answer = ask(ops::ask_waiters(id, some), ops::decode_waiters_answer);
      if (answer) found.insert(answer->begin(), answer->end());
    }
    return {found.begin(), found.end()};
  }
  [[nodiscard]] UserNo find_user(std::string_view uid) const override {
    return UserNo(number_of(ViewsAsk::kUserOfUid, uid));
  }
  [[nodiscard]] UserNo find_alias(std::string_view alias) const override {
    return UserNo(number_of(ViewsAsk::kUserOfAlias, alias));
  }
  [[nodiscard]] GroupNo find_group(std::string_view gid) const override {
    return GroupNo(number_of(ViewsAsk::kGroupOfId, gid));
  }

 private:
  [[nodiscard]] Result<std::optional<std::string>> row(const std::string& key) const override {
    Result<std::string> answer = relay_.ask_views(ops::ask_for(ViewsAsk::kRow, key));
    if (!answer) return fail(answer.error());
    if (answer->empty()) return std::nullopt;
    return std::move(*answer);
  }
  [[nodiscard]] Error damage() const override {
    return {ErrorCode::kUnavailable, "the relay's answer makes no sense"};
  }
  template <class Decode, class Answer = std::invoke_result_t<Decode, std::string_view>>
  [[nodiscard]] Answer ask(const std::string& question, Decode decode) const {
    const Result<std::string> octets = relay_.ask_views(question);
    if (!octets) {
      note(octets.error());
      return std::nullopt;
    }
    Answer answer = decode(*octets);
    if (!answer) note(damage());
    return answer;
  }
  [[nodiscard]] std::uint32_t number_of(ViewsAsk what, std::string_view name) const {
    return ask(ops::ask_for(what, name), ops::decode_number_answer).value_or(0);
  }

  const AdminReader& relay_;
};

// A round trip to a busy relay takes a turn of it, so what is there already isn't asked for.
class NamesLookup final : public Lookup {
 public:
  NamesLookup(const Lookup& checkpoint, const Lookup& relay)
      : checkpoint_(checkpoint), relay_(relay) {}

  [[nodiscard]] const state::User* user(UserNo number) const override {
    const bool named = named_.contains(number);
    const state::User* found = named ? nullptr : checkpoint_.user(number);
    if (found != nullptr) return found;
    found = relay_.user(number);
    newer_users_ = newer_users_ || found != nullptr;
    return found;
  }
  [[nodiscard]] const state::Node* node(NodeNo number) const override {
    const state::Node* found = checkpoint_.node(number);
    return found != nullptr ? found : relay_.node(number);
  }
  [[nodiscard]] const state::Group* group(GroupNo number) const override {
    const state::Group* found = checkpoint_.group(number);
    return found != nullptr ? found : relay_.group(number);
  }
  [[nodiscard]] ops::WaitingSum waiting(NodeNo number) const override {
    return relay_.waiting(number);
  }
  [[nodiscard]] std::vector<NodeNo> waiters(Lsn id,
                                            const std::vector<NodeNo>& recipients) const override {
    return relay_.waiters(id, recipients);
  }
  [[nodiscard]] SessionId session(NodeNo number) const override { return relay_.session(number); }
  [[nodiscard]] UserNo find_user(std::string_view uid) const override {
    return name(relay_.find_user(uid));
  }
  [[nodiscard]] UserNo find_alias(std::string_view alias) const override {
    const UserNo found = relay_.find_alias(alias);
    return name(found ? found : checkpoint_.find_alias(alias));  // of one who gave it up
  }
  [[nodiscard]] GroupNo find_group(std::string_view gid) const override {
    return relay_.find_group(gid);
  }
  // Uids are given by chance: none becomes what somebody has as an alias already.
  [[nodiscard]] bool is_uid(std::string_view alias) const override {
    return checkpoint_.is_uid(alias) || (newer_users_ && relay_.is_uid(alias));
  }
  [[nodiscard]] std::uint64_t uptime_hours() const override { return relay_.uptime_hours(); }
  [[nodiscard]] std::optional<Error> error() const override {
    const std::optional<Error> error = checkpoint_.error();
    return error ? error : relay_.error();
  }

 private:
  UserNo name(UserNo found) const {
    if (found) named_.insert(found);
    return found;
  }

  const Lookup& checkpoint_;
  const Lookup& relay_;
  mutable std::set<UserNo> named_;    // found by name: their nodes may be asked for next
  mutable bool newer_users_ = false;  // one came from the relay
};

}  // namespace

std::unique_ptr<Lookup> lookup_in(const AdminReader& relay) {
  return std::make_unique<RelayLookup>(relay);
}
std::unique_ptr<Lookup> names_in(const Lookup& checkpoint, const Lookup& relay) {
  return std::make_unique<NamesLookup>(checkpoint, relay);
}

}  // namespace mnm::mnmlog
