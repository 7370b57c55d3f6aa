// restore_export.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <string>
#include <utility>
#include <variant>

#include "common/program.h"
#include "common/progress.h"
#include "common/terminal.h"
#include "log/data_directory.h"
#include "log/export_stream.h"
#include "mnmrestore/copy.h"

namespace mnm::mnmrestore {
namespace {

Result<> interrupted() { return fail(ErrorCode::kInterrupted, "interrupted: nothing was made"); }

class Import {
 public:
  Import(log::ExportReader& reader, const RestoreOptions& options)
      : reader_(reader), options_(options) {}

  Result<Restored> run() {
    Result<log::ExportItem> first = reader_.next();
    if (!first) return fail(first.error());
    const auto& begin = std::get<log::ExportBegin>(*first);
    if (begin.before.lsn && !begin.with_base) {
      return fail(
          ErrorCode::kNegative,
          fmt::format("this export begins after LSN {}, and has no base to begin with: import one "
                      "of the whole log, or use mnmlog replay --into, or mnmctl backup and restore",
                      begin.before.lsn.value()));
    }
    before_ = begin.before;
    auto builder =
        log::StoreBuilder::create(options_.into, begin.identity, before_, options_.key());
    if (!builder) return fail(builder.error());
    tools::Progress progress("LSN", before_.lsn.value() + 1, begin.last.lsn.value());
    while (true) {
      Result<log::ExportItem> item = reader_.next();
      if (!item) return fail(item.error());
      if (tools::interrupted()) {
        if (Result<> stop = interrupted(); !stop) return fail(stop.error());
      }
      if (std::holds_alternative<log::ExportEnd>(*item)) break;
      if (const auto* record = std::get_if<log::Record>(&*item)) {
        progress.at(record->first.value());
      }
      if (Result<> added = add(**builder, *item); !added) return fail(added.error());
    }
    return complete(**builder, options_, "imported from an export");
  }

 private:
  Result<> add(log::StoreBuilder& builder, const log::ExportItem& item) {
    if (const auto* base = std::get_if<log::ExportBase>(&item)) {
      base_ += base->octets;
      return {};
    }
    if (const auto* record = std::get_if<log::Record>(&item)) {
      if (!base_.empty()) {
        if (Result<> kept = keep_base(builder); !kept) return kept;
      }
      return builder.add(*record);
    }
    if (const auto* body = std::get_if<log::ExportBody>(&item)) {
      return builder.add_body(body->file, body->octets);
    }
    const auto& message = std::get<log::ExportMessage>(item);
    return builder.add_message(message.id, message.file, message.row);
  }

  // The whole of it: its records follow.
  Result<> keep_base(const log::StoreBuilder& builder) {
    const Result<ops::Base> base = ops::Bases::decode(std::exchange(base_, {}), "in the export");
    if (!base) return fail(base.error());
    if (base->info.at == before_) return copy_base(*base, builder);
    return fail(ErrorCode::kTampering,
                fmt::format("the export's base is of LSN {}, and its records don't follow it",
                            base->info.at.lsn.value()));
  }

  log::ExportReader& reader_;
  const RestoreOptions& options_;
  log::Position before_;
  std::string base_;  // octets of it, until its records come
};

}  // namespace

Result<Restored> restore_export(const std::string& file, const RestoreOptions& options) {
  const bool standard = file == "-";
  const log::FileDescriptor own(standard ? -1 : ::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!standard && !own.ok()) return fail(system_error("can't open " + file, errno));
  const int fd = standard ? STDIN_FILENO : own.get();
  log::ExportReader reader([&](char* buffer, std::size_t count) -> Result<std::size_t> {
    while (true) {
      const ssize_t got = ::read(fd, buffer, count);
      if (got >= 0) return static_cast<std::size_t>(got);
      if (errno != EINTR) return fail(system_error("can't read " + file, errno));
      if (tools::interrupted()) return fail(ErrorCode::kInterrupted, "interrupted");
    }
  });
  return Import(reader, options).run();
}

}  // namespace mnm::mnmrestore
