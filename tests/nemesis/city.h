// Some people, many nodes, groups that overlap: who the members of a large crowd are, and whom each
// of them may post to.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "support/crowd.h"
#include "support/relay_box.h"

namespace mnm::testing {

class City {
 public:
  // Every fourth person has two nodes; half of the nodes speak TMTP, half come over TCP, and each
  // person is in two of the groups.
  City(const RelayBox& relay, std::size_t people, std::size_t groups);

  [[nodiscard]] const std::vector<Member>& members() const { return members_; }
  // By member: the groups it is in, and kFriends people.
  [[nodiscard]] std::vector<std::vector<Audience>> audiences() const;

 private:
  static constexpr std::size_t kFriends = 6;

  struct Person {
    std::string alias;
    Identity first;
    std::set<std::string> nodes;
    std::vector<std::size_t> groups;
  };
  void settle(std::size_t number);
  void add_node(Person& person, Dialect dialect);
  void found(std::size_t group);
  [[nodiscard]] std::string group_name(std::size_t group) const;

  const RelayBox& relay_;
  std::vector<Person> people_;
  std::vector<std::set<std::string>> groups_;  // the nodes in each
  std::vector<Member> members_;
  std::vector<std::size_t> person_of_;  // by member
};

}  // namespace mnm::testing
