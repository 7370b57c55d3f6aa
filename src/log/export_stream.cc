#include "log/export_stream.h"

#include <fmt/format.h>
#include <glog/logging.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/codec.h"
#include "base/crc32c.h"
#include "log/record.h"

namespace mnm::log {
namespace {

constexpr std::string_view kMagic = "mnmexpt1";
constexpr std::size_t kVersionAt = kMagic.size() - 1;
constexpr std::size_t kFrameHeadBytes = 8;
constexpr std::size_t kIdentityBytes = 16;
// A record is the largest thing in a frame.
constexpr std::size_t kContentBytesMax = kRecordBytesMax + 1024;

enum Kind : std::uint8_t { kBegin = 1, kRecord = 2, kBody = 3, kMessage = 4, kEnd = 5, kBase = 6 };
enum Flag : std::uint8_t { kWithMessages = 1, kLive = 2, kWithBase = 4 };

void put(Encoder& encoder, const Position& position) {
  encoder.fixed32_be(position.epoch.value());
  encoder.fixed64_be(position.lsn.value());
  encoder.raw(as_bytes(position.chain));
}

Position take_position(Decoder& decoder) {
  Position position;
  position.epoch = Epoch(decoder.fixed32_be());
  position.lsn = Lsn(decoder.fixed64_be());
  const std::string_view chain = decoder.raw(sizeof(Hash));
  if (decoder.ok()) position.chain = hash_from(chain);
  return position;
}

void put(Encoder& encoder, BodyFile file) {
  encoder.fixed64_be(file.boot.value());
  encoder.fixed64_be(file.serial);
}

BodyFile take_file(Decoder& decoder) {
  BodyFile file;
  file.boot = Lsn(decoder.fixed64_be());
  file.serial = decoder.fixed64_be();
  return file;
}

}  // namespace

Result<void> ExportWriter::write(std::string_view octets) {
  hash_.update(octets);
  return sink_(octets);
}

Result<void> ExportWriter::frame(std::uint8_t kind, std::string_view head,
                                 std::string_view content) {
  CHECK_LE(head.size() + content.size(), kContentBytesMax);
  std::string begin;
  Encoder encoder(begin);
  encoder.byte(kind);
  encoder.raw(std::string_view("\0\0\0", 3));
  encoder.fixed32_be(static_cast<std::uint32_t>(head.size() + content.size()));
  encoder.raw(head);
  std::string end;
  Encoder(end).fixed32_be(crc32c(content, crc32c(begin)));
  for (const std::string_view part : {std::string_view(begin), content, std::string_view(end)}) {
    if (Result<void> written = write(part); !written) return written;
  }
  return {};
}

Result<void> ExportWriter::begin(const ExportBegin& begin) {
  CHECK_EQ(begin.identity.size(), kIdentityBytes);
  if (Result<void> written = write(kMagic); !written) return written;
  std::string content;
  Encoder encoder(content);
  encoder.raw(begin.identity);
  put(encoder, begin.before);
  put(encoder, begin.last);
  encoder.fixed64_be(begin.time_ns);
  encoder.byte(static_cast<std::uint8_t>((begin.with_messages ? kWithMessages : 0) |
                                         (begin.live ? kLive : 0) |
                                         (begin.with_base ? kWithBase : 0)));
  return frame(kBegin, {}, content);
}

Result<void> ExportWriter::add(const ExportBase& base) {
  CHECK_LE(base.octets.size(), kExportBodyBytesMax);
  return frame(kBase, {}, base.octets);
}

Result<void> ExportWriter::add(const Record& record) {
  ++counts_.records;
  return frame(kRecord, {}, record.storage);
}

Result<void> ExportWriter::add(const ExportBody& body) {
  CHECK_LE(body.octets.size(), kExportBodyBytesMax);
  counts_.body_bytes += body.octets.size();
  std::string head;
  Encoder encoder(head);
  put(encoder, body.file);
  return frame(kBody, head, body.octets);
}

Result<void> ExportWriter::add(const ExportMessage& message) {
  ++counts_.messages;
  std::string head;
  Encoder encoder(head);
  encoder.fixed64_be(message.id.value());
  put(encoder, message.file);
  return frame(kMessage, head, message.row);
}

Result<void> ExportWriter::end() {
  std::string content;
  Encoder encoder(content);
  encoder.fixed64_be(counts_.records);
  encoder.fixed64_be(counts_.messages);
  encoder.fixed64_be(counts_.body_bytes);
  encoder.raw(as_bytes(hash_.finish()));
  return frame(kEnd, {}, content);
}

tl::unexpected<Error> ExportReader::refuse(ErrorCode code, std::string_view what) const {
  return fail(code, fmt::format("the export at offset {}: {}", frame_at_, what));
}

Result<void> ExportReader::read(char* buffer, std::size_t count) {
  std::size_t done = 0;
  while (done < count) {
    const Result<std::size_t> got = source_(buffer + done, count - done);
    if (!got) return fail(got.error());
    if (*got == 0) {
      return refuse(ErrorCode::kCorruption,
                    fmt::format("it was cut off: it ends after {} octets", offset_ + done));
    }
    done += *got;
  }
  offset_ += count;
  return {};
}

Result<void> ExportReader::read_magic() {
  std::array<char, kMagic.size()> octets{};
  if (Result<void> got = read(octets.data(), octets.size()); !got) return got;
  const std::string_view magic(octets.data(), octets.size());
  if (magic.substr(0, kVersionAt) != kMagic.substr(0, kVersionAt)) {
    return refuse(ErrorCode::kUsage, "this is no export");
  }
  if (magic != kMagic) {
    return refuse(ErrorCode::kUnknownFormat,
                  fmt::format("its version is \"{}\"; this program knows \"{}\"",
                              magic.substr(kVersionAt), kMagic.substr(kVersionAt)));
  }
  hash_.update(magic);
  return {};
}

Result<ExportItem> ExportReader::next() {
  frame_at_ = offset_;
  if (!begun_) {
    if (Result<void> got = read_magic(); !got) return fail(got.error());
    frame_at_ = offset_;
  }
  std::array<char, kFrameHeadBytes> octets{};
  if (Result<void> got = read(octets.data(), octets.size()); !got) return fail(got.error());
  const std::string_view head(octets.data(), octets.size());
  Decoder decoder(head);
  const std::uint8_t kind = decoder.byte();
  const std::string_view reserved = decoder.raw(3);
  const std::size_t size = decoder.fixed32_be();
  if (size > kContentBytesMax) return refuse(ErrorCode::kCorruption, "a frame is too long");

  // As it comes, so that a length that lies costs no more than what is there.
  std::string content;
  constexpr std::size_t kStep = std::size_t{1} << 20;
  while (content.size() < size) {
    const std::size_t at = content.size();
    content.resize(std::min(size, at + kStep));
    if (Result<void> got = read(content.data() + at, content.size() - at); !got) {
      return fail(got.error());
    }
  }
  std::array<char, 4> crc{};
  if (Result<void> got = read(crc.data(), crc.size()); !got) return fail(got.error());
  const std::string_view check(crc.data(), crc.size());
  if (Decoder(check).fixed32_be() != crc32c(content, crc32c(head))) {
    return refuse(ErrorCode::kCorruption, "the frame's checksum is wrong");
  }
  if (reserved != std::string_view("\0\0\0", 3)) {
    return refuse(ErrorCode::kUnknownFormat, "a reserved octet is set");
  }
  const Hash before = kind == kEnd ? hash_.finish() : Hash{};
  for (const std::string_view part : {head, std::string_view(content), check}) hash_.update(part);
  return decode(kind, std::move(content), before);
}

Result<ExportItem> ExportReader::decode(std::uint8_t kind, std::string content,
                                        const Hash& before) {
  if (begun_ == (kind == kBegin)) {
    return refuse(ErrorCode::kCorruption, begun_ ? "it begins twice" : "it doesn't begin");
  }
  switch (kind) {
    case kBegin:
      return decode_begin(content);
    case kBase:
      return decode_base(std::move(content));
    case kRecord:
      return decode_record_frame(std::move(content));
    case kBody:
      return decode_body(content);
    case kMessage:
      return decode_message(content);
    case kEnd:
      return decode_end(content, before);
    default:
      return refuse(ErrorCode::kUnknownFormat,
                    fmt::format("kind {} of frame isn't known", static_cast<unsigned>(kind)));
  }
}

Result<ExportItem> ExportReader::decode_begin(std::string_view content) {
  Decoder decoder(content);
  begin_.identity = decoder.raw(kIdentityBytes);
  begin_.before = take_position(decoder);
  begin_.last = take_position(decoder);
  begin_.time_ns = decoder.fixed64_be();
  const std::uint8_t flags = decoder.byte();
  if (!decoder.done()) return refuse(ErrorCode::kCorruption, "the first frame is misshapen");
  if ((flags & ~(kWithMessages | kLive | kWithBase)) != 0) {
    return refuse(ErrorCode::kUnknownFormat, "a flag isn't known");
  }
  begin_.with_messages = (flags & kWithMessages) != 0;
  begin_.live = (flags & kLive) != 0;
  begin_.with_base = (flags & kWithBase) != 0;
  begun_ = true;
  at_ = begin_.before;
  return ExportItem(begin_);
}

Result<ExportItem> ExportReader::decode_base(std::string content) {
  if (!begin_.with_base || counts_.records > 0) {
    return refuse(ErrorCode::kCorruption, "a base comes where none is to come");
  }
  if (content.empty() || content.size() > kExportBodyBytesMax) {
    return refuse(ErrorCode::kCorruption, "a base's frame is misshapen");
  }
  has_base_ = true;
  return ExportItem(ExportBase{std::move(content)});
}

Result<void> ExportReader::expect_base() const {
  if (has_base_ || !begin_.with_base) return {};
  return refuse(ErrorCode::kCorruption, "the base that it says is missing");
}

Result<ExportItem> ExportReader::decode_record_frame(std::string content) {
  if (auto there = expect_base(); !there) return fail(there.error());
  if (counts_.messages > 0 || counts_.body_bytes > 0) {
    return refuse(ErrorCode::kCorruption, "a record comes after messages");
  }
  Result<Record> record = decode_record(std::move(content));
  if (!record) return refuse(record.error().code, record.error().text);
  if (Result<void> linked = check_link(at_, *record); !linked) {
    return refuse(linked.error().code, linked.error().text);
  }
  at_ = {record->epoch, record->last(), record->chain};
  ++counts_.records;
  return ExportItem(std::move(*record));
}

Result<ExportItem> ExportReader::decode_body(std::string_view content) {
  Decoder decoder(content);
  ExportBody body;
  body.file = take_file(decoder);
  body.octets = decoder.raw(decoder.left());
  if (!decoder.done() || !body.file || body.octets.size() > kExportBodyBytesMax) {
    return refuse(ErrorCode::kCorruption, "a body's frame is misshapen");
  }
  counts_.body_bytes += body.octets.size();
  return ExportItem(std::move(body));
}

Result<ExportItem> ExportReader::decode_message(std::string_view content) {
  Decoder decoder(content);
  ExportMessage message;
  message.id = Lsn(decoder.fixed64_be());
  message.file = take_file(decoder);
  message.row = decoder.raw(decoder.left());
  if (!decoder.done()) return refuse(ErrorCode::kCorruption, "a message's frame is misshapen");
  ++counts_.messages;
  return ExportItem(std::move(message));
}

Result<ExportItem> ExportReader::decode_end(std::string_view content, const Hash& before) {
  if (auto there = expect_base(); !there) return fail(there.error());
  Decoder decoder(content);
  ExportEnd end;
  end.records = decoder.fixed64_be();
  end.messages = decoder.fixed64_be();
  end.body_bytes = decoder.fixed64_be();
  const std::string_view hash = decoder.raw(sizeof(Hash));
  if (!decoder.done()) return refuse(ErrorCode::kCorruption, "the last frame is misshapen");
  if (hash != as_bytes(before) || end.records != counts_.records ||
      end.messages != counts_.messages || end.body_bytes != counts_.body_bytes) {
    return refuse(ErrorCode::kCorruption, "frames are missing, or were added or moved");
  }
  if (at_ != begin_.last) {
    return refuse(
        ErrorCode::kTampering,
        fmt::format("its records end at LSN {}, not at {} with the chain hash that it says",
                    at_.lsn.value(), begin_.last.lsn.value()));
  }
  return ExportItem(end);
}

}  // namespace mnm::log
