#include "mnmbench/book.h"

#include <algorithm>

#include "base/crypto.h"
#include "base/ids.h"
#include "net/client_codec.h"

namespace mnm::bench {
namespace {

constexpr std::size_t kFaultsMax = 10;
constexpr std::string_view kNoId = "0000000000000000";

Load with_fanout(Load load) {
  if (load.groups > 0) load.fanout = load.receivers / load.groups;
  return load;
}

}  // namespace

Book::Book(const Load& a_load)
    : load(with_fanout(a_load)),
      tail_(random_bytes(std::ranges::max(load.sizes) - sizeof(Stamp))) {}

const std::string& Book::post_template(std::size_t first_receiver, std::size_t bytes) {
  std::string& frame = templates_[{first_receiver, bytes}];
  if (!frame.empty()) return frame;
  net::ClientRequest request{.op = net::ClientOp::kPost, .id = std::string(kNoId)};
  if (load.groups > 0) {
    request.for_list = {
        {gids.at(first_receiver / load.fanout), ops::TargetType::kGroupWithoutSelf}};
  }
  for (std::size_t i = 0; i < load.fanout && load.groups == 0; ++i) {
    request.for_list.push_back({receiver_uids[(first_receiver + i) % load.receivers]});
  }
  request.data_bytes = bytes;
  return frame = net::encode_request(load.dialect, request);
}

void Book::fault(std::string text) {
  if (figures.faults.size() < kFaultsMax) figures.faults.push_back(std::move(text));
}

void append_with_id(std::string& out, std::string_view frame, std::uint64_t id) {
  const std::size_t at = frame.find(kNoId);
  out += frame.substr(0, at);
  out += message_id(Lsn(id));
  out += frame.substr(at + kNoId.size());
}

}  // namespace mnm::bench
