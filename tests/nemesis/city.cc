#include "nemesis/city.h"

namespace mnm::testing {

City::City(const RelayBox& relay, std::size_t people, std::size_t groups)
    : relay_(relay), people_(people), groups_(groups) {
  for (std::size_t i = 0; i < people; ++i) settle(i);
  for (std::size_t i = 0; i < groups; ++i) found(i);
}

std::string City::group_name(std::size_t group) const { return fmt::format("quarter-{}", group); }

void City::settle(std::size_t number) {
  Person& person = people_[number];
  person.alias = fmt::format("citizen-{:04}", number);
  const Dialect dialect = number % 2 == 0 ? Dialect::kMmtp : Dialect::kTmtp;
  WireClient client(relay_.local(), dialect);
  person.first = client.enter("first", person.alias);
  client.quit();
  person.nodes.insert(person.alias);
  members_.push_back({person.alias, person.first, dialect, number / 2 % 2 == 0});
  person_of_.push_back(number);
  if (number % 4 == 3) add_node(person, Dialect::kMmtp);
  person.groups = {number % groups_.size(), (number + 1) % groups_.size()};
  for (const std::size_t group : person.groups) {
    groups_[group].insert(person.nodes.begin(), person.nodes.end());
  }
}

void City::add_node(Person& person, Dialect dialect) {
  WireClient client(relay_.local(), Dialect::kMmtp);
  client.login(person.first);
  client.send({.op = ClientOp::kUserEdit,
               .uid = person.first.uid,
               .node = person.first.node,
               .new_node = "second"});
  const Frame updated = client.await("updated");
  client.quit();
  const std::string name = person.alias + "-second";
  person.nodes.insert(name);
  members_.push_back({name, {person.first.uid, updated.reply.nodeid.value_or("")}, dialect, true});
  person_of_.push_back(person_of_.back());
}

void City::found(std::size_t group) {
  const auto expect = [](const Reply& ack) {
    if (ack.error) throw WireTrouble(*ack.error);
  };
  const auto in_it = [&](const Person& person) {
    return std::find(person.groups.begin(), person.groups.end(), group) != person.groups.end();
  };
  const auto founder = std::find_if(people_.begin(), people_.end(), in_it);
  WireClient host(relay_.local(), Dialect::kMmtp);
  host.login(founder->first);
  for (auto guest = founder + 1; guest != people_.end(); ++guest) {
    if (!in_it(*guest)) continue;
    expect(host.ask({.op = ClientOp::kGroupInvite,
                     .id = guest->alias,
                     .from = founder->alias,
                     .to = guest->alias,
                     .gid = group_name(group)}));
    WireClient client(relay_.local(), Dialect::kMmtp);
    client.login(guest->first);
    expect(client.ask(
        {.op = ClientOp::kGroupEdit, .id = "join", .gid = group_name(group), .act = "join"}));
    client.quit();
  }
  host.quit();
}

std::vector<std::vector<Audience>> City::audiences() const {
  std::vector<std::vector<Audience>> all;
  for (std::size_t i = 0; i < members_.size(); ++i) {
    const Person& self = people_[person_of_[i]];
    const auto others = [&](std::set<std::string> nodes) {
      nodes.insert(self.nodes.begin(), self.nodes.end());  // they see all that it posts
      nodes.erase(members_[i].name);
      return nodes;
    };
    auto& mine = all.emplace_back();
    for (const std::size_t group : self.groups) {
      mine.push_back({testing::group(group_name(group)), others(groups_[group])});
    }
    for (std::size_t step = 1; step <= kFriends; ++step) {
      const Person& other = people_[(person_of_[i] + step * 5) % people_.size()];
      if (&other != &self) mine.push_back({user(other.first.uid), others(other.nodes)});
    }
  }
  return all;
}

}  // namespace mnm::testing
