#include "ops/views_ask.h"

#include <set>

#include "base/codec.h"
#include "state/rows.h"

namespace mnm::ops {
namespace {

std::string begin(ViewsAsk what) { return {static_cast<char>(what)}; }

std::string number_answer(std::uint32_t number) {
  std::string out;
  Encoder(out).varint(number);
  return out;
}

std::string row_of(const state::Views& views, std::string_view key) {
  std::string row;
  state::RowWriter(views, [&row](std::string_view, std::string_view value) {
    row = value;
  }).write_one(key);
  return row;
}

// Null when there is no such node.
const state::Queue* queue_of(const state::Views& views, NodeNo node) {
  return node && node < views.next_node() ? &views.node(node).queue : nullptr;
}

// To the end.
std::vector<NodeNo> nodes_in(Decoder& in) {
  std::vector<NodeNo> nodes;
  while (in.ok() && in.left() > 0) nodes.emplace_back(in.fixed32_be());
  return nodes;
}

std::string waiting_answer(const state::Queue* queue) {
  const WaitingSum sum = queue != nullptr ? waiting_sum(*queue) : WaitingSum();
  std::string out;
  Encoder encoder(out);
  encoder.varint(sum.count);
  encoder.varint(sum.cost_bytes);
  encoder.varint(sum.oldest.value());
  return out;
}

}  // namespace

WaitingSum waiting_sum(const state::Queue& queue) {
  WaitingSum sum{.count = queue.size(), .cost_bytes = queue.cost_bytes(), .oldest = {}};
  for (const state::Lane lane : state::kLanes) {
    const Lsn first = queue.lane(lane).after(Lsn());
    if (first && (!sum.oldest || first < sum.oldest)) sum.oldest = first;
  }
  return sum;
}

std::vector<NodeNo> waiters(const state::Views& views, Lsn id, std::span<const NodeNo> recipients) {
  std::set<NodeNo> found;
  for (const NodeNo recipient : recipients) {
    if (!recipient || recipient >= views.next_node() || found.contains(recipient)) continue;
    for (const NodeNo node : views.user(views.node(recipient).user).nodes) {
      if (views.node(node).queue.contains(id)) found.insert(node);
    }
  }
  return {found.begin(), found.end()};
}

std::string ask_for(ViewsAsk what, std::string_view key_or_name) {
  std::string out = begin(what);
  out += key_or_name;
  return out;
}

std::string ask_waiting(NodeNo node) {
  std::string out = begin(ViewsAsk::kWaiting);
  Encoder(out).fixed32_be(node.value());
  return out;
}

std::string ask_waiters(Lsn id, std::span<const NodeNo> recipients) {
  std::string out = begin(ViewsAsk::kWaiters);
  Encoder encoder(out);
  encoder.fixed64_be(id.value());
  for (const NodeNo node : recipients) encoder.fixed32_be(node.value());
  return out;
}

Result<std::string> answer_views(const state::Views& views, std::string_view question) {
  Decoder in(question);
  const auto what = static_cast<ViewsAsk>(in.byte());
  switch (what) {
    case ViewsAsk::kRow:
      return row_of(views, in.raw(in.left()));
    case ViewsAsk::kUserOfUid:
      return number_answer(views.find_user(in.raw(in.left())).value());
    case ViewsAsk::kUserOfAlias: {
      const state::NameOwner* owner = views.find_name(in.raw(in.left()));
      return number_answer(owner != nullptr ? owner->user.value() : 0);
    }
    case ViewsAsk::kGroupOfId:
      return number_answer(views.find_group(in.raw(in.left())).value());
    case ViewsAsk::kWaiting: {
      const NodeNo node(in.fixed32_be());
      if (!in.done()) break;
      return waiting_answer(queue_of(views, node));
    }
    case ViewsAsk::kWaiters: {
      const Lsn id(in.fixed64_be());
      const std::vector<NodeNo> recipients = nodes_in(in);
      if (!in.done()) break;
      std::string out;
      for (const NodeNo node : waiters(views, id, recipients)) {
        Encoder(out).fixed32_be(node.value());
      }
      return out;
    }
  }
  return fail(ErrorCode::kUsage, "no such question about the views");
}

std::optional<std::uint32_t> decode_number_answer(std::string_view octets) {
  Decoder in(octets);
  const std::uint64_t number = in.varint();
  if (!in.done() || number > ~std::uint32_t{0}) return std::nullopt;
  return static_cast<std::uint32_t>(number);
}

std::optional<WaitingSum> decode_waiting_answer(std::string_view octets) {
  Decoder in(octets);
  WaitingSum sum;
  sum.count = in.varint();
  sum.cost_bytes = in.varint();
  sum.oldest = Lsn(in.varint());
  if (!in.done()) return std::nullopt;
  return sum;
}

std::optional<std::vector<NodeNo>> decode_waiters_answer(std::string_view octets) {
  Decoder in(octets);
  std::vector<NodeNo> nodes = nodes_in(in);
  if (!in.done()) return std::nullopt;
  return nodes;
}

}  // namespace mnm::ops
