// What a device asks for, chosen at random; and what it makes of the answers.
#include <fmt/format.h>

#include <algorithm>

#include "sim/device.h"
#include "sim/marker.h"

namespace mnm::sim {
namespace {

using net::ClientOp;
using net::ClientRequest;
using ops::TargetType;
using Address = Roster::Address;

constexpr std::size_t kNodesOfPerson = 4;
constexpr std::size_t kLettersOfSize = 400;  // most posts are shorter

std::string gid_of(std::size_t group) { return fmt::format("{}group-{}", kMarker, group); }

}  // namespace

void Requests::any() {
  const std::uint64_t what = stage_.random.below(100);
  const Faults& faults = stage_.faults;
  if (what < 12 && faults.on(Fault::kGroupChurn)) return edit_group();
  if (what < 16 && faults.on(Fault::kNodeChurn)) return edit_nodes();
  if (what < 20 && faults.on(Fault::kPresenceChurn)) return presence();
  if (what < 28) return ping();
  if (what < 38 && device_.account_.dialect == ops::Dialect::kTmtp) return post_notify();
  if (stage_.faults.hit(Fault::kBadRecipient, 40)) return bad_post();
  if (stage_.faults.hit(Fault::kOtherContent, 30)) return other_content();
  post();
}

void Requests::ask(Device::Asked asked) {
  ++stage_.asked;
  if (asked.request.id.empty()) {
    asked.request.id = fmt::format("{} {}", device_.name_, ++stage_.serial);
  }
  if (!asked.tokens.empty()) stage_.tokens_of[asked.request.id] = asked.tokens;
  device_.asked_.push_back(std::move(asked));
  device_.send_open();
}

// ------------------------------------------------------------------------------------------
// letters

std::string Requests::token() { return letter_token(++stage_.serial, device_.name_); }

std::string Requests::octets_of(const std::string& token, std::size_t size) {
  std::string octets = token + " ";
  std::uint64_t state = std::hash<std::string>{}(token) | 1U;
  while (octets.size() < size) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    octets.push_back(static_cast<char>(state >> 56U));
  }
  return octets;
}

std::size_t Requests::write_letter(const std::string& token, std::vector<Address> to,
                                   const std::string& octets) {
  stage_.oracle.sent(device_.name_, token, octets);
  stage_.letters.push_back(
      {token, device_.account_.node, std::move(to), {stage_.time.steps(), kNotYet}});
  return stage_.letters.size() - 1;
}

std::size_t Requests::someone() const { return stage_.random.below(stage_.people.size()); }

std::vector<Address> Requests::some_people() {
  std::vector<Address> to;
  for (std::uint64_t left = stage_.random.below(4); left > 0; --left) {
    const std::size_t person = someone();
    if (!stage_.people[person].uid.empty()) to.push_back({TargetType::kUser, person});
  }
  if (stage_.random.chance(250)) {
    const std::size_t group = stage_.random.below(stage_.roster.group_count());
    const bool self = stage_.random.chance(500);
    to.push_back({self ? TargetType::kGroupWithSelf : TargetType::kGroupWithoutSelf, group});
  }
  return to;
}

std::vector<ops::Target> Requests::targets(const std::vector<Address>& to) const {
  std::vector<ops::Target> targets;
  for (const Address& address : to) {
    const bool user = address.type == TargetType::kUser;
    targets.push_back({user ? stage_.people[address.to].uid : gid_of(address.to), address.type});
  }
  return targets;
}

void Requests::post_to(std::vector<Address> to, ClientRequest request) {
  const std::string word = token();
  std::size_t size = stage_.random.below(kLettersOfSize);
  if (stage_.faults.hit(Fault::kBigBodies, 30)) size = stage_.random.between(66'000, 200'000);
  std::string octets = octets_of(word, size);
  request.op = ClientOp::kPost;
  request.for_list = targets(to);
  request.data_bytes = octets.size();
  const std::size_t letter = write_letter(word, std::move(to), octets);
  ask({.request = std::move(request),
       .data = std::move(octets),
       .done = [&stage = stage_, letter](
                   const net::Reply&, bool) { stage.letters[letter].span.to = stage.time.steps(); },
       .tokens = {word}});
}

void Requests::post() { post_to(some_people(), {}); }

// An id that was used before, with something else: no repetition.
void Requests::other_content() { post_to(some_people(), {.id = device_.last_id_}); }

void Requests::bad_post() {
  std::vector<Address> to = some_people();
  const std::string word = token();
  const std::string octets = octets_of(word, 20);
  ClientRequest request{.op = ClientOp::kPost, .for_list = targets(to)};
  request.for_list.push_back({"Unknown", TargetType::kUser});
  request.data_bytes = octets.size();
  write_letter(word, std::move(to), octets);
  ask({.request = std::move(request),
       .data = octets,
       .done =
           [&stage = stage_, word](const net::Reply&, bool ok) {
             if (ok) stage.oracle.fault("a post to nobody was taken: " + word);
           },
       .tokens = {word}});
}

void Requests::post_notify() {
  const std::string body_word = token();
  const std::string note_word = token();
  const std::string note = octets_of(note_word, stage_.random.below(60));
  const std::string body = octets_of(body_word, stage_.random.below(kLettersOfSize));
  std::vector<Address> to = some_people();
  std::vector<Address> note_to = some_people();
  ClientRequest request{.op = ClientOp::kPostNotify,
                        .for_list = targets(to),
                        .note_for = targets(note_to),
                        .data_bytes = note.size() + body.size(),
                        .note_bytes = note.size()};
  note_to.insert(note_to.end(), to.begin(), to.end());
  const std::size_t first = write_letter(body_word, std::move(to), body);
  const std::size_t second = write_letter(note_word, std::move(note_to), note);
  ask({.request = std::move(request),
       .data = note + body,
       .done =
           [&stage = stage_, first, second](const net::Reply&, bool) {
             stage.letters[first].span.to = stage.time.steps();
             stage.letters[second].span.to = stage.time.steps();
           },
       .tokens = {body_word, note_word}});
}

void Requests::ping() {
  const std::size_t person = someone();
  const std::string& alias = stage_.people[person].alias;
  const std::string& own = stage_.people[device_.account_.person].alias;
  if (alias.empty() || own.empty()) return post();
  const std::string word = token();
  const std::string text = word + " hello";
  const std::size_t letter = write_letter(word, {{TargetType::kUser, person}}, text);
  ask({.request = {.op = ClientOp::kPing, .from = own, .to = alias, .data_bytes = text.size()},
       .data = text,
       .done = [&stage = stage_, letter](
                   const net::Reply&, bool) { stage.letters[letter].span.to = stage.time.steps(); },
       .tokens = {word}});
}

// -------------------------------------------------------------------------------------------
// groups

void Requests::edit_group() {
  const std::size_t group = stage_.random.below(stage_.roster.group_count());
  const Roster::PersonNo self = device_.account_.person;
  if (stage_.roster.group(group).busy || stage_.people[self].alias.empty()) return post();
  const std::size_t other = someone();
  const std::uint64_t what = stage_.random.below(6);
  const bool is_in = stage_.roster.standing(group, self) == Standing::kJoined;
  if (!stage_.roster.group(group).exists || (is_in && what < 2)) return invite(group);
  const std::string& alias = stage_.people[other].alias;
  if (is_in && what < 3 && other != self && !alias.empty()) {
    return member(group, "drop", alias, other, Standing::kBarred);
  }
  if (is_in && what < 4) {
    return member(group, "drop", stage_.people[self].alias, self, Standing::kInvited);
  }
  member(group, "join", {}, self, Standing::kJoined);
}

void Requests::invite(std::size_t group) {
  const std::size_t other = someone();
  const Roster::PersonNo self = device_.account_.person;
  const std::string& alias = stage_.people[other].alias;
  if (alias.empty() || other == self) return post();
  Roster& roster = stage_.roster;
  const bool is_new = !roster.group(group).exists;
  const Moment now = stage_.time.steps();
  roster.group(group).busy = true;
  if (is_new) roster.change(group, self, Standing::kJoined, now);
  roster.change(group, other, Standing::kInvited, now);
  const std::string word = token();
  const std::string text = word + " come";
  // For the invited person and the inviter's other nodes.
  const std::size_t letter = write_letter(word, {{TargetType::kUser, other}}, text);
  ask({.request = {.op = ClientOp::kGroupInvite,
                   .from = stage_.people[self].alias,
                   .to = alias,
                   .gid = gid_of(group),
                   .data_bytes = text.size()},
       .data = text,
       .done =
           [&stage = stage_, letter, group, self, other, is_new](const net::Reply&, bool ok) {
             const Moment then = stage.time.steps();
             stage.letters[letter].span.to = then;
             if (is_new) stage.roster.changed(group, self, then, ok);
             stage.roster.changed(group, other, then, ok);
             stage.roster.group(group).busy = false;
             stage.roster.group(group).exists |= ok;
           },
       .tokens = {word}});
}

void Requests::member(std::size_t group, std::string act, std::string to, Roster::PersonNo who,
                      Standing after) {
  stage_.roster.group(group).busy = true;
  stage_.roster.change(group, who, after, stage_.time.steps());
  ask({.request = {.op = ClientOp::kGroupEdit,
                   .to = std::move(to),
                   .gid = gid_of(group),
                   .act = std::move(act)},
       .data = {},
       .done =
           [&stage = stage_, group, who](const net::Reply&, bool ok) {
             stage.roster.changed(group, who, stage.time.steps(), ok);
             stage.roster.group(group).busy = false;
           },
       .tokens = {}});
}

// --------------------------------------------------------------------------------------- the
// account

void Requests::edit_nodes() {
  const std::size_t nodes = stage_.people[device_.account_.person].devices.size();
  if (device_.twin_of_ != nullptr || !device_.new_node_.empty()) return post();
  switch (stage_.random.below(4)) {
    case 0:
      return new_alias();
    case 1:
      return drop_node();
    default:
      return nodes < kNodesOfPerson ? new_node() : post();
  }
}

void Requests::new_alias() {
  const std::string& uid = stage_.people[device_.account_.person].uid;
  ask({.request = {.op = ClientOp::kUserEdit,
                   .uid = uid,
                   .node = device_.account_.secret,
                   .new_alias = fmt::format("{}another-{}", kMarker, ++stage_.serial),
                   .once = stage_.random.chance(300)},
       .data = {},
       .done = {},
       .tokens = {}});
}

void Requests::new_node() {
  const Device::Account& account = device_.account_;
  const std::string name = fmt::format("{}p{}n{}", kMarker, account.person, ++stage_.serial);
  const Roster::NodeIndex index = stage_.roster.add_node({.name = name,
                                                          .person = account.person,
                                                          .copy_of = account.node,
                                                          .added = {stage_.time.steps(), kNotYet}});
  device_.new_node_ = name;
  device_.new_node_index_ = index;
  Device* device = &device_;
  ask({.request = {.op = ClientOp::kUserEdit,
                   .uid = stage_.people[account.person].uid,
                   .node = account.secret,
                   .new_node = name},
       .data = {},
       .done =
           [&stage = stage_, device, index](const net::Reply& reply, bool ok) {
             if (!ok) return device->new_node_.clear();
             stage.roster.node(index).added.to = stage.time.steps();
             if (reply.op != "updated") return;  // TMTP: a `user` message tells
             Device::Account made = device->account_;
             made.node = index;
             made.secret = reply.nodeid.value_or("");
             made.ordinal = static_cast<std::uint32_t>(reply.nodenum.value_or(0));
             device->new_node_.clear();
             if (made.secret.empty()) {
               return stage.oracle.fault("the password of a node that waits is gone: " +
                                         stage.roster.node(index).name);
             }
             stage
                 .enter(std::make_unique<Device>(stage, stage.roster.node(index).name,
                                                 std::move(made)))
                 .wake();
           },
       .tokens = {}});
}

// A younger node of the same person, of a device that owes nothing.
void Requests::drop_node() {
  for (Device* other : stage_.people[device_.account_.person].devices) {
    const std::uint32_t ordinal = other->account_.ordinal;
    const std::uint32_t own = device_.account_.ordinal;  // 0: TMTP doesn't say
    const bool younger = own != 0 && ordinal > own;
    if (!younger || other->dropped_ || other->has_open() || !other->twins_.empty()) continue;
    Roster::NodeEntry& node = stage_.roster.node(other->account_.node);
    if (node.drop_asked) continue;
    node.drop_asked = true;
    node.dropped = {stage_.time.steps(), kNotYet};
    other->node_dropped();  // it asks for nothing more
    ask({.request = {.op = ClientOp::kUserEdit,
                     .uid = stage_.people[device_.account_.person].uid,
                     .node = device_.account_.secret,
                     .drop_node = ordinal},
         .data = {},
         .done =
             [&stage = stage_, other](const net::Reply&, bool ok) {
               Roster::NodeEntry& dropped = stage.roster.node(other->account_.node);
               if (ok) dropped.dropped.to = stage.time.steps();
               other->disconnect();
             },
         .tokens = {}});
    return;
  }
  post();
}

void Requests::presence() {
  std::vector<Address> to = some_people();
  std::erase_if(to, [](const Address& address) { return address.type != TargetType::kUser; });
  if (to.empty()) return post();
  static const std::vector<std::string> kTypes = {"add", "drop", "init"};
  ask({.request = {.op = ClientOp::kOhi,
                   .type = stage_.random.pick(kTypes),
                   .for_list = targets(to)},
       .data = {},
       .done = {},
       .tokens = {}});
}

}  // namespace mnm::sim
