// Reads RocksDB's WAL files before RocksDB does, to tell a torn tail, which a power cut leaves,
// from damage, which would cost acked events. No recovery mode of RocksDB can
// (doc/architecture.md).
//
// Pure but for scan_wals, which reads files and writes nothing. Never trusts an octet: bodies from
// strangers are in there.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/ids.h"

namespace rocksdb {
class FileSystem;
}

namespace mnm::log {

struct WalFinding {
  enum class Verdict {
    kClean,    // every octet belongs to a whole batch
    kTorn,     // the end is cut or spoiled, and nothing follows it
    kDamaged,  // a batch follows what is spoiled, or batches are missing in between
  };
  Verdict verdict = Verdict::kClean;
  std::string file;           // where the tear or the damage begins
  std::uint64_t offset = 0;   // in `file`
  std::string reason;         // what is wrong there, for people
  Lsn last_good;              // the last LSN before it in these files; none if unknown
  Lsn next_found;             // the first LSN after it; none if unknown or nothing follows
  std::uint64_t batches = 0;  // whole batches with content before it
};

class WalScan {
 public:
  // Sees each row that is put before the tear or the damage, with RocksDB's number of its family.
  using SeePut =
      std::function<void(std::uint64_t family, std::string_view key, std::string_view value)>;
  WalScan() = default;
  explicit WalScan(SeePut see) : see_(std::move(see)) {}

  // Files in the order of their numbers, each with all its octets.
  void add_file(const std::string& name, std::string_view octets);
  [[nodiscard]] const WalFinding& finding() const { return finding_; }

 private:
  struct Fragment {
    std::uint8_t type = 0;
    std::string_view data;
  };
  static std::optional<Fragment> fragment_at(std::string_view octets, std::uint64_t offset);
  void take(const Fragment& fragment, std::uint64_t offset);
  void take_start(const Fragment& fragment, std::uint64_t offset);
  void take_batch(std::string_view batch, std::uint64_t offset);
  void spoil(std::uint64_t offset, std::string reason);

  SeePut see_;
  WalFinding finding_;
  std::string file_;
  std::string batch_;  // fragments of the batch so far
  bool in_batch_ = false;
  std::uint64_t batch_offset_ = 0;
  std::optional<std::uint64_t> next_sequence_;
};

// All files NNNNNN.log in `directory` with a number of at least `oldest`.
[[nodiscard]] Result<WalFinding> scan_wals(rocksdb::FileSystem& file_system,
                                           const std::string& directory, std::uint64_t oldest,
                                           const WalScan::SeePut& see = {});

}  // namespace mnm::log
