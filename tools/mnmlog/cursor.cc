// A cursor's file.
#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <fstream>
#include <string>

#include "mnmlog/range.h"

namespace mnm::mnmlog {

Result<Cursor> load_cursor(const std::string& path) {
  std::ifstream file(path);
  if (!file) {
    return fail(errno == ENOENT ? ErrorCode::kNegative : ErrorCode::kUnavailable,
                fmt::format("cursor {}: can't be read", path));
  }
  std::string word;
  int version = 0;
  std::uint32_t epoch = 0;
  std::uint64_t lsn = 0;
  if (!(file >> word >> version >> epoch >> lsn) || word != "mnm-cursor") {
    return fail(ErrorCode::kUsage, fmt::format("{}: not a cursor", path));
  }
  if (version != 1) {
    return fail(ErrorCode::kUnknownFormat,
                fmt::format("cursor {}: version {}, of a later mnmlog", path, version));
  }
  return Cursor{Epoch(epoch), Lsn(lsn)};
}

Result<> save_cursor(const std::string& path, const Cursor& cursor) {
  const std::string fresh = path + ".new";
  {
    std::ofstream file(fresh, std::ios::trunc);
    file << "mnm-cursor 1 " << cursor.epoch.value() << ' ' << cursor.lsn.value() << '\n';
    if (!file.flush()) return fail(system_error("can't write " + fresh, errno));
  }
  if (std::rename(fresh.c_str(), path.c_str()) != 0) {
    return fail(system_error("can't write " + path, errno));
  }
  return {};
}

}  // namespace mnm::mnmlog
