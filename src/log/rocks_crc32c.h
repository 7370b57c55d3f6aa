// CRC-32C inside RocksDB, by the processor's instruction.
//
// Debian's librocksdb is built for the oldest processors and computes the CRC of every WAL fragment
// and table block by table: a third of an append of 8 KiB rows. Its calls go through the dynamic
// linker, and a program's own symbol comes first, so rocks_crc32c.cc defines the function that it
// calls. The values are the same, so is what is on disk. A RocksDB that doesn't call it, or names
// it otherwise, is only slower. Any thread.
#pragma once

namespace mnm::log {

// Whether RocksDB's CRCs are ours in this program. Calling it also links the definition in.
[[nodiscard]] bool crc32c_is_ours();

}  // namespace mnm::log
