#include "daemon/admin_storage.h"

#include <boost/json.hpp>

#include "base/text.h"
#include "daemon/admin_messages.h"
#include "daemon/admin_rekey.h"

namespace mnm::daemon {
namespace {

using boost::json::object;

// 0 when it is absent or no number.
std::uint64_t number_of(const object& request, std::string_view name) {
  const auto* value = request.if_contains(name);
  boost::system::error_code failed;
  const auto number = value != nullptr ? value->to_number<std::uint64_t>(failed) : 0;
  return failed ? 0 : number;
}

bool flag_of(const object& request, std::string_view name) {
  const auto* value = request.if_contains(name);
  return value != nullptr && value->is_bool() && value->get_bool();
}

object plan_as_json(const std::optional<ops::TrimPlan>& plan, bool dry_run) {
  object out{{"dry_run", dry_run}, {"events", plan ? plan->events : 0}};
  if (!plan) return out;
  out["first_lsn"] = plan->first.value();
  out["through_lsn"] = plan->through.lsn.value();
  out["records"] = plan->records;
  out["octets"] = plan->octets;
  out["oldest_ns"] = plan->oldest_ns;
  out["newest_ns"] = plan->newest_ns;
  return out;
}

}  // namespace

Result<object> begin_backup(SnapshotKeeper& snapshot, const std::string& secrets) {
  const auto at = snapshot.begin();
  if (!at) return fail(at.error());
  return object{{"directory", snapshot.directory()},
                {"epoch", at->epoch.value()},
                {"lsn", at->lsn.value()},
                {"chain", hex_encode(as_bytes(at->chain))},
                {"secrets", secrets}};
}

Result<object> end_backup(SnapshotKeeper& snapshot, AdminEngine& engine, const object& request) {
  if (auto ended = snapshot.end(); !ended) return fail(ended.error());
  if (!request.contains("directory")) return object{};
  const auto directory = text_of(request, "directory");
  const auto chain = text_of(request, "chain");
  const std::uint64_t lsn = number_of(request, "lsn");
  if (!directory || !chain || lsn == 0) {
    return fail(ErrorCode::kUsage, "a backup is noted with directory, epoch, lsn and chain");
  }
  ops::NoteBackup note;
  note.fact.set_epoch(static_cast<std::uint32_t>(number_of(request, "epoch")));
  note.fact.set_lsn(lsn);
  note.fact.set_chain(hex_decode(*chain).value_or(std::string()));
  note.fact.set_directory(*directory);
  note.fact.set_octets(number_of(request, "octets"));
  note.fact.set_with_secrets(flag_of(request, "with_secrets"));
  const auto noted = engine.carry_out(std::move(note), peer_of(request));
  if (!noted) return fail(noted.error());
  return object{};
}

Result<object> retain(Retention& retention, const object& request) {
  const bool dry_run = flag_of(request, "dry_run");
  const auto reason = text_of(request, "reason");
  const Retention::Wish wish{.before = Lsn(number_of(request, "before_lsn")),
                             .before_ns = number_of(request, "before_ns"),
                             .reason = reason ? *reason : "asked for by an administrator",
                             .peer = peer_of(request)};
  if (!wish.before && wish.before_ns == 0) {
    return fail(ErrorCode::kUsage, "retain needs \"before_lsn\" or \"before_ns\"");
  }
  const auto plan = dry_run ? retention.plan(wish) : retention.carry_out(wish);
  if (!plan) return fail(plan.error());
  return plan_as_json(*plan, dry_run);
}

std::map<std::string, AdminCommand> storage_commands(StoragePorts ports) {
  return {
      {"backup-begin",
       [ports](const object&) { return begin_backup(ports.snapshot, ports.secrets); }},
      {"backup-end",
       [ports](const object& request) {
         return end_backup(ports.snapshot, ports.engine, request);
       }},
      {"retain", [ports](const object& request) { return retain(ports.retention, request); }},
      {"rekey",
       [ports](const object& request) { return rekey(ports.keyring, ports.engine, request); }},
  };
}

}  // namespace mnm::daemon
