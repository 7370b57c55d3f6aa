// A data directory with a RocksDB log in it, for tests that look at the disk: open, close, append,
// and say what a log holds in one line.
#pragma once

#include <glog/logging.h>

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "log/rocks_log.h"
#include "support/temp_dir.h"

namespace mnm::log {

class LogBox {
 public:
  explicit LogBox(std::shared_ptr<rocksdb::FileSystem> file_system = nullptr)
      : temporary_(file_system ? TempDir::in_memory()
                               : std::filesystem::temp_directory_path().string()) {
    options_.directory = temporary_ / "data";
    options_.file_system = std::move(file_system);
  }

  [[nodiscard]] const std::string& directory() const { return options_.directory; }
  [[nodiscard]] OpenOptions& options() { return options_; }
  [[nodiscard]] Log& log() { return *store_.log; }
  [[nodiscard]] BodyStore& bodies() { return *store_.bodies; }
  [[nodiscard]] Store& store() { return store_; }
  [[nodiscard]] bool is_open() const { return store_.log != nullptr; }

  Result<void> try_open() {
    Result<Store> store = open_store(options_);
    if (!store) return fail(store.error());
    store_ = std::move(*store);
    return {};
  }
  void open() {
    const Result<void> opened = try_open();
    CHECK(opened) << opened.error().text;
  }
  void close() {
    store_.log.reset();
    store_.bodies.reset();
  }

  Result<Position> try_append(std::string_view event, std::span<const MessagePut> puts = {},
                              std::span<const MessagePurge> purges = {}) {
    const std::vector<std::string_view> events = {event};
    const Position head = log().durable();
    return log().append({Epoch(1), next(head.lsn), events, puts, purges});
  }
  Lsn append(std::string_view event) { return appended(try_append(event)); }
  // A message with `value`; returns its id.
  Lsn post(std::string_view value, BodyFile file = {}) {
    const std::vector<MessagePut> puts = {{next(log().durable().lsn), value, "", file}};
    return appended(try_append("post", puts));
  }
  void purge(Lsn id, BodyFile file = {}) {
    const std::vector<MessagePurge> purges = {{id, file}};
    (void)appended(try_append("ack", {}, purges));
  }
  BodyFile upload(std::string_view body) {
    Result<std::unique_ptr<Upload>> upload = bodies().create();
    CHECK(upload && (*upload)->append(body) && (*upload)->sync());
    (*upload)->release();
    return (*upload)->file();
  }

  // All events, joined with spaces.
  [[nodiscard]] static std::string events_of(const Reader& reader) {
    std::string out;
    const std::unique_ptr<Scanner> scanner = reader.scan(Lsn(1));
    while (true) {
      const Result<std::optional<Record>> record = scanner->next();
      CHECK(record) << record.error().text;
      if (!record->has_value()) return out;
      for (const std::string_view event : (*record)->events) {
        if (!out.empty()) out += ' ';
        out += event;
      }
    }
  }

 private:
  static Lsn appended(const Result<Position>& position) {
    CHECK(position) << position.error().text;
    return position->lsn;
  }

  TempDir temporary_;
  OpenOptions options_;
  Store store_;
};

}  // namespace mnm::log
