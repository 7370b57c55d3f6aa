#include "mnmlog/lookup.h"

#include <boost/unordered/unordered_flat_map.hpp>
#include <utility>

#include "base/codec.h"
#include "ops/listing.h"
#include "state/rows.h"

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
  [[nodiscard]] const state::Queue& queue(NodeNo number) const override {
    return views_.node(number).queue;
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

// What was looked up once is kept; none of it is more than the views would be.
class CheckpointLookup final : public Lookup {
 public:
  explicit CheckpointLookup(const ops::CheckpointReader& checkpoint) : rows_(checkpoint.rows()) {}

  [[nodiscard]] const state::User* user(UserNo number) const override {
    const auto decode = [](std::string_view value, state::User& user) {
      std::optional<state::Identity> identity;
      return state::decode_row(value, user, identity);
    };
    return find(users_, RowClass::kUser, number, decode);
  }
  [[nodiscard]] const state::Node* node(NodeNo number) const override {
    const auto decode = [](std::string_view value, state::Node& node) {
      if (!state::decode_row(value, node)) return false;
      node.requests = {};  // most of its octets, and nobody asks
      return true;
    };
    return find(nodes_, RowClass::kNode, number, decode);
  }
  [[nodiscard]] const state::Group* group(GroupNo number) const override {
    const auto decode = [](std::string_view value, state::Group& group) {
      return state::decode_row(value, group);
    };
    return find(groups_, RowClass::kGroup, number, decode);
  }

  [[nodiscard]] const state::Queue& queue(NodeNo number) const override {
    const auto [place, fresh] = queues_.try_emplace(number);
    if (fresh) place->second = read_queue(number);
    return *place->second;
  }
  [[nodiscard]] SessionId session(NodeNo number) const override {
    const auto row = read(state::row_key(RowClass::kSession, number.value()));
    return row ? SessionId(Decoder(*row).varint()) : SessionId();
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
  [[nodiscard]] std::uint64_t uptime_hours() const override {
    const auto row = read(std::string(1, static_cast<char>(RowClass::kClock)));
    if (!row) return 0;
    Decoder clock(*row);
    (void)clock.varint();  // the epoch
    return clock.varint();
  }
  [[nodiscard]] std::optional<Error> error() const override { return error_; }

 private:
  template <class Number, class Object>
  using Kept = boost::unordered_flat_map<Number, std::unique_ptr<Object>, std::hash<Number>>;

  void damaged() const {
    if (!error_) {
      error_ =
          Error{ErrorCode::kCorruption,
                "the checkpoint of the views is damaged; it is derived: stop the relay, delete "
                "the folder views/ in its data directory, start it"};
    }
  }
  template <class Found>
  [[nodiscard]] std::optional<typename Found::value_type> value(Result<Found> found) const {
    if (found) return std::move(*found);
    if (!error_) error_ = std::move(found.error());
    return std::nullopt;
  }
  [[nodiscard]] std::optional<std::string> read(std::string_view key) const {
    return value(rows_.row(key));
  }
  [[nodiscard]] std::uint32_t find_name(ops::GivenName::Kind kind, std::string_view name) const {
    Result<std::uint32_t> found = ops::find_given(rows_, kind, name);
    if (found) return *found;
    if (!error_) error_ = std::move(found.error());
    return 0;
  }

  template <class Number, class Object, class Decode>
  const Object* find(Kept<Number, Object>& kept, RowClass row_class, Number number,
                     Decode decode) const {
    const auto [place, fresh] = kept.try_emplace(number);
    if (!fresh) return place->second.get();
    const auto row = read(state::row_key(row_class, number.value()));
    if (!row) return nullptr;
    auto object = std::make_unique<Object>();
    if (!decode(*row, *object)) {
      damaged();
      return nullptr;
    }
    place->second = std::move(object);
    return place->second.get();
  }

  [[nodiscard]] std::unique_ptr<state::Queue> read_queue(NodeNo number) const {
    auto queue = std::make_unique<state::Queue>();
    std::uint64_t cost_bytes = 0;
    for (const state::Lane lane : state::kLanes) {
      const std::string end = state::lane_key(number, lane, ~std::uint64_t{0});
      std::string from = state::lane_key(number, lane, 0);
      while (const auto row = value(rows_.row_from(from, end))) {
        if (!state::decode_row(row->second, queue->lane(lane))) {
          damaged();
          return queue;
        }
        from = row->first + '\0';
      }
      for (const std::uint64_t id : queue->lane(lane).entries()) cost_bytes += cost_of(Lsn(id));
    }
    queue->set_cost_bytes(cost_bytes);
    return queue;
  }
  [[nodiscard]] std::uint64_t cost_of(Lsn id) const {
    std::string key(1, static_cast<char>(RowClass::kMessage));
    Encoder(key).fixed64_be(id.value());
    state::Message message;
    const auto row = read(key);
    if (row && state::decode_row(*row, message)) return message.cost_bytes();
    damaged();
    return 0;
  }

  const ops::DerivedRows& rows_;
  mutable Kept<UserNo, state::User> users_;
  mutable Kept<NodeNo, state::Node> nodes_;
  mutable Kept<GroupNo, state::Group> groups_;
  mutable Kept<NodeNo, state::Queue> queues_;
  mutable boost::unordered_flat_map<std::string, UserNo> uids_;
  mutable std::optional<Error> error_;
};

}  // namespace

std::unique_ptr<Lookup> lookup_in(const state::Views& views) {
  return std::make_unique<ViewsLookup>(views);
}
std::unique_ptr<Lookup> lookup_in(const ops::CheckpointReader& checkpoint) {
  return std::make_unique<CheckpointLookup>(checkpoint);
}

}  // namespace mnm::mnmlog
