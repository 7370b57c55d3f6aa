#include "ops/store.h"

#include <algorithm>
#include <cstring>

#include "base/canary.h"
#include "base/text.h"

namespace mnm::ops {
namespace {

void sort_unique(std::vector<NodeNo>& nodes) {
  if (!std::ranges::is_sorted(nodes)) std::ranges::sort(nodes);
  nodes.erase(std::ranges::unique(nodes).begin(), nodes.end());
}

void fill_header(const Context& context, const NewMessage& message, message::Header& header) {
  if (context.user) header.set_from_uid(context.own_user().uid);
  header.set_posted_ns(context.now_ns);
  header.set_post_id(message.post_id.value());
  if (message.body == nullptr) return;
  const Body& body = *message.body;
  header.set_data_bytes(body.size);
  header.set_salt(body.salt);
  if (body.upload == nullptr) return;
  header.set_file_boot(body.upload->file().boot.value());
  header.set_file_serial(body.upload->file().serial);
}

// Splits off the nodes that are over their quota.
std::vector<NodeNo> take_full_nodes(const Context& context, std::uint64_t cost_bytes,
                                    std::vector<NodeNo>& recipients) {
  const auto is_full = [&](NodeNo number) { return !has_room(context, number, cost_bytes); };
  std::vector<NodeNo> full;
  std::ranges::copy_if(recipients, std::back_inserter(full), is_full);
  if (!full.empty()) std::erase_if(recipients, is_full);
  return full;
}

void put_row(Lsn id, NewMessage& message, std::string row_head, Decision& decision) {
  const Body* body = message.body;
  auto bytes = body != nullptr ? body->bytes : nullptr;
  auto upload = body != nullptr ? body->upload : nullptr;
  auto handle = std::make_shared<const Message>(id, std::move(message.header), std::move(bytes));
  decision.rows.push_back({std::move(handle), std::move(row_head), std::move(upload)});
}

}  // namespace

bool has_room(const Context& context, NodeNo node, std::uint64_t cost_bytes) {
  const bool is_added = node == context.views.next_node();
  const state::Queue& queue = context.views.node(is_added ? context.node : node).queue;
  return queue.size() < context.limits.node_messages_max &&
         queue.cost_bytes() + cost_bytes <= context.limits.node_bytes_max;
}

Lsn store(const Context& context, NewMessage&& message, Decision& decision) {
  if (MNM_CANARY("wrong-recipient") && !message.recipients.empty())
    message.recipients[0] = NodeNo(1);
  sort_unique(message.recipients);
  fill_header(context, message, message.header);
  std::string row_head = encode_row_head(message.header);
  const std::uint64_t data_bytes = message.header.data_bytes();
  const auto full = take_full_nodes(context, row_head.size() + data_bytes, message.recipients);

  const Lsn id = decision.next_lsn();
  event::Stored& stored = *decision.add(context).mutable_stored();
  stored.set_kind(message.header.kind());
  state::put_deltas(message.recipients, stored.mutable_recipients());
  state::put_deltas(full, stored.mutable_over_quota());
  decision.listed_nodes += message.recipients.size() + full.size();
  // Copied, not swapped: onto the arena a swap is a copy too, and by reflection.
  for (const event::Target& target : message.targets) *stored.add_targets() = target;
  stored.set_data_bytes(data_bytes);
  stored.set_row_bytes(static_cast<std::uint32_t>(row_head.size()));
  stored.set_post_id(message.post_id.value());
  stored.set_counts_as_ping(message.counts_as_ping);
  if (data_bytes > 0) {
    const Hash sealed = commitment(*message.body);
    stored.set_commitment(sealed.data(), sealed.size());
  }
  if (message.answers_request && context.request.digest) {
    stored.set_request_digest(context.request.digest->data(), context.request.digest->size());
  }
  if (message.recipients.empty()) return id;
  stored.set_file_boot(message.header.file_boot());
  stored.set_file_serial(message.header.file_serial());
  put_row(id, message, std::move(row_head), decision);
  return id;
}

void acknowledge(const Context& context, Lsn message, Decision& decision) {
  decision.answer(context, Acknowledged{.op = op_of(context.request.command),
                                        .id = context.request.id,
                                        .error = {},
                                        .message = message,
                                        .posted_ns = message ? context.now_ns : 0});
}

void log_refusal(const Context& context, std::string_view error, std::string_view uid, bool passing,
                 Decision& decision, std::string_view detail) {
  constexpr std::size_t kUidBytesMax = 64;
  constexpr std::size_t kErrorBytesMax = 1024;  // it repeats names that clients chose
  decision.refused = true;
  event::Refused& refused = *decision.add(context).mutable_refused();
  refused.set_op(op_of(context.request.command));
  refused.set_error(std::string(utf8_prefix(error, kErrorBytesMax)));
  refused.set_uid(std::string(utf8_prefix(uid, kUidBytesMax)));
  refused.set_passing(passing);
  refused.set_detail(std::string(detail));
}

bool answers_updated(const Context& context) {
  return context.request.dialect == Dialect::kMmtp &&
         std::holds_alternative<UserEdit>(context.request.command);
}

namespace {

void answer_error(const Context& context, std::string error, std::uint32_t retry_after_s,
                  Decision& decision) {
  if (answers_updated(context)) {
    return decision.answer(
        context, Updated{.secret = {}, .error = std::move(error), .retry_after_s = retry_after_s});
  }
  decision.answer(context, Acknowledged{.op = op_of(context.request.command),
                                        .id = context.request.id,
                                        .error = std::move(error),
                                        .retry_after_s = retry_after_s});
}

}  // namespace

void refuse(const Context& context, std::string error, Decision& decision) {
  log_refusal(context, error, {}, false, decision);
  answer_error(context, std::move(error), 0, decision);
}

void refuse_for_now(const Context& context, std::string error, std::uint32_t retry_after_s,
                    Decision& decision) {
  log_refusal(context, error, {}, true, decision);
  if (context.rules().passing_refusal_silent) return;
  answer_error(context, std::move(error), retry_after_s, decision);
}

const state::RecentRequest* find_repeated(const Context& context) {
  const Request& request = context.request;
  if (!request.digest || MNM_CANARY("dedup-lost")) return nullptr;
  const auto& requests = context.own_node().requests;
  // Nearly all differ in their first octets, which is cheaper to see than to call memcmp each time.
  const Hash& digest = *request.digest;
  const auto at = std::ranges::find_if(requests, [&digest](const state::RecentRequest& recent) {
    return std::memcmp(recent.digest.data(), digest.data(), sizeof(std::uint64_t)) == 0 &&
           recent.digest == digest;
  });
  if (at == requests.end()) return nullptr;
  const bool same_link = at->session == request.session && !request.id.empty();
  const bool may_repeat = context.rules().retries_across_sessions || request.retry || same_link;
  return may_repeat ? &*at : nullptr;
}

bool answer_repeated(const Context& context, Decision& decision) {
  const state::RecentRequest* earlier = find_repeated(context);
  if (earlier == nullptr) return false;
  decision.answer(
      context, Acknowledged{.op = op_of(context.request.command),
                            .id = context.request.id,
                            .error = {},
                            .message = earlier->message + (MNM_CANARY("retry-gets-new-id") ? 1 : 0),
                            .posted_ns = earlier->posted_ns});
  return true;
}

}  // namespace mnm::ops
