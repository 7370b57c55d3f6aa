#include "mnmlog/lookup.h"

#include <set>

#include "base/codec.h"
#include "mnmlog/row_lookup.h"
#include "ops/listing.h"

namespace mnm::mnmlog {
namespace {

using state::RowClass;

class ViewsLookup final : public Lookup {
 public:
  explicit ViewsLookup(const state::Views& views) : views_(views) {}

  [[nodiscard]] const state::User* user(UserNo number) const override {
    return number && number < views_.next_user() ? &views_.user(number) : nullptr;
  }
  [[nodiscard]] const state::Node* node(NodeNo number) const override {
    return number && number < views_.next_node() ? &views_.node(number) : nullptr;
  }
  [[nodiscard]] const state::Group* group(GroupNo number) const override {
    return number && number < views_.next_group() ? &views_.group(number) : nullptr;
  }
  [[nodiscard]] ops::WaitingSum waiting(NodeNo number) const override {
    return ops::waiting_sum(views_.node(number).queue);
  }
  [[nodiscard]] std::vector<NodeNo> waiters(Lsn id,
                                            const std::vector<NodeNo>& recipients) const override {
    return ops::waiters(views_, id, recipients);
  }
  [[nodiscard]] SessionId session(NodeNo number) const override {
    return views_.node(number).session;
  }
  [[nodiscard]] UserNo find_user(std::string_view uid) const override {
    return views_.find_user(uid);
  }
  [[nodiscard]] UserNo find_alias(std::string_view alias) const override {
    const state::NameOwner* owner = views_.find_name(alias);
    return owner != nullptr ? owner->user : UserNo();
  }
  [[nodiscard]] GroupNo find_group(std::string_view gid) const override {
    return views_.find_group(gid);
  }
  [[nodiscard]] std::uint64_t uptime_hours() const override { return views_.uptime_hours(); }

 private:
  const state::Views& views_;
};

class CheckpointLookup final : public RowLookup {
 public:
  explicit CheckpointLookup(const ops::CheckpointReader& checkpoint) : rows_(checkpoint.rows()) {}

  [[nodiscard]] ops::WaitingSum waiting(NodeNo number) const override {
    return ops::waiting_sum(queue(number));
  }
  [[nodiscard]] std::vector<NodeNo> waiters(Lsn id,
                                            const std::vector<NodeNo>& recipients) const override {
    std::set<NodeNo> found;
    for (const NodeNo recipient : recipients) {
      const state::Node* got = node(recipient);
      const state::User* owner = got != nullptr ? user(got->user) : nullptr;
      if (owner == nullptr || found.contains(recipient)) continue;
      for (const NodeNo each : owner->nodes) {
        if (queue(each).contains(id)) found.insert(each);
      }
    }
    return {found.begin(), found.end()};
  }
  // Each alias is looked up here, every time that it is shown.
  [[nodiscard]] UserNo find_user(std::string_view uid) const override {
    const auto [place, fresh] = uids_.try_emplace(std::string(uid));
    if (fresh) place->second = UserNo(find_name(ops::GivenName::Kind::kUid, uid));
    return place->second;
  }
  [[nodiscard]] UserNo find_alias(std::string_view alias) const override {
    return UserNo(find_name(ops::GivenName::Kind::kAlias, alias));
  }
  [[nodiscard]] GroupNo find_group(std::string_view gid) const override {
    return GroupNo(find_name(ops::GivenName::Kind::kGroup, gid));
  }

 private:
  [[nodiscard]] Result<std::optional<std::string>> row(const std::string& key) const override {
    return rows_.row(key);
  }
  [[nodiscard]] Error damage() const override {
    return {ErrorCode::kCorruption,
            "the checkpoint of the views is damaged; it is derived: stop the relay, delete the "
            "folder views/ in its data directory, start it"};
  }
  [[nodiscard]] std::uint32_t find_name(ops::GivenName::Kind kind, std::string_view name) const {
    Result<std::uint32_t> found = ops::find_given(rows_, kind, name);
    if (found) return *found;
    note(std::move(found.error()));
    return 0;
  }

  [[nodiscard]] const state::Queue& queue(NodeNo number) const {
    const auto [place, fresh] = queues_.try_emplace(number);
    if (fresh) place->second = read_queue(number);
    return *place->second;
  }
  [[nodiscard]] std::unique_ptr<state::Queue> read_queue(NodeNo number) const {
    auto queue = std::make_unique<state::Queue>();
    std::uint64_t cost_bytes = 0;
    for (const state::Lane lane : state::kLanes) {
      const std::string end = state::lane_key(number, lane, ~std::uint64_t{0});
      std::string from = state::lane_key(number, lane, 0);
      while (const auto found = value(rows_.row_from(from, end))) {
        if (!state::decode_row(found->second, queue->own_lane(lane))) {
          note(damage());
          return queue;
        }
        from = found->first + '\0';
      }
      for (const std::uint64_t id : queue->lane(lane).entries()) cost_bytes += cost_of(Lsn(id));
    }
    if (!queue->empty()) queue->set_cost_bytes(cost_bytes);
    return queue;
  }
  [[nodiscard]] std::uint64_t cost_of(Lsn id) const {
    std::string key(1, static_cast<char>(RowClass::kMessage));
    Encoder(key).fixed64_be(id.value());
    state::Message message;
    state::MessageExtras extras;
    const auto found = value(row(key));
    if (found && state::decode_row(*found, message, extras)) return message.cost_bytes();
    note(damage());
    return 0;
  }

  const ops::DerivedRows& rows_;
  mutable boost::unordered_flat_map<NodeNo, std::unique_ptr<state::Queue>, std::hash<NodeNo>>
      queues_;
  mutable boost::unordered_flat_map<std::string, UserNo> uids_;
};

}  // namespace

std::unique_ptr<Lookup> lookup_in(const state::Views& views) {
  return std::make_unique<ViewsLookup>(views);
}
std::unique_ptr<Lookup> lookup_in(const ops::CheckpointReader& checkpoint) {
  return std::make_unique<CheckpointLookup>(checkpoint);
}

}  // namespace mnm::mnmlog
