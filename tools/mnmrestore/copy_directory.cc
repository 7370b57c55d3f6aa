// restore_directory.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>

#include "common/program.h"
#include "common/progress.h"
#include "common/scratch_directory.h"
#include "common/terminal.h"
#include "log/body_reader.h"
#include "log/store_image.h"
#include "mnmrestore/copy.h"
#include "ops/base.h"
#include "ops/replay.h"

namespace mnm::mnmrestore {
namespace {

constexpr std::size_t kChunkBytes = std::size_t{1} << 20;

class DirectoryCopy {
 public:
  DirectoryCopy(std::string from, const log::Keyring* keyring, const log::StoreImage& image,
                log::StoreBuilder& builder)
      : bodies_(std::move(from) + "/body"), keyring_(keyring), image_(image), builder_(builder) {}

  Result<> run(Lsn through) {
    if (Result<> copied = copy_records(through); !copied) return copied;
    if (!last_) {
      return fail(
          ErrorCode::kNegative,
          fmt::format("no turn had ended by LSN {} of those that are kept", through.value()));
    }
    return image_.each_message([&](Lsn id, log::BodyFile file, std::string_view row) -> Result<> {
      if (id > last_) return {};
      if (file) {
        const Result<bool> copied = copy_body(file);
        if (!copied) return fail(copied.error());
        if (!*copied) return {};  // acked meanwhile: it is among the lost
      }
      return builder_.add_message(id, file, row);
    });
  }

 private:
  Result<> copy_records(Lsn through) {
    const auto scanner = image_.reader().scan(image_.reader().tail());
    tools::Progress progress("LSN", 1, through.value());
    while (true) {
      const auto record = scanner->next();
      if (!record) return fail(record.error());
      if (!record->has_value() || (*record)->last() > through) return {};
      if (tools::interrupted()) {
        return fail(ErrorCode::kInterrupted, "interrupted: nothing was made");
      }
      progress.at((*record)->first.value());
      if (Result<> added = builder_.add(**record); !added) return added;
      last_ = (*record)->last();
    }
  }

  // False when it is gone.
  Result<bool> copy_body(log::BodyFile file) {
    const auto body = log::open_body_file(bodies_, file, keyring_);
    if (!body && body.error().code == ErrorCode::kNegative) return false;
    if (!body) return fail(body.error());
    for (std::uint64_t offset = 0; offset < (*body)->size(); offset += kChunkBytes) {
      const Result<std::string> chunk = (*body)->read(offset, kChunkBytes);
      if (!chunk) return fail(chunk.error());
      if (Result<> added = builder_.add_body(file, *chunk); !added) return fail(added.error());
    }
    return true;
  }

  const std::string bodies_;
  const log::Keyring* const keyring_;
  const log::StoreImage& image_;
  log::StoreBuilder& builder_;
  Lsn last_;
};

// What is said of the base at `lsn` by an event after `last`, which isn't copied; none when it is.
Result<std::optional<event::Trimmed>> find_trimmed(const log::Reader& reader, Lsn lsn, Lsn last) {
  const auto scanner = reader.scan(next(lsn));
  event::Event event;
  while (true) {
    const auto record = scanner->next();
    if (!record) return fail(record.error());
    if (!record->has_value()) {
      return fail(
          ErrorCode::kTampering,
          fmt::format("no event says that the log was trimmed through LSN {}", lsn.value()));
    }
    Lsn at = (*record)->first;
    for (const std::string_view bytes : (*record)->events) {
      if (auto parsed = ops::parse_event(at, bytes, event); !parsed) return fail(parsed.error());
      if (event.has_trimmed() && Lsn(event.trimmed().lsn()) == lsn) {
        if ((*record)->last() <= last) return std::nullopt;
        return event.trimmed();
      }
      at = next(at);
    }
  }
}

}  // namespace

Result<> copy_base(const ops::Base& base, const log::StoreBuilder& builder) {
  const auto written = ops::Bases(builder.path(), builder.keyring())
                           .write(base.views, base.info.at, base.info.range);
  if (!written) return fail(written.error());
  if (written->file_hash == base.info.file_hash) return {};
  return fail(ErrorCode::kUnknownFormat,
              "another version wrote the base that the log begins with: use that one");
}

Result<Restored> restore_directory(const std::string& from, const log::KeySecret* key, Lsn through,
                                   const RestoreOptions& options) {
  auto keyring = log::Keyring::load_if_sealed(from, key);
  if (!keyring) return fail(keyring.error());
  Result<tools::ScratchDirectory> scratch = tools::ScratchDirectory::make();
  if (!scratch) return fail(scratch.error());
  const auto image =
      log::StoreImage::open(from, scratch->path() + "/log", tools::interrupted, *keyring);
  if (!image) return fail(image.error());
  const log::Reader& reader = (*image)->reader();
  const log::Position head = reader.durable();
  auto base = ops::Bases(from, *keyring).latest(reader, std::max(reader.tail(), Lsn(1)) - 1);
  if (!base) return fail(base.error());
  if (through > head.lsn) {
    return fail(ErrorCode::kNegative, fmt::format("{}: the log ends at LSN {}, before {}", from,
                                                  head.lsn.value(), through.value()));
  }
  if (!options.quiet) {
    fmt::print(stderr, "{}: {}, epoch {}, durable LSN {}\n", tools::escaped(from),
               (*image)->live() ? "beside a running relay" : "read-only", head.epoch.value(),
               head.lsn.value());
  }
  const log::Position& before = base->info.at;
  auto builder =
      log::StoreBuilder::create(options.into, (*image)->identity(), before, options.key());
  if (!builder) return fail(builder.error());
  const Lsn last = through ? through : head.lsn;
  std::optional<event::Trimmed> trimmed;
  if (before.lsn) {
    auto found = find_trimmed(reader, before.lsn, last);
    if (!found) return fail(found.error());
    trimmed = std::move(*found);
    if (Result<> copied = copy_base(*base, **builder); !copied) {
      return fail(copied.error());
    }
  }
  if (Result<> copied = DirectoryCopy(from, keyring->get(), **image, **builder).run(last);
      !copied) {
    return fail(copied.error());
  }
  return complete(**builder, options,
                  last < head.lsn ? fmt::format("taken back to LSN {}", last.value())
                                  : "replayed into another directory",
                  trimmed ? &*trimmed : nullptr);
}

}  // namespace mnm::mnmrestore
