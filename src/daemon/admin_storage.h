// mnmctl backup, retain and rekey: what an administrator does about the log as a whole.
#pragma once

#include "daemon/admin.h"
#include "daemon/admin_engine.h"
#include "daemon/retention.h"
#include "daemon/snapshot_keeper.h"
#include "log/keyring.h"

namespace mnm::daemon {

struct StoragePorts {
  AdminEngine& engine;
  SnapshotKeeper& snapshot;
  Retention& retention;
  std::string secrets;    // the file of keys
  log::Keyring* keyring;  // null: the data directory is plain
};

// backup-begin, backup-end, retain, rekey. What the ports name outlives the admin socket.
[[nodiscard]] std::map<std::string, AdminCommand> storage_commands(StoragePorts ports);

// Makes a snapshot: {"directory", "epoch", "lsn", "chain", "secrets": the file of keys}.
[[nodiscard]] Result<boost::json::object> begin_backup(SnapshotKeeper& snapshot,
                                                       const std::string& secrets);
// {"peer"}, and, if a backup was written from the snapshot and is whole, {"directory", "epoch",
// "lsn", "chain", "octets", "with_secrets"}: removes the snapshot, and notes the backup in the log.
[[nodiscard]] Result<boost::json::object> end_backup(SnapshotKeeper& snapshot, AdminEngine& engine,
                                                     const boost::json::object& request);
// {"before_lsn" or "before_ns", "dry_run", "reason"?, "peer"}.
[[nodiscard]] Result<boost::json::object> retain(Retention& retention,
                                                 const boost::json::object& request);

}  // namespace mnm::daemon
