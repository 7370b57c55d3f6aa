// An export: a log, or a stretch of it, as one stream of octets (doc/log_format.md, "An export").
//
// Pure; one thread each. A writer's octets go to a sink, a reader's come from a source; both may
// fail, and then nothing more is done. The reader checks every octet, and trusts no length.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <variant>

#include "base/crypto.h"
#include "base/error.h"
#include "log/log.h"

namespace mnm::log {

// In one frame, of a base or a body file.
inline constexpr std::size_t kExportBodyBytesMax = std::size_t{1} << 20;

struct ExportBegin {
  std::string identity;  // 16 octets
  Position before;       // what the first record follows; {} at the log's beginning
  Position last;         // of the last record
  std::uint64_t time_ns = 0;
  bool with_messages = false;  // `last` is the head, and what waits is in it
  bool live = false;           // a relay was running
  bool with_base = false;      // what the log begins with, at `before`, follows
};
struct ExportBase {
  std::string octets;  // the next ones of its file
};
struct ExportBody {
  BodyFile file;
  std::string octets;  // the next ones
};
struct ExportMessage {
  Lsn id;
  BodyFile file;
  std::string row;
};
struct ExportEnd {
  std::uint64_t records = 0;
  std::uint64_t messages = 0;
  std::uint64_t body_bytes = 0;
};

class ExportWriter {
 public:
  using Sink = std::function<Result<void>(std::string_view octets)>;
  explicit ExportWriter(Sink sink) : sink_(std::move(sink)) {}

  Result<void> begin(const ExportBegin& begin);
  Result<void> add(const ExportBase& base);
  Result<void> add(const Record& record);
  Result<void> add(const ExportBody& body);
  Result<void> add(const ExportMessage& message);
  Result<void> end();
  [[nodiscard]] const ExportEnd& counts() const { return counts_; }

 private:
  Result<void> frame(std::uint8_t kind, std::string_view head, std::string_view content);
  Result<void> write(std::string_view octets);

  Sink sink_;
  Sha256 hash_;
  ExportEnd counts_;
};

using ExportItem =
    std::variant<ExportBegin, ExportBase, Record, ExportBody, ExportMessage, ExportEnd>;

class ExportReader {
 public:
  // Fills `buffer` with up to `count` octets; 0 is the end.
  using Source = std::function<Result<std::size_t>(char* buffer, std::size_t count)>;
  explicit ExportReader(Source source) : source_(std::move(source)) {}

  // The begin first, then the base, if there is one, then the others, the end last; nothing is
  // asked for after that. Errors: kCorruption (a CRC, a shape, a cut, counts or hash that don't
  // fit, a record that doesn't link), kTampering, kUnknownFormat, the source's. They say at which
  // offset.
  [[nodiscard]] Result<ExportItem> next();
  [[nodiscard]] std::uint64_t offset() const { return offset_; }

 private:
  Result<void> read(char* buffer, std::size_t count);
  Result<void> read_magic();
  Result<ExportItem> decode(std::uint8_t kind, std::string content, const Hash& before);
  Result<ExportItem> decode_body(std::string_view content);
  Result<ExportItem> decode_message(std::string_view content);
  Result<ExportItem> decode_begin(std::string_view content);
  Result<ExportItem> decode_base(std::string content);
  Result<ExportItem> decode_record_frame(std::string content);
  [[nodiscard]] Result<void> expect_base() const;
  Result<ExportItem> decode_end(std::string_view content, const Hash& before);
  [[nodiscard]] tl::unexpected<Error> refuse(ErrorCode code, std::string_view what) const;

  Source source_;
  Sha256 hash_;
  std::uint64_t offset_ = 0;
  std::uint64_t frame_at_ = 0;
  bool begun_ = false;
  ExportBegin begin_;
  bool has_base_ = false;
  Position at_;
  ExportEnd counts_;
};

}  // namespace mnm::log
