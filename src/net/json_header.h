// A request's header, read but not judged: the fields of both dialects in one struct. Which of them
// an op needs or forbids is the codecs' business.
//
// Pure. A header's texts are views into the reader that read it.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "net/json_reader.h"
#include "ops/command.h"

namespace mnm::net {

struct ForEntry {
  std::string_view id;
  std::uint64_t type = 0;
};

// Absent is empty, 0 or false, as a field given so means nothing in either dialect; optional where
// it does. `id_token` is within "oidc".
struct RequestHeader {
  std::optional<std::uint8_t> op;
  std::string_view id, uid, gid, node, nodeid, newnode, newalias, from, to, type, act, mmtp,
      dropalias, id_token;
  std::uint64_t datalen = 0, datahead = 0, datasum = 0;
  std::uint64_t notelen = 0, notehead = 0, notesum = 0;
  bool fornotself = false, once = false, retry = false;
  std::optional<std::uint32_t> dropnode, keepnode;  // not 0
  std::optional<std::vector<ForEntry>> for_list, notefor;
};

// Reads `reader`'s whole text. False when it isn't one JSON object, a field comes twice, or a field
// that the dialect knows is of the wrong type or out of its range.
[[nodiscard]] bool read_header(JsonReader& reader, ops::Dialect dialect, RequestHeader& header);

}  // namespace mnm::net
