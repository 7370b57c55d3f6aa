// Bases::write, remove and remove_before: apart, so that mnmlog, which only reads, links none of
// it.
#include <rocksdb/file_system.h>

#include <optional>

#include "base/codec.h"
#include "log/sealed_file.h"
#include "ops/base.h"
#include "ops/base_format.h"
#include "state/rows.h"

namespace mnm::ops {
namespace {

constexpr std::size_t kBufferBytes = std::size_t{1} << 20;

const rocksdb::IOOptions kIo;

// Appends, and hashes what it appends.
class HashedFile {
 public:
  // Sealed, if there is a sealer.
  HashedFile(rocksdb::FSWritableFile& file, std::optional<log::FileSealer>& sealer)
      : file_(file), sealer_(sealer) {}
  void append(std::string_view octets) {
    buffer_ += octets;
    if (buffer_.size() >= kBufferBytes) flush();
  }
  rocksdb::IOStatus finish(Hash& hash) {
    flush();
    hash = hash_.finish();
    write(as_bytes(hash));
    if (!sealer_) return status_;
    sealed_.clear();
    sealer_->finish(sealed_);
    if (status_.ok()) status_ = file_.Append(sealed_, kIo, nullptr);
    return status_;
  }

 private:
  void flush() {
    hash_.update(buffer_);
    write(buffer_);
    buffer_.clear();
  }
  void write(std::string_view octets) {
    sealed_.clear();
    if (sealer_) sealer_->add(octets, sealed_);
    const std::string_view stored = sealer_ ? std::string_view(sealed_) : octets;
    if (status_.ok()) status_ = file_.Append(stored, kIo, nullptr);
  }
  rocksdb::FSWritableFile& file_;
  std::optional<log::FileSealer>& sealer_;
  std::string sealed_;
  Sha256 hash_;
  std::string buffer_;
  rocksdb::IOStatus status_;
};

std::string encode_head(const BaseInfo& info) {
  std::string out;
  Encoder encoder(out);
  encoder.raw(kBaseMagic);
  encoder.fixed32_be(state::kFoldVersion);
  encoder.fixed32_be(info.at.epoch.value());
  encoder.fixed64_be(info.at.lsn.value());
  encoder.raw(as_bytes(info.at.chain));
  encoder.raw(as_bytes(info.digest));
  encoder.bytes(info.range.encode());
  return out;
}

Result<> write_content(rocksdb::FSWritableFile& file, const std::string& path,
                       std::optional<log::FileSealer>& sealer, WholeViews& views, BaseInfo& info) {
  HashedFile out(file, sealer);
  out.append(encode_head(info));
  std::string sizes;
  auto written = views.each([&](std::string_view key, std::string_view value) {
    if (value.empty()) return;  // a row of the default
    sizes.clear();
    Encoder encoder(sizes);
    encoder.varint(key.size());
    encoder.varint(value.size());
    out.append(sizes);
    out.append(key);
    out.append(value);
  });
  if (!written) return written;
  out.append(std::string_view("\0", 1));  // a key of no octets: the end
  if (const auto status = out.finish(info.file_hash); !status.ok()) {
    return fail(base_error(path, status));
  }
  return {};
}

}  // namespace

Result<BaseInfo> Bases::write(WholeViews& views, const log::Position& at,
                              const log::MerkleRange& range) const {
  const auto digest = views.digest();
  if (!digest) return fail(digest.error());
  BaseInfo info{.at = at, .digest = *digest, .range = range};
  const std::string unfinished = path(at.lsn) + std::string(kBaseUnfinished);
  std::unique_ptr<rocksdb::FSDirectory> parent;
  std::unique_ptr<rocksdb::FSDirectory> folder;
  std::unique_ptr<rocksdb::FSWritableFile> file;
  rocksdb::IOStatus status = file_system_->CreateDirIfMissing(folder_, kIo, nullptr);
  if (status.ok()) status = file_system_->NewDirectory(directory_, kIo, &parent, nullptr);
  if (status.ok()) status = parent->Fsync(kIo, nullptr);
  if (status.ok()) {
    status = file_system_->NewWritableFile(unfinished, rocksdb::FileOptions(), &file, nullptr);
  }
  if (!status.ok()) return fail(base_error(unfinished, status));
  std::optional<log::FileSealer> sealer;
  if (keyring_) sealer.emplace(*keyring_, log::sealed_base_name(at.lsn));
  if (auto written = write_content(*file, unfinished, sealer, views, info); !written) {
    return fail(written.error());
  }
  status = file->Sync(kIo, nullptr);
  if (status.ok()) status = file->Close(kIo, nullptr);
  if (status.ok()) status = file_system_->RenameFile(unfinished, path(at.lsn), kIo, nullptr);
  if (status.ok()) status = file_system_->NewDirectory(folder_, kIo, &folder, nullptr);
  if (status.ok()) status = folder->Fsync(kIo, nullptr);
  if (!status.ok()) return fail(base_error(unfinished, status));
  return info;
}

Result<> Bases::remove_before(Lsn lsn) const {
  std::vector<std::string> names;
  rocksdb::IOStatus status = file_system_->GetChildren(folder_, kIo, &names, nullptr);
  if (status.IsNotFound() || status.IsPathNotFound()) return {};
  for (const std::string& each : names) {
    const Lsn own = parse_message_id(each);
    const bool old = own && own < lsn;
    if (!status.ok() || (!old && !each.ends_with(kBaseUnfinished))) continue;
    status = file_system_->DeleteFile(folder_ + "/" + each, kIo, nullptr);
  }
  if (!status.ok()) return fail(base_error(folder_, status));
  return {};
}

Result<> Bases::remove(Lsn lsn) const {
  const rocksdb::IOStatus status = file_system_->DeleteFile(path(lsn), kIo, nullptr);
  if (!status.ok()) return fail(base_error(path(lsn), status));
  return {};
}

}  // namespace mnm::ops
