// A file system that can lose power, or fail, at any call.
//
// It writes through to the real one, but remembers what was never synced: the octets of each file
// since its last sync, and what happened to each directory's entries since its last fsync. After a
// cut, any subset of the unsynced 4 KiB pages is on disk (the others are as they were, or zero, or
// beyond the end), and of each directory's unsynced changes any number of the first. Harsher than
// ext4: to sync a new file doesn't make its name durable.
//
// Thread-safe. Nothing may use the files while lose_unsynced() runs.
#pragma once

#include <fcntl.h>
#include <glog/logging.h>
#include <rocksdb/file_system.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace mnm {

class PowerFs final : public rocksdb::FileSystemWrapper {
 public:
  using Status = rocksdb::IOStatus;
  static constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();
  static constexpr std::uint64_t kPage = 4096;

  // What befalls the calls that change something, counted from 1.
  struct Plan {
    std::uint64_t cut_at = kNever;   // this call and all later ones fail: no power
    std::uint64_t fail_at = kNever;  // this call fails
    bool keeps_failing = false;      // and all later ones
    Status failure = Status::IOError("planned");
    bool applied = false;      // the call that is cut or fails does its work all the same
    bool lying_syncs = false;  // a sync says yes and does nothing
    bool lying_directory_syncs = false;
  };

  // `trash` is an existing directory on the same disk, for what may have to come back.
  explicit PowerFs(std::string trash)
      : FileSystemWrapper(rocksdb::FileSystem::Default()), trash_(std::move(trash)) {}
  const char* Name() const override { return "PowerFs"; }

  void plan(Plan plan) {
    const std::scoped_lock lock(mutex_);
    plan_ = std::move(plan);
    calls_ = 0;
    dead_ = false;
  }
  void cut_power() {
    const std::scoped_lock lock(mutex_);
    dead_ = true;
  }
  [[nodiscard]] bool dead() const {
    const std::scoped_lock lock(mutex_);
    return dead_;
  }
  [[nodiscard]] std::uint64_t calls() const {
    const std::scoped_lock lock(mutex_);
    return calls_;
  }

  // Makes the disk what a power cut could have left, by `random`.
  void lose_unsynced(std::mt19937_64& random);

  Status NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                         std::unique_ptr<rocksdb::FSWritableFile>* file,
                         rocksdb::IODebugContext* debug) override {
    return change([&] {
      const Status gone = set_aside(path);  // an old file of this name
      if (!gone.ok()) return gone;
      Status status = target()->NewWritableFile(path, options, file, debug);
      if (!status.ok()) return status;
      inodes_[path] = std::make_shared<Inode>();
      changes_[parent(path)].push_back({Change::kCreate, path, {}, {}});
      *file = std::make_unique<AppendFile>(std::move(*file), *this, inodes_[path]);
      return status;
    });
  }
  Status NewRandomRWFile(const std::string& path, const rocksdb::FileOptions& options,
                         std::unique_ptr<rocksdb::FSRandomRWFile>* file,
                         rocksdb::IODebugContext* debug) override {
    const std::scoped_lock lock(mutex_);
    if (dead_) return no_power();
    Status status = target()->NewRandomRWFile(path, options, file, debug);
    if (!status.ok()) return status;
    *file = std::make_unique<OverwriteFile>(std::move(*file), *this, inode_of(path));
    return status;
  }
  // RocksDB cuts off what it preallocated for a WAL that it has recovered.
  Status ReopenWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                            std::unique_ptr<rocksdb::FSWritableFile>* file,
                            rocksdb::IODebugContext* debug) override {
    const std::scoped_lock lock(mutex_);
    if (dead_) return no_power();
    const std::shared_ptr<Inode> inode = inode_of(path);
    Status status = target()->ReopenWritableFile(path, options, file, debug);
    if (status.ok()) *file = std::make_unique<AppendFile>(std::move(*file), *this, inode);
    return status;
  }
  Status NewDirectory(const std::string& path, const rocksdb::IOOptions& options,
                      std::unique_ptr<rocksdb::FSDirectory>* directory,
                      rocksdb::IODebugContext* debug) override {
    const std::scoped_lock lock(mutex_);
    if (dead_) return no_power();
    Status status = target()->NewDirectory(path, options, directory, debug);
    if (status.ok()) {
      *directory = std::make_unique<Directory>(std::move(*directory), *this, without_slash(path));
    }
    return status;
  }
  Status DeleteFile(const std::string& path, const rocksdb::IOOptions&,
                    rocksdb::IODebugContext*) override {
    return change([&] {
      if (!std::filesystem::exists(path)) return Status::PathNotFound(path);
      return set_aside(path);
    });
  }
  Status RenameFile(const std::string& from, const std::string& to,
                    const rocksdb::IOOptions& options, rocksdb::IODebugContext* debug) override {
    return change([&] {
      CHECK_EQ(parent(from), parent(to));
      std::string old;
      std::shared_ptr<Inode> old_inode;
      if (std::filesystem::exists(to)) {
        old = next_trash();
        std::filesystem::create_hard_link(to, old);
        old_inode = take_inode(to);
      }
      Status status = target()->RenameFile(from, to, options, debug);
      if (!status.ok()) return status;
      if (std::shared_ptr<Inode> inode = take_inode(from)) inodes_[to] = inode;
      if (old_inode) inodes_[old] = old_inode;
      changes_[parent(to)].push_back({Change::kRename, to, from, old});
      return status;
    });
  }

 private:
  struct Inode {
    std::uint64_t synced_size = 0;
    std::uint64_t size = 0;
    std::map<std::uint64_t, std::string> before;  // overwritten pages, as they were synced
  };
  struct Change {
    enum Kind { kCreate, kDelete, kRename } kind;
    std::string path;
    std::string from;   // of a rename
    std::string trash;  // where the file that went is kept; may be empty
  };

  class AppendFile final : public rocksdb::FSWritableFileOwnerWrapper {
   public:
    AppendFile(std::unique_ptr<rocksdb::FSWritableFile>&& file, PowerFs& fs,
               std::shared_ptr<Inode> inode)
        : FSWritableFileOwnerWrapper(std::move(file)), fs_(fs), inode_(std::move(inode)) {}
    Status Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                  rocksdb::IODebugContext* debug) override {
      return fs_.change([&] {
        Status status = FSWritableFileOwnerWrapper::Append(data, options, debug);
        if (status.ok()) inode_->size += data.size();
        return status;
      });
    }
    Status Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                  const rocksdb::DataVerificationInfo&, rocksdb::IODebugContext* debug) override {
      return Append(data, options, debug);
    }
    Status Truncate(std::uint64_t size, const rocksdb::IOOptions&,
                    rocksdb::IODebugContext*) override {
      CHECK_EQ(size, inode_->size) << "RocksDB truncates only to what it wrote, before it closes";
      return Status::OK();
    }
    Status Sync(const rocksdb::IOOptions&, rocksdb::IODebugContext*) override {
      return fs_.sync(*inode_);
    }
    Status Fsync(const rocksdb::IOOptions&, rocksdb::IODebugContext*) override {
      return fs_.sync(*inode_);
    }
    Status RangeSync(std::uint64_t, std::uint64_t, const rocksdb::IOOptions&,
                     rocksdb::IODebugContext*) override {
      return Status::OK();  // promises nothing
    }
    bool IsSyncThreadSafe() const override { return true; }

   private:
    PowerFs& fs_;
    const std::shared_ptr<Inode> inode_;
  };

  class OverwriteFile final : public rocksdb::FSRandomRWFileOwnerWrapper {
   public:
    OverwriteFile(std::unique_ptr<rocksdb::FSRandomRWFile>&& file, PowerFs& fs,
                  std::shared_ptr<Inode> inode)
        : FSRandomRWFileOwnerWrapper(std::move(file)), fs_(fs), inode_(std::move(inode)) {}
    Status Write(std::uint64_t offset, const rocksdb::Slice& data,
                 const rocksdb::IOOptions& options, rocksdb::IODebugContext* debug) override {
      return fs_.change([&] {
        for (std::uint64_t page = offset / kPage; page * kPage < offset + data.size(); ++page) {
          // Beyond what was synced (its sync lied): a cut takes it anyway.
          if (page * kPage >= inode_->synced_size || inode_->before.contains(page)) continue;
          std::string old(kPage, '\0');
          rocksdb::Slice got;
          Status status = Read(page * kPage, kPage, options, &got, old.data(), debug);
          if (!status.ok()) return status;
          inode_->before[page] = got.ToString();
        }
        return FSRandomRWFileOwnerWrapper::Write(offset, data, options, debug);
      });
    }
    Status Sync(const rocksdb::IOOptions&, rocksdb::IODebugContext*) override {
      return fs_.sync(*inode_);
    }
    Status Fsync(const rocksdb::IOOptions&, rocksdb::IODebugContext*) override {
      return fs_.sync(*inode_);
    }

   private:
    PowerFs& fs_;
    const std::shared_ptr<Inode> inode_;
  };

  class Directory final : public rocksdb::FSDirectoryWrapper {
   public:
    Directory(std::unique_ptr<rocksdb::FSDirectory>&& directory, PowerFs& fs, std::string path)
        : FSDirectoryWrapper(std::move(directory)), fs_(fs), path_(std::move(path)) {}
    Status Fsync(const rocksdb::IOOptions&, rocksdb::IODebugContext*) override {
      return fs_.change([&] {
        if (!fs_.plan_.lying_directory_syncs) fs_.changes_[path_].clear();
        return Status::OK();
      });
    }
    Status FsyncWithDirOptions(const rocksdb::IOOptions& options, rocksdb::IODebugContext* debug,
                               const rocksdb::DirFsyncOptions&) override {
      return Fsync(options, debug);
    }

   private:
    PowerFs& fs_;
    const std::string path_;
  };

  static Status no_power() { return Status::IOError("no power"); }
  static std::string without_slash(std::string path) {
    while (path.size() > 1 && path.back() == '/') path.pop_back();
    return path;
  }
  static std::string parent(const std::string& path) { return path.substr(0, path.rfind('/')); }
  std::string next_trash() { return trash_ + "/" + std::to_string(++trashed_); }
  std::shared_ptr<Inode> inode_of(const std::string& path) {
    std::shared_ptr<Inode>& inode = inodes_[path];
    if (inode == nullptr) {
      inode = std::make_shared<Inode>();
      inode->size = inode->synced_size = std::filesystem::file_size(path);
    }
    return inode;
  }
  std::shared_ptr<Inode> take_inode(const std::string& path) {
    const auto found = inodes_.find(path);
    return found == inodes_.end() ? nullptr : std::move(inodes_.extract(found).mapped());
  }

  // Does `work` as one counted call, if the plan lets it.
  template <class Work>
  Status change(Work work) {
    const std::scoped_lock lock(mutex_);
    if (dead_) return no_power();
    ++calls_;
    const bool cut = calls_ >= plan_.cut_at;
    const bool fails = calls_ == plan_.fail_at || (calls_ > plan_.fail_at && plan_.keeps_failing);
    Status status;
    if ((!cut && !fails) || plan_.applied) status = work();
    dead_ = dead_ || cut;
    if (cut) return no_power();
    return fails ? plan_.failure : status;
  }
  Status sync(Inode& inode) {
    return change([&] {
      if (!plan_.lying_syncs) {
        inode.synced_size = inode.size;
        inode.before.clear();
      }
      return Status::OK();
    });
  }
  // Removes `path`, if it is there, so that it can come back.
  Status set_aside(const std::string& path) {
    if (!std::filesystem::exists(path)) return Status::OK();
    const std::string trash = next_trash();
    std::filesystem::rename(path, trash);
    if (std::shared_ptr<Inode> inode = take_inode(path)) inodes_[trash] = inode;
    changes_[parent(path)].push_back({Change::kDelete, path, {}, trash});
    return Status::OK();
  }
  void put_back(const std::string& from, const std::string& to) {
    std::filesystem::rename(from, to);
    if (std::shared_ptr<Inode> inode = take_inode(from)) inodes_[to] = inode;
  }
  void undo(const Change& change) {
    switch (change.kind) {
      case Change::kCreate:
        std::filesystem::remove(change.path);
        inodes_.erase(change.path);
        break;
      case Change::kDelete:
        put_back(change.trash, change.path);
        break;
      case Change::kRename:
        put_back(change.path, change.from);
        if (!change.trash.empty()) put_back(change.trash, change.path);
        break;
    }
  }
  static void lose_pages(const std::string& path, const Inode& inode, std::mt19937_64& random);

  const std::string trash_;
  mutable std::mutex mutex_;
  Plan plan_;
  std::uint64_t calls_ = 0;
  bool dead_ = false;
  std::uint64_t trashed_ = 0;
  std::map<std::string, std::shared_ptr<Inode>> inodes_;  // those with a history; others are synced
  std::map<std::string, std::vector<Change>> changes_;    // by directory, since its last fsync
};

inline void PowerFs::lose_pages(const std::string& path, const Inode& inode,
                                std::mt19937_64& random) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  PCHECK(fd >= 0) << path;
  const std::uint64_t mood = random() % 4;  // 0: none got there, 1: all did, else each for itself
  const auto persists = [&] { return mood == 1 || (mood > 1 && random() % 2 == 0); };
  const auto write = [&](std::uint64_t offset, std::string_view octets) {
    PCHECK(::pwrite(fd, octets.data(), octets.size(), static_cast<off_t>(offset)) ==
           static_cast<ssize_t>(octets.size()));
  };
  for (const auto& [page, old] : inode.before) {
    if (!persists()) write(page * kPage, old);
  }
  std::uint64_t end = inode.synced_size;  // of what got there
  for (std::uint64_t at = inode.synced_size; at < inode.size;) {
    const std::uint64_t page_end = std::min((at / kPage + 1) * kPage, inode.size);
    if (persists()) {
      end = page_end;
    } else {
      write(at, std::string(page_end - at, '\0'));
    }
    at = page_end;
  }
  // The size may be there without the octets.
  const std::uint64_t size = random() % 3 == 0 ? inode.size : end;
  PCHECK(::ftruncate(fd, static_cast<off_t>(size)) == 0);
  ::close(fd);
}

inline void PowerFs::lose_unsynced(std::mt19937_64& random) {
  const std::scoped_lock lock(mutex_);
  for (auto& [directory, changes] : changes_) {
    const std::size_t kept = random() % (changes.size() + 1);
    for (std::size_t i = changes.size(); i > kept; --i) undo(changes[i - 1]);
  }
  changes_.clear();
  for (const auto& [path, inode] : inodes_) {
    if (inode->size == inode->synced_size && inode->before.empty()) continue;
    if (std::filesystem::exists(path)) lose_pages(path, *inode, random);
  }
  inodes_.clear();
  for (const auto& entry : std::filesystem::directory_iterator(trash_)) {
    std::filesystem::remove(entry.path());
  }
  plan_ = Plan();
  calls_ = 0;
  dead_ = false;
}

}  // namespace mnm
