// The family `file`, which names the body file of each waiting message that has one, against what
// body/ holds.
//
// Any thread; changes nothing.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "log/body_store.h"
#include "log/rocks_db.h"

namespace mnm::log {

struct FileRow {
  Lsn id;  // the message's
  BodyFile file;
};

// In ascending order of id.
[[nodiscard]] Result<std::vector<FileRow>> read_file_rows(const Database& database);

// Whether `body_directory` holds each file that is named, and, where `file_bytes` is given, as long
// as the message row says. kCorruption names the messages; of many, the first.
[[nodiscard]] Result<void> check_body_files(const Database& database,
                                            const std::string& body_directory,
                                            const FileBytes& file_bytes);

}  // namespace mnm::log
