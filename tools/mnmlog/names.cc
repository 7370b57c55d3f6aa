#include "mnmlog/names.h"

#include <fmt/format.h>

#include <charconv>
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

}  // namespace

std::string Names::uid(UserNo user) const {
  return known(user) ? views_->user(user).uid : fmt::format("#{}", user.value());
}

std::string Names::node_id(NodeNo node) const {
  if (!known(node)) return fmt::format("#{}", node.value());
  const state::Node& found = views_->node(node);
  return fmt::format("{}/{}", uid(found.user), found.ordinal.value());
}

std::string Names::gid(GroupNo group) const {
  return known(group) ? views_->group(group).gid : fmt::format("#{}", group.value());
}

std::string Names::user(UserNo user) const {
  if (!known(user)) return fmt::format("user#{}", user.value());
  for (const state::Alias& alias : views_->user(user).aliases) {
    // One that looks like somebody's uid, like a name of ours, or like what it isn't, tells a lie.
    std::string shown = tools::escaped(alias.name);
    const bool shows = !alias.once && !alias.retired && !views_->find_user(alias.name) &&
                       shown == alias.name && shown.find_first_of("#/: ") == std::string::npos;
    if (shows) return shown;
  }
  return tools::escaped(views_->user(user).uid);
}

std::string Names::node(NodeNo node) const {
  if (!known(node)) return fmt::format("node#{}", node.value());
  const state::Node& found = views_->node(node);
  return fmt::format("{}/{}", user(found.user), found.ordinal.value());
}

std::string Names::group(GroupNo group) const {
  return known(group) ? tools::escaped(views_->group(group).gid)
                      : fmt::format("group#{}", group.value());
}

UserNo Names::find_user(std::string_view text) const {
  if (const auto number = parse_hash_number(text)) return UserNo(*number);
  if (views_ == nullptr) return {};
  if (const UserNo found = views_->find_user(text)) return found;
  const state::NameOwner* owner = views_->find_name(text);
  return owner != nullptr ? owner->user : UserNo();
}

NodeNo Names::find_node(std::string_view text) const {
  if (const auto number = parse_hash_number(text)) return NodeNo(*number);
  const std::size_t slash = text.rfind('/');
  if (slash == std::string_view::npos) return {};
  const UserNo user = find_user(text.substr(0, slash));
  const auto ordinal = parse_number(text.substr(slash + 1));
  if (!known(user) || !ordinal) return {};
  for (const NodeNo node : views_->user(user).nodes) {
    if (views_->node(node).ordinal == NodeOrdinal(*ordinal)) return node;
  }
  return {};
}

GroupNo Names::find_group(std::string_view text) const {
  if (const auto number = parse_hash_number(text)) return GroupNo(*number);
  return views_ != nullptr ? views_->find_group(text) : GroupNo();
}

UserNo Names::user_of(NodeNo node) const {
  return known(node) ? views_->node(node).user : UserNo();
}

std::vector<NodeNo> Names::nodes_of(UserNo user) const {
  return known(user) ? views_->user(user).nodes : std::vector<NodeNo>();
}

}  // namespace mnm::mnmlog
