#include "daemon/range_file.h"

#include <fstream>
#include <iterator>

#include "base/codec.h"
#include "base/crc32c.h"
#include "log/data_directory.h"

namespace mnm::daemon {
namespace {

constexpr std::string_view kMagic = "mnmrnge1";
constexpr std::size_t kIdentityBytes = 16;
constexpr std::size_t kCrcBytes = 4;

}  // namespace

std::string encode_range_state(const RangeState& state, std::string_view identity) {
  std::string out;
  Encoder encoder(out);
  encoder.raw(kMagic);
  encoder.raw(identity);
  encoder.fixed32_be(state.at.epoch.value());
  encoder.fixed64_be(state.at.lsn.value());
  encoder.raw(as_bytes(state.at.chain));
  encoder.raw(state.range.encode());
  encoder.fixed32_be(crc32c(out));
  return out;
}

std::optional<RangeState> decode_range_state(std::string_view octets, std::string_view identity) {
  if (octets.size() < kCrcBytes || identity.size() != kIdentityBytes) return std::nullopt;
  const std::string_view covered = octets.substr(0, octets.size() - kCrcBytes);
  Decoder crc(octets.substr(covered.size()));
  if (crc.fixed32_be() != crc32c(covered)) return std::nullopt;
  Decoder decoder(covered);
  const std::string_view magic = decoder.raw(kMagic.size());
  const std::string_view owner = decoder.raw(kIdentityBytes);
  RangeState state;
  state.at.epoch = Epoch(decoder.fixed32_be());
  state.at.lsn = Lsn(decoder.fixed64_be());
  const std::string_view chain = decoder.raw(sizeof(Hash));
  if (!decoder.ok() || magic != kMagic || owner != identity) return std::nullopt;
  state.at.chain = hash_from(chain);
  auto range = log::MerkleRange::decode(decoder.raw(decoder.left()));
  if (!range) return std::nullopt;
  state.range = std::move(*range);
  return state;
}

std::optional<RangeState> load_range_state(const std::string& path, std::string_view identity) {
  std::ifstream file(path, std::ios::binary);
  const std::string octets(std::istreambuf_iterator<char>(file), {});
  return decode_range_state(octets, identity);
}

Result<> save_range_state(const std::string& path, const RangeState& state,
                          std::string_view identity) {
  constexpr unsigned kMode = 0600;
  return log::replace_file(path, encode_range_state(state, identity), kMode);
}

}  // namespace mnm::daemon
