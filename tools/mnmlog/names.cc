#include "mnmlog/names.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <limits>
#include <optional>

#include "common/terminal.h"

namespace mnm::mnmlog {
namespace {

std::optional<std::uint32_t> parse_number(std::string_view text) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<std::uint32_t> parse_hash_number(std::string_view text) {
  if (!text.starts_with('#')) return std::nullopt;
  return parse_number(text.substr(1));
}

void append_number(std::string& out, char before, std::uint32_t number) {
  std::array<char, std::numeric_limits<std::uint32_t>::digits10 + 2> text{before};
  const char* const end = std::to_chars(text.data() + 1, text.data() + text.size(), number).ptr;
  out.append(text.data(), static_cast<std::size_t>(end - text.data()));
}

}  // namespace

void Names::append_uid(std::string& out, UserNo user) const {
  const state::User* found = known(user);
  if (found == nullptr) return append_number(out, '#', user.value());
  out += found->uid;
}

void Names::append_node_id(std::string& out, NodeNo node) const {
  const state::Node* found = known(node);
  if (found == nullptr) return append_number(out, '#', node.value());
  append_uid(out, found->user);
  append_number(out, '/', found->ordinal.value());
}

void Names::append_gid(std::string& out, GroupNo group) const {
  const state::Group* found = known(group);
  if (found == nullptr) return append_number(out, '#', group.value());
  out += found->gid;
}

std::string Names::uid(UserNo user) const {
  std::string out;
  append_uid(out, user);
  return out;
}

std::string Names::node_id(NodeNo node) const {
  std::string out;
  append_node_id(out, node);
  return out;
}

std::string Names::gid(GroupNo group) const {
  std::string out;
  append_gid(out, group);
  return out;
}

std::string Names::user(UserNo user) const {
  const state::User* found = known(user);
  if (found == nullptr) return fmt::format("user#{}", user.value());
  for (const state::Alias& alias : found->aliases) {
    // One that looks like somebody's uid, like a name of ours, or like what it isn't, tells a lie.
    std::string shown = tools::escaped(alias.name);
    const bool shows = !alias.once && !alias.retired && !lookup_->is_uid(alias.name) &&
                       shown == alias.name && shown.find_first_of("#/: ") == std::string::npos;
    if (shows) return shown;
  }
  return tools::escaped(found->uid);
}

std::string Names::node(NodeNo node) const {
  const state::Node* found = known(node);
  if (found == nullptr) return fmt::format("node#{}", node.value());
  return fmt::format("{}/{}", user(found->user), found->ordinal.value());
}

std::string Names::group(GroupNo group) const {
  const state::Group* found = known(group);
  return found != nullptr ? tools::escaped(found->gid) : fmt::format("group#{}", group.value());
}

UserNo Names::find_user(std::string_view text) const {
  if (const auto number = parse_hash_number(text)) return UserNo(*number);
  if (lookup_ == nullptr) return {};
  if (const UserNo found = lookup_->find_user(text)) return found;
  return lookup_->find_alias(text);
}

NodeNo Names::find_node(std::string_view text) const {
  if (const auto number = parse_hash_number(text)) return NodeNo(*number);
  const std::size_t slash = text.rfind('/');
  if (slash == std::string_view::npos) return {};
  const auto ordinal = parse_number(text.substr(slash + 1));
  if (!ordinal) return {};
  for (const NodeNo node : nodes_of(find_user(text.substr(0, slash)))) {
    const state::Node* found = known(node);
    if (found != nullptr && found->ordinal == NodeOrdinal(*ordinal)) return node;
  }
  return {};
}

GroupNo Names::find_group(std::string_view text) const {
  if (const auto number = parse_hash_number(text)) return GroupNo(*number);
  return lookup_ != nullptr ? lookup_->find_group(text) : GroupNo();
}

UserNo Names::user_of(NodeNo node) const {
  const state::Node* found = known(node);
  return found != nullptr ? found->user : UserNo();
}

std::vector<NodeNo> Names::nodes_of(UserNo user) const {
  const state::User* found = known(user);
  return found != nullptr ? found->nodes : std::vector<NodeNo>();
}

}  // namespace mnm::mnmlog
