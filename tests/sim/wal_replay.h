// Reads back what Disk wrote into its write-ahead log: whole batches, in order, up to the first
// that isn't.
//
// Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "sim/disk.h"

namespace mnm::sim {

// Appends one operation to a batch.
void put_record(std::string& batch, Lsn first, std::string_view record);
void put_row(std::string& batch, Lsn id, log::BodyFile file, std::string_view value);
void put_purge(std::string& batch, Lsn id);
// The key of a sealed row.
void put_key(std::string& batch, Lsn id, std::string_view key);
void put_key_purge(std::string& batch, Lsn id);

// Carries out all whole batches; the sequence number that follows them.
std::uint64_t replay_wal(std::string_view octets, std::uint64_t sequence, Tables& tables);

}  // namespace mnm::sim
