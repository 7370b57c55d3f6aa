// A file system that removes WAL files bit by bit. To free a large file at once can keep a disk
// busy for tens of milliseconds, where what is freed is discarded at once (ext4 with `discard`),
// and a sync that comes meanwhile waits for all of it. Tables go at once: they don't go three at a
// time, and a trim removes them on the thread that appends.
//
// Names go first. A file that has other names, or that anybody else has open, is only unlinked. Who
// has looked the name up just before, and opens it just after, may read a file that is cut; what
// was in it is in tables by then.
#pragma once

#include <rocksdb/file_system.h>

#include <memory>

namespace mnm::log {

// Any thread. `below` must keep its files where the operating system does.
[[nodiscard]] std::shared_ptr<rocksdb::FileSystem> remove_gently(
    const std::shared_ptr<rocksdb::FileSystem>& below);

}  // namespace mnm::log
