// The index of the log, as rows beside the views' in the checkpoint's database: derived from the
// events alone, may be missing, may lag.
//
//   class      octet  key after it                      value (varints unless said)
//   kListing   32     kind, number be64, block be64     LSNs of the block, the first as its offset
//                                                       in the block, the others as differences
//   kName      33     kind, the name                    number
//
// A block is 65,536 LSNs. The meta row says through which event all is there.
//
// Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "log/log.h"
#include "ops/subjects.h"

namespace mnm::ops {

// What the rows mean; rows of another version are thrown away.
inline constexpr std::uint32_t kIndexVersion = 1;
inline constexpr std::string_view kIndexMetaKey{"\0index", 6};
// Where the index's classes begin, after those of the views.
inline constexpr std::string_view kIndexBegin{"\x20", 1};
inline constexpr std::string_view kIndexEnd{"\x22", 1};
inline constexpr std::string_view kListingEnd{"\x21", 1};
inline constexpr std::uint64_t kIndexBlockLsns = 65'536;

[[nodiscard]] inline std::uint64_t index_block(Lsn lsn) { return lsn.value() / kIndexBlockLsns; }

[[nodiscard]] std::string encode_index_meta(const log::Position& position);
// {} for another version, or when it isn't one.
[[nodiscard]] log::Position decode_index_meta(std::string_view value);

[[nodiscard]] std::string listing_key(Subject subject, std::uint64_t block);
// The block of a key of listing_key; none for any other key.
[[nodiscard]] std::optional<std::uint64_t> listing_block(std::string_view key);
[[nodiscard]] std::string name_key(GivenName::Kind kind, std::string_view name);
// How many octets of a key are before the name; 0 when it isn't one of name_key.
[[nodiscard]] std::size_t name_key_prefix(std::string_view key);

// Appends to a row's value, which may be empty. `last` is the row's last LSN; none when it is
// empty.
void append_listed(Lsn lsn, Lsn last, std::string& value);
// Ascending; nullopt when it isn't a row's value.
[[nodiscard]] std::optional<std::vector<Lsn>> decode_listing(std::uint64_t block,
                                                             std::string_view value);

}  // namespace mnm::ops
