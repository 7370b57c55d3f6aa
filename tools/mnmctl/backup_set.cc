#include "mnmctl/backup_set.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>

#include "common/duration.h"
#include "common/program.h"
#include "log/data_directory.h"
#include "log/rocks_log.h"
#include "ops/message.h"

namespace mnm::mnmctl {
namespace {

namespace fs = std::filesystem;
using log::FileDescriptor;

constexpr std::string_view kManifest = "manifest";
constexpr std::string_view kUnfinished = ".unfinished";
constexpr std::size_t kChunkBytes = std::size_t{1} << 20;

Error error_of(const std::string& what, const std::error_code& failed) {
  return system_error(what, failed.value());
}

// Reads a file in chunks, in order.
Result<BackupFile> read_file(const std::string& path,
                             const std::function<Result<>(std::string_view)>& take) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.ok()) return fail(system_error("can't open " + path, errno));
  BackupFile read;
  Sha256 hash;
  std::string chunk(kChunkBytes, '\0');
  while (true) {
    if (tools::interrupted()) return fail(ErrorCode::kInterrupted, "interrupted");
    const ssize_t count = ::read(file.get(), chunk.data(), chunk.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail(system_error("can't read " + path, errno));
    if (count == 0) break;
    const std::string_view octets(chunk.data(), static_cast<std::size_t>(count));
    hash.update(octets);
    read.octets += octets.size();
    if (auto taken = take(octets); !taken) return fail(taken.error());
  }
  read.hash = hash.finish();
  return read;
}

Result<> write_to(const FileDescriptor& file, std::string_view octets, const std::string& path) {
  if (log::write_all(file, octets)) return {};
  return fail(system_error("can't write " + path, errno));
}

Result<BackupFile> copy_file(const std::string& from, const std::string& to) {
  const FileDescriptor file(::open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file.ok()) return fail(system_error("can't make " + to, errno));
  auto copied =
      read_file(from, [&](std::string_view octets) { return write_to(file, octets, to); });
  if (!copied) return copied;
  if (::fsync(file.get()) != 0) return fail(system_error("can't sync " + to, errno));
  return copied;
}

Result<> make_parents(const std::string& directory, const std::string& path) {
  for (std::size_t at = path.find('/'); at != std::string::npos; at = path.find('/', at + 1)) {
    if (auto done = log::make_directory(directory + "/" + path.substr(0, at)); !done) return done;
  }
  return {};
}

Result<> sync_tree(const std::string& directory) {
  std::error_code failed;
  for (const auto& entry : fs::recursive_directory_iterator(directory, failed)) {
    if (!entry.is_directory(failed)) continue;
    if (auto synced = log::sync_directory(entry.path()); !synced) return synced;
  }
  if (failed) return fail(error_of("can't list " + directory, failed));
  return log::sync_directory(directory);
}

// Paths of the files in `directory`, ascending; without what belongs to a running process.
Result<std::vector<std::string>> list_files(const std::string& directory) {
  std::vector<std::string> paths;
  std::error_code failed;
  for (const auto& entry : fs::recursive_directory_iterator(directory, failed)) {
    if (!entry.is_regular_file(failed)) continue;
    std::string path = entry.path().lexically_relative(directory);
    if (path != "LOCK" && path != "log/LOCK" && path != kManifest) paths.push_back(std::move(path));
  }
  if (failed) return fail(error_of("can't list " + directory, failed));
  std::ranges::sort(paths);
  return paths;
}

Result<Manifest> load_manifest(const std::string& directory) {
  const std::string path = directory + "/" + std::string(kManifest);
  std::ifstream file(path);
  if (!file) return fail(ErrorCode::kNegative, directory + ": no backup is there");
  const std::string text(std::istreambuf_iterator<char>(file), {});
  auto manifest = decode_manifest(text);
  if (!manifest) return fail(manifest.error().code, path + ": " + manifest.error().text);
  return manifest;
}

// Writes a backup into a directory of its own.
class Writer {
 public:
  Writer(std::string from, std::string to, const Progress& progress)
      : from_(std::move(from)), to_(std::move(to)), progress_(progress) {}

  // To share files with. One that can't be read shares nothing.
  void use_earlier(const std::string& directory) {
    auto loaded = load_manifest(directory);
    if (!loaded) return;
    earlier_ = std::move(*loaded);
    earlier_directory_ = directory;
  }

  Result<> add_all() {
    const auto paths = list_files(from_);
    if (!paths) return fail(paths.error());
    std::error_code failed;
    for (const std::string& path : *paths) all_ += fs::file_size(from_ + "/" + path, failed);
    for (const std::string& path : *paths) {
      if (auto added = add(from_ + "/" + path, path); !added) return added;
    }
    return {};
  }

  Result<> add(const std::string& source, const std::string& path) {
    if (auto made = make_parents(to_, path); !made) return made;
    auto file = place(source, path);
    if (!file) return fail(file.error());
    file->path = path;
    done_ += file->octets;
    if (progress_) progress_(done_, all_);
    manifest.files.push_back(std::move(*file));
    return {};
  }

  Result<> finish() {
    std::ranges::sort(manifest.files, {}, &BackupFile::path);
    const std::string path = to_ + "/" + std::string(kManifest);
    const FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!file.ok()) return fail(system_error("can't make " + path, errno));
    if (auto written = write_to(file, encode_manifest(manifest), path); !written) {
      return written;
    }
    if (::fsync(file.get()) != 0) return fail(system_error("can't sync " + path, errno));
    return sync_tree(to_);
  }

  Manifest manifest;
  std::uint64_t copied = 0;

 private:
  Result<BackupFile> place(const std::string& source, const std::string& path) {
    const std::string target = to_ + "/" + path;
    const BackupFile* earlier = earlier_.find(path);
    std::error_code failed;
    if (earlier != nullptr && fs::file_size(source, failed) == earlier->octets && !failed) {
      auto read = read_file(source, [](std::string_view) { return Result<>(); });
      if (!read) return read;
      const std::string there = earlier_directory_ + "/" + path;
      if (read->hash == earlier->hash && ::link(there.c_str(), target.c_str()) == 0) return read;
    }
    auto file = copy_file(source, target);
    if (file) copied += file->octets;
    return file;
  }

  const std::string from_;
  const std::string to_;
  const Progress& progress_;
  Manifest earlier_;
  std::string earlier_directory_;
  std::uint64_t done_ = 0;
  std::uint64_t all_ = 0;
};

// "2026-11-25T04:31:07.118Z" without what a file's name shouldn't have.
std::string name_of(const std::string& made, Lsn lsn) {
  std::string stamp = made.substr(0, 19);
  std::erase(stamp, '-');
  std::erase(stamp, ':');
  return fmt::format("{}Z-{}", stamp, message_id(lsn));
}

}  // namespace

Result<WrittenBackup> write_backup(const std::string& from, const std::string& secrets,
                                   const log::Position& at, const std::string& into,
                                   const Progress& progress) {
  std::error_code failed;
  if (fs::exists(into + "/" + std::string(kManifest), failed)) {
    return fail(ErrorCode::kUsage, into + " is a backup itself: name the directory that it is in");
  }
  fs::create_directories(into, failed);
  if (failed) return fail(error_of("can't make " + into, failed));
  WrittenBackup written;
  const std::string made = tools::format_time(tools::now_ns(), tools::Zone::kUtc);
  written.directory = into + "/" + name_of(made, at.lsn);
  const std::string unfinished = written.directory + std::string(kUnfinished);
  if (fs::exists(written.directory, failed)) {
    return fail(ErrorCode::kUnavailable, written.directory + " is there already");
  }
  fs::remove_all(unfinished, failed);
  if (auto begun = log::make_directory(unfinished); !begun) return fail(begun.error());

  Writer writer(from, unfinished, progress);
  if (const auto earlier = find_backup(into)) writer.use_earlier(*earlier);
  writer.manifest.made = made;
  writer.manifest.at = at;
  writer.manifest.with_secrets = !secrets.empty();
  Result<> done = writer.add_all();
  if (done && !secrets.empty()) done = writer.add(secrets, "secrets");
  if (done) done = writer.finish();
  if (!done) {
    fs::remove_all(unfinished, failed);
    return fail(done.error());
  }
  fs::rename(unfinished, written.directory, failed);
  if (failed) return fail(error_of("can't name " + written.directory, failed));
  if (auto synced = log::sync_directory(into); !synced) return fail(synced.error());
  written.manifest = std::move(writer.manifest);
  written.copied = writer.copied;
  return written;
}

Result<std::string> find_backup(const std::string& path) {
  std::error_code failed;
  if (fs::exists(path + "/" + std::string(kManifest), failed)) return path;
  std::string newest;
  for (const auto& entry : fs::directory_iterator(path, failed)) {
    const std::string name = entry.path().filename();
    if (name.ends_with(kUnfinished)) continue;
    if (!fs::exists(entry.path() / kManifest, failed)) continue;
    newest = std::max(newest, name);
  }
  if (newest.empty()) return fail(ErrorCode::kNegative, path + ": no backup is there");
  return path + "/" + newest;
}

Result<Manifest> verify_backup(const std::string& directory, const Progress& progress) {
  auto manifest = load_manifest(directory);
  if (!manifest) return manifest;
  std::string bad;
  std::uint64_t done = 0;
  for (const BackupFile& file : manifest->files) {
    auto read = read_file(directory + "/" + file.path, [](std::string_view) { return Result<>(); });
    if (!read && read.error().code == ErrorCode::kInterrupted) return fail(read.error());
    if (!read) {
      bad += fmt::format("\n  {}: {}", file.path, read.error().text);
    } else if (read->octets != file.octets || read->hash != file.hash) {
      bad += fmt::format("\n  {}: it isn't what was written", file.path);
    }
    done += file.octets;
    if (progress) progress(done, manifest->octets());
  }
  if (!bad.empty()) {
    // Which message that is, the log knows, if it can be read.
    const auto judged = log::judge_store(directory, ops::file_bytes_of);
    return fail(ErrorCode::kCorruption, fmt::format("{}: damaged or missing:{}{}", directory, bad,
                                                    judged ? "" : "\n" + judged.error().text));
  }
  if (const auto judged = log::judge_store(directory, ops::file_bytes_of); !judged) {
    return fail(judged.error());
  }
  return manifest;
}

Result<> copy_out(const std::string& directory, const Manifest& manifest, const std::string& into,
                  const Progress& progress) {
  std::uint64_t done = 0;
  for (const BackupFile& file : manifest.files) {
    if (auto made = make_parents(into, file.path); !made) return made;
    const auto copied = copy_file(directory + "/" + file.path, into + "/" + file.path);
    if (!copied) return fail(copied.error());
    if (copied->hash != file.hash) {
      return fail(ErrorCode::kCorruption, file.path + " changed while it was read");
    }
    done += file.octets;
    if (progress) progress(done, manifest.octets());
  }
  return sync_tree(into);
}

}  // namespace mnm::mnmctl
