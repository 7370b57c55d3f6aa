// Signs heads of a log, as the relay does, into a file of a test's own.
//
// One thread.
#pragma once

#include <glog/logging.h>

#include <algorithm>
#include <string>

#include "log/data_directory.h"
#include "log/heads_writer.h"
#include "log/log.h"
#include "log/merkle_range.h"

namespace mnm {

class HeadChain {
 public:
  // `path`: of the heads; beside it, with .pub, the key.
  explicit HeadChain(std::string path, char seed = 'k')
      : path_(std::move(path)), key_(std::string(32, seed)) {
    CHECK(log::replace_file(key_path(), log::key_line(key_.public_key()), 0600));
  }

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string key_path() const { return path_ + ".pub"; }

  // What `log` holds now, all of it; after `range`, which was trimmed.
  log::SignedHead sign(const log::Reader& log, log::MerkleRange range = {}) {
    log::Head head;
    const std::string identity = log.identity();
    std::copy(identity.begin(), identity.end(), head.identity.begin());
    const auto scanner = log.scan(Lsn(1));
    while (true) {
      const auto record = scanner->next();
      CHECK(record) << record.error().text;
      if (!record->has_value()) break;
      range.append((*record)->chain);
      head.position = (*record)->position();
    }
    head.records = range.size();
    head.root = range.root();
    head.time_ns = time_ns_ += 60'000'000'000;
    return append(head);
  }
  // Any head, made to follow the last one in the file.
  log::SignedHead append(log::Head head) {
    auto writer = log::HeadsWriter::open(path_);
    CHECK(writer) << writer.error().text;
    head.number = 1;
    if (const auto& last = (*writer)->last()) {
      head.number = last->head.number + 1;
      head.previous = last->head.hash();
    }
    const log::SignedHead signed_head = log::sign_head(head, key_);
    CHECK((*writer)->append(signed_head));
    return signed_head;
  }

 private:
  const std::string path_;
  const SigningKey key_;
  std::uint64_t time_ns_ = 1'767'323'045'118'000'000;
};

}  // namespace mnm
