#include "ops/base.h"

#include <fmt/format.h>
#include <rocksdb/file_system.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <ranges>

#include "base/codec.h"
#include "log/sealed_file.h"
#include "ops/base_format.h"
#include "ops/checkpoint_reader.h"
#include "state/row_digest.h"
#include "state/rows.h"

namespace mnm::ops {
namespace {

const rocksdb::IOOptions kIo;

tl::unexpected<Error> damaged(const std::string& path, std::string_view what) {
  return fail(ErrorCode::kCorruption, fmt::format("base {}: {}", path, what));
}

tl::unexpected<Error> of_another(const std::string& path) {
  return damaged(path, "it is of another LSN");
}
tl::unexpected<Error> not_its_digest(const std::string& path) {
  return damaged(path, "its rows don't add up to its digest");
}

using RowVisit = std::function<Result<>(std::string_view key, std::string_view value)>;

// What the octets say, and all their rows to `visit`, in order.
Result<BaseInfo> read_rows(std::string_view octets, const std::string& path,
                           const RowVisit& visit) {
  if (octets.size() < sizeof(Hash)) return damaged(path, "it is cut off");
  const std::string_view content = octets.substr(0, octets.size() - sizeof(Hash));
  BaseInfo info;
  info.file_hash = sha256(content);
  if (octets.starts_with(log::kSealedFileMagic)) {
    return fail(
        ErrorCode::kDenied,
        fmt::format("base {} is sealed: name the file that holds the key with --key (beside a "
                    "running relay too, where the log was trimmed)",
                    path));
  }
  if (as_bytes(info.file_hash) != octets.substr(content.size())) {
    return damaged(path, "its hash isn't that of its octets");
  }
  Decoder in(content);
  if (in.raw(kBaseMagic.size()) != kBaseMagic) {
    return fail(ErrorCode::kUnknownFormat, fmt::format("base {}: it is of no known format", path));
  }
  if (const std::uint32_t version = in.fixed32_be(); version != state::kFoldVersion) {
    return fail(ErrorCode::kUnknownFormat,
                fmt::format("base {}: its views are of version {}; this program knows {}", path,
                            version, state::kFoldVersion));
  }
  info.at.epoch = Epoch(in.fixed32_be());
  info.at.lsn = Lsn(in.fixed64_be());
  const std::string_view chain = in.raw(sizeof(Hash));
  const std::string_view stated = in.raw(sizeof(Hash));
  auto range = log::MerkleRange::decode(in.bytes());
  if (!in.ok() || !range) return damaged(path, "its head is damaged");
  info.at.chain = hash_from(chain);
  info.digest = hash_from(stated);
  info.range = std::move(*range);
  while (const std::uint64_t key_bytes = in.varint()) {
    const std::uint64_t value_bytes = in.varint();
    const std::string_view key = in.raw(key_bytes);
    const std::string_view value = in.raw(value_bytes);
    if (!in.ok()) return damaged(path, "a row is cut off");
    if (auto added = visit(key, value); !added) return damaged(path, added.error().text);
  }
  if (!in.done()) return damaged(path, "it doesn't end where its rows do");
  return info;
}

}  // namespace

Result<Base> Bases::decode(std::string_view octets, const std::string& path, Digest digest) {
  Base base;
  state::RowReader reader(base.views);
  Result<BaseInfo> info = read_rows(
      octets, path,
      [&reader](std::string_view key, std::string_view value) { return reader.add(key, value); });
  if (!info) return fail(info.error());
  base.info = std::move(*info);
  if (auto done = reader.finish(base.info.at.lsn); !done) return damaged(path, done.error().text);
  if (digest == Digest::kChecked && base.views.digest() != base.info.digest) {
    return not_its_digest(path);
  }
  return base;
}

Bases::Bases(const std::string& directory, std::shared_ptr<const log::Keyring> keyring,
             std::shared_ptr<rocksdb::FileSystem> file_system, const std::string& folder)
    : directory_(directory),
      folder_(directory + "/" + folder),
      keyring_(std::move(keyring)),
      file_system_(file_system ? std::move(file_system) : rocksdb::FileSystem::Default()) {}

std::string Bases::name(Lsn lsn) { return fmt::format("{:016x}", lsn.value()); }

Result<std::vector<Lsn>> Bases::list() const {
  std::vector<std::string> names;
  const rocksdb::IOStatus status = file_system_->GetChildren(folder_, kIo, &names, nullptr);
  if (status.IsNotFound() || status.IsPathNotFound()) return std::vector<Lsn>();
  if (!status.ok()) return fail(base_error(folder_, status));
  std::vector<Lsn> lsns;
  for (const std::string& each : names) {
    const Lsn lsn = parse_message_id(each);  // the same 16 digits
    if (lsn) lsns.push_back(lsn);
  }
  std::ranges::sort(lsns);
  return lsns;
}

Result<std::string> Bases::read(Lsn lsn) const {
  const std::string name = path(lsn);
  std::uint64_t size = 0;
  std::unique_ptr<rocksdb::FSSequentialFile> file;
  rocksdb::IOStatus status = file_system_->GetFileSize(name, kIo, &size, nullptr);
  if (status.IsNotFound() || status.IsPathNotFound()) {
    return fail(ErrorCode::kNegative, fmt::format("base {}: there is none", name));
  }
  if (status.ok()) {
    status = file_system_->NewSequentialFile(name, rocksdb::FileOptions(), &file, nullptr);
  }
  std::string octets(size, '\0');
  std::size_t read = 0;
  while (status.ok() && read < size) {
    rocksdb::Slice got;
    status = file->Read(size - read, kIo, &got, octets.data() + read, nullptr);
    if (!status.ok() || got.empty()) break;
    if (got.data() != octets.data() + read) {
      std::copy_n(got.data(), got.size(), octets.data() + read);
    }
    read += got.size();
  }
  if (!status.ok()) return fail(base_error(name, status));
  octets.resize(read);
  if (!keyring_) return octets;
  return log::open_sealed_file(*keyring_, log::sealed_base_name(lsn), octets, name);
}

std::uint64_t Bases::octets(Lsn lsn) const {
  std::uint64_t size = 0;
  return file_system_->GetFileSize(path(lsn), kIo, &size, nullptr).ok() ? size : 0;
}

Result<Base> Bases::load(Lsn lsn, Digest digest) const {
  const auto octets = read(lsn);
  if (!octets) return fail(octets.error());
  Result<Base> base = decode(*octets, path(lsn), digest);
  if (base && base->info.at.lsn != lsn) return of_another(path(lsn));
  return base;
}

Result<BaseInfo> Bases::check(Lsn lsn) const {
  const auto octets = read(lsn);
  if (!octets) return fail(octets.error());
  state::RowDigest digest;
  Result<BaseInfo> info = read_rows(
      *octets, path(lsn),
      [&digest](std::string_view key, std::string_view value) { return digest.add(key, value); });
  if (info && info->at.lsn != lsn) return of_another(path(lsn));
  if (info && info->digest != digest.finish()) return not_its_digest(path(lsn));
  return info;
}

Result<Base> Bases::latest(const log::Reader& log, Lsn through) const {
  const Lsn tail = log.tail();
  const auto lsns = list();
  if (!lsns) return fail(lsns.error());
  std::optional<Error> wrong;
  for (const Lsn lsn : std::views::reverse(*lsns)) {
    if (lsn > through) continue;
    Result<Base> base = load(lsn);
    if (base && belongs_to(log, base->info.at)) return base;
    if (!base && !wrong) wrong = base.error();
  }
  if (tail <= Lsn(1)) return Base{};
  if (wrong) return fail(*wrong);
  return fail(ErrorCode::kCorruption,
              fmt::format("{}: the log begins at LSN {}, and no base in {} leads up to it",
                          directory_, tail.value(), folder_));
}

}  // namespace mnm::ops
