#include "mnmlog/row_lookup.h"

#include "base/codec.h"

namespace mnm::mnmlog {

using state::RowClass;

template <class Number, class Object, class Decode>
const Object* RowLookup::find(Kept<Number, Object>& kept, RowClass row_class, Number number,
                              Decode decode) const {
  const auto [place, fresh] = kept.try_emplace(number);
  if (!fresh) return place->second.get();
  const auto found = value(row(state::row_key(row_class, number.value())));
  if (!found) return nullptr;
  auto object = std::make_unique<Object>();
  if (!decode(*found, *object)) {
    note(damage());
    return nullptr;
  }
  place->second = std::move(object);
  return place->second.get();
}

const state::User* RowLookup::user(UserNo number) const {
  const auto decode = [](std::string_view value, state::User& user) {
    std::optional<state::Identity> identity;
    return state::decode_row(value, user, identity);
  };
  return find(users_, RowClass::kUser, number, decode);
}

const state::Node* RowLookup::node(NodeNo number) const {
  const auto decode = [](std::string_view value, state::Node& node) {
    if (!state::decode_row(value, node)) return false;
    node.requests = {};  // most of its octets, and nobody asks
    return true;
  };
  return find(nodes_, RowClass::kNode, number, decode);
}

const state::Group* RowLookup::group(GroupNo number) const {
  const auto decode = [](std::string_view value, state::Group& group) {
    return state::decode_row(value, group);
  };
  return find(groups_, RowClass::kGroup, number, decode);
}

SessionId RowLookup::session(NodeNo number) const {
  const auto found = value(row(state::row_key(RowClass::kSession, number.value())));
  return found ? SessionId(Decoder(*found).varint()) : SessionId();
}

std::uint64_t RowLookup::uptime_hours() const {
  const auto found = value(row(std::string(1, static_cast<char>(RowClass::kClock))));
  if (!found) return 0;
  Decoder clock(*found);
  (void)clock.varint();  // the epoch
  return clock.varint();
}

}  // namespace mnm::mnmlog
