// What is kept of a message until its last copy ends: its row, and the file that its body may be
// in. It outlives the message's event, which retention may take.
//
// Main thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "mnmlog/source.h"
#include "ops/message.h"

namespace mnm::mnmlog {

struct StoredMessage {
  message::Header header;
  std::uint64_t row_bytes = 0;
  std::string missing_file;  // its body's, body/…, which isn't there; empty: the body is
};
// None when it isn't stored. kCorruption and others: its row can't be read.
[[nodiscard]] Result<std::optional<StoredMessage>> find_stored(const Source& source, Lsn id);

// When a message that waits was posted, as its event says or, where that was trimmed, its row; 0
// when neither is there.
[[nodiscard]] Result<std::uint64_t> posted_ns(const Source& source, Lsn id);

}  // namespace mnm::mnmlog
