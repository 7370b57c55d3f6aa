// Body files by name, for reading (doc/log_format.md, "body/"). Any thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "log/body_store.h"
#include "log/keyring.h"

namespace mnm::log {

[[nodiscard]] std::string body_file_name(BodyFile file);
// None unless it is one that body_file_name gives.
[[nodiscard]] std::optional<BodyFile> parse_body_file_name(std::string_view name);
// `directory` is body/.
[[nodiscard]] std::string body_file_path(const std::string& directory, BodyFile file);
// kNegative when the file is gone. `keyring`: of a sealed one; null: it is plain. A sealed one is
// kTampering, also while it is read, when it isn't what was sealed under this name.
[[nodiscard]] Result<std::unique_ptr<Download>> open_body_file(const std::string& directory,
                                                               BodyFile file,
                                                               const Keyring* keyring);

// The text of a sealed body file whose octets `file` gives. Errors as above; kNegative when its key
// was overwritten: it is purged.
[[nodiscard]] Result<std::unique_ptr<Download>> open_sealed_body(std::unique_ptr<Download> octets,
                                                                 BodyFile file,
                                                                 const Keyring& keyring,
                                                                 const std::string& path);

}  // namespace mnm::log
