// mnmlog export [RANGE]: the log as a stream from which a data directory can be made again, or as
// JSON for people.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <memory>
#include <optional>

#include "common/program.h"
#include "common/progress.h"
#include "common/terminal.h"
#include "log/body_reader.h"
#include "log/data_directory.h"
#include "log/export_stream.h"
#include "log/store_image.h"
#include "mnmlog/command_line.h"
#include "mnmlog/range.h"
#include "mnmlog/source.h"
#include "ops/base.h"

namespace mnm::mnmlog {
namespace {

struct ExportOptions {
  std::string out;
  std::string form = "mnm";
};

std::uint64_t now_ns() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(now).count());
}

Result<> nothing() { return fail(ErrorCode::kNegative, "there is nothing in this range"); }

// A new file that has its name only once it is whole, or standard output.
class Target {
 public:
  static Result<std::unique_ptr<Target>> open(const std::string& path) {
    std::unique_ptr<Target> target(new Target);
    if (path.empty()) {
      if (tools::is_terminal(1)) {
        return fail(ErrorCode::kUsage,
                    "an export is no text: name a file with --out, or lead it into a pipe");
      }
      target->out_.emplace(1);
      return target;
    }
    target->path_ = path;
    target->fd_ = log::FileDescriptor(
        ::open(target->partial().c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (!target->fd_.ok()) return fail(system_error("can't make " + target->partial(), errno));
    target->out_.emplace(target->fd_.get());
    return target;
  }
  ~Target() {
    if (!path_.empty() && !done_) (void)::unlink(partial().c_str());  // as good as it gets
  }
  Target(const Target&) = delete;
  Target& operator=(const Target&) = delete;

  [[nodiscard]] tools::Output& out() { return *out_; }
  Result<> finish() {
    if (Result<> written = out_->finish(); !written) return written;
    if (path_.empty()) return {};
    if (::fsync(fd_.get()) != 0) return fail(system_error("can't sync " + partial(), errno));
    if (::rename(partial().c_str(), path_.c_str()) != 0) {
      return fail(system_error("can't write " + path_, errno));
    }
    done_ = true;
    return {};
  }

 private:
  Target() = default;
  [[nodiscard]] std::string partial() const { return path_ + ".partial"; }
  std::string path_;
  log::FileDescriptor fd_;
  std::optional<tools::Output> out_;
  bool done_ = false;
};

class Exporter {
 public:
  Exporter(const std::string& directory, std::shared_ptr<const log::Keyring> keyring,
           const log::StoreImage& image, tools::Output& out)
      : bodies_(directory + "/body"),
        keyring_(std::move(keyring)),
        bases_(directory, keyring_),
        image_(image),
        out_(out),
        writer_([&out](std::string_view octets) -> Result<> {
          out.write(octets);
          return {};
        }) {}

  Result<> run(const Range& range) {
    const log::Reader& reader = image_.reader();
    const auto first = reader.scan(range.first)->next();
    if (!first) return fail(first.error());
    if (!first->has_value() || (*first)->first > range.last) return nothing();
    const Result<log::Position> last = last_position((*first)->first, range.last);
    if (!last) return fail(last.error());
    log::ExportBegin begin{.identity = image_.identity(),
                           .last = *last,
                           .time_ns = now_ns(),
                           .with_messages = last->lsn == reader.durable().lsn,
                           .live = image_.live()};
    if ((*first)->previous != Hash{}) {
      begin.before = {(*first)->epoch, (*first)->first - 1, (*first)->previous};
    }
    std::string base;
    const bool whole = begin.with_messages && (*first)->first == reader.tail();
    if (begin.before.lsn && whole) {
      if (Result<> found = find_base(begin, base); !found) return found;
    }
    if (Result<> begun = writer_.begin(begin); !begun) return begun;
    if (Result<> added = add_base(base); !added) return added;
    if (Result<> added = add_records((*first)->first, begin.last.lsn); !added) return added;
    if (begin.with_messages) {
      if (Result<> added = add_messages(); !added) return added;
    }
    return writer_.end();
  }
  [[nodiscard]] const log::ExportEnd& counts() const { return writer_.counts(); }
  // Messages whose body file went while they were exported: acked.
  [[nodiscard]] std::uint64_t gone() const { return gone_; }

 private:
  // Of the record that holds `lsn`, or, between two epochs, the last one before it.
  Result<log::Position> last_position(Lsn first, Lsn lsn) {
    const Result<log::Record> record = image_.reader().read(lsn);
    if (record) return log::Position{record->epoch, record->last(), record->chain};
    if (record.error().code != ErrorCode::kNegative) return fail(record.error());
    log::Position last;
    const auto scanner = image_.reader().scan(first);
    while (true) {
      const auto next = scanner->next();
      if (!next) return fail(next.error());
      if (!next->has_value() || (*next)->first > lsn) return last;
      last = {(*next)->epoch, (*next)->last(), (*next)->chain};
    }
  }

  // What the log begins with: it is whole, and leads up to its first record.
  Result<> find_base(log::ExportBegin& begin, std::string& octets) const {
    const log::Reader& reader = image_.reader();
    const auto base = bases_.latest(reader, reader.tail() - 1);
    if (!base) return fail(base.error());
    Result<std::string> read = bases_.read(base->info.at.lsn);
    if (!read) return fail(read.error());
    octets = std::move(*read);
    begin.with_base = true;
    begin.before = base->info.at;
    return {};
  }

  Result<> add_base(std::string_view octets) {
    for (; !octets.empty(); octets.remove_prefix(std::min(octets.size(), kChunkBytes))) {
      const log::ExportBase chunk{std::string(octets.substr(0, kChunkBytes))};
      if (Result<> added = writer_.add(chunk); !added) return added;
    }
    return {};
  }

  Result<> add_records(Lsn first, Lsn last) {
    const auto scanner = image_.reader().scan(first);
    tools::Progress progress("LSN", first.value(), last.value());
    while (true) {
      const auto record = scanner->next();
      if (!record) return fail(record.error());
      if (!record->has_value() || (*record)->first > last || out_.closed()) return {};
      if (tools::interrupted()) return fail(ErrorCode::kInterrupted, "interrupted");
      progress.at((*record)->first.value());
      if (Result<> added = writer_.add(**record); !added) return added;
    }
  }

  Result<> add_messages() {
    return image_.each_message([&](Lsn id, log::BodyFile file, std::string_view row) -> Result<> {
      if (tools::interrupted()) return fail(ErrorCode::kInterrupted, "interrupted");
      if (file) {
        const auto body = log::open_body_file(bodies_, file, keyring_.get());
        if (!body && body.error().code == ErrorCode::kNegative && image_.live()) {
          ++gone_;
          return {};
        }
        if (!body) return fail(body.error());
        for (std::uint64_t at = 0; at < (*body)->size() && !out_.closed(); at += kChunkBytes) {
          Result<std::string> chunk = (*body)->read(at, kChunkBytes);
          if (!chunk) return fail(chunk.error());
          if (Result<> added = writer_.add(log::ExportBody{file, std::move(*chunk)}); !added) {
            return added;
          }
        }
      }
      return writer_.add(log::ExportMessage{id, file, std::string(row)});
    });
  }

  static constexpr std::size_t kChunkBytes = log::kExportBodyBytesMax;

  const std::string bodies_;
  const std::shared_ptr<const log::Keyring> keyring_;
  const ops::Bases bases_;
  const log::StoreImage& image_;
  tools::Output& out_;
  log::ExportWriter writer_;
  std::uint64_t gone_ = 0;
};

Result<int> export_stream(const CommandLine& line, const ExportOptions& options) {
  const Result<tools::ScratchDirectory> scratch = tools::ScratchDirectory::make();
  if (!scratch) return fail(scratch.error());
  const auto keyring = load_keyring(line.place());
  if (!keyring) return fail(keyring.error());
  if (!*keyring && log::is_sealed(line.directory())) return fail(log::no_key(line.directory()));
  const auto image = log::StoreImage::open(line.directory(), scratch->path() + "/log",
                                           tools::interrupted, *keyring);
  if (!image) return fail(image.error());
  const log::Reader& reader = (*image)->reader();
  const log::Position head = reader.durable();
  Result<Range> range = resolve_range(line.range(), reader, head, line.zone());
  if (!range) return fail(range.error());
  range->first = std::max(range->first, reader.tail());
  range->last = std::min(range->last, head.lsn);
  if (range->empty() || !range->first) return fail(nothing().error());
  auto target = Target::open(options.out);
  if (!target) return fail(target.error());
  if (!line.quiet()) {
    fmt::print(stderr, "{}: {}, epoch {}, durable LSN {}\n", tools::escaped(line.directory()),
               (*image)->live() ? "beside a running relay" : "read-only", head.epoch.value(),
               head.lsn.value());
  }
  Exporter exporter(line.directory(), *keyring, **image, (*target)->out());
  if (Result<> done = exporter.run(*range); !done) return fail(done.error());
  if (Result<> done = (*target)->finish(); !done) return fail(done.error());
  if (!line.quiet() && !(*target)->out().closed()) {
    const log::ExportEnd& counts = exporter.counts();
    fmt::print(stderr, "{} records, {} messages, {} octets of body files\n", counts.records,
               counts.messages, counts.body_bytes);
    if (exporter.gone() > 0) {
      fmt::print(stderr, "{} messages were acked meanwhile: import it with --new-epoch\n",
                 exporter.gone());
    }
  }
  return 0;
}

}  // namespace

Result<int> run_export(const Command& command, const Arguments& arguments) {
  CommandLine line(command);
  ExportOptions options;
  line.add_range();
  line.app().add_option("--out", options.out, "The file to be made; standard output when missing");
  line.app()
      .add_option("--format", options.form,
                  "mnm, from which a data directory can be made again; jsonl, for people")
      ->check(CLI::IsMember({"mnm", "jsonl"}))
      ->capture_default_str();
  if (const auto code = line.parse(arguments)) return *code;
  if (options.form == "mnm") return export_stream(line, options);
  if (!options.out.empty()) {
    return fail(ErrorCode::kUsage, "--out is for --format mnm: lead the lines to a file");
  }
  Arguments shown{"--data", line.directory(), "--format", "jsonl"};
  if (!line.place().key_file.empty()) {
    shown.insert(shown.end(), {"--key", line.place().key_file});
  }
  if (line.quiet()) shown.emplace_back("--quiet");
  if (line.zone() == tools::Zone::kUtc) shown.emplace_back("--utc");
  if (!line.range().empty()) shown.push_back(line.range());
  return run_show(*find_command("show"), shown);
}

}  // namespace mnm::mnmlog
