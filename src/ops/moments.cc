#include "ops/moments.h"

#include <ranges>
#include <utility>
#include <vector>

#include "ops/checkpoint_reader.h"

namespace mnm::ops {

Bases moments_in(const std::string& directory, std::shared_ptr<const log::Keyring> keyring,
                 std::shared_ptr<rocksdb::FileSystem> file_system) {
  return Bases(directory, std::move(keyring), std::move(file_system), "moments");
}

std::optional<Base> latest_moment(const Bases& moments, const log::Reader& log, Lsn through) {
  const auto lsns = moments.list();
  if (!lsns) return std::nullopt;
  for (const Lsn lsn : std::views::reverse(*lsns)) {
    if (lsn > through) continue;
    Result<Base> moment = moments.load(lsn, Bases::Digest::kTrusted);
    if (moment && belongs_to(log, moment->info.at)) return std::move(*moment);
  }
  return std::nullopt;
}

}  // namespace mnm::ops
