#include "ops/message.h"

#include <fmt/format.h>

#include "base/codec.h"

namespace mnm::ops {

Hash commitment(const Body& body) { return sha256({body.salt, as_bytes(body.digest)}); }

std::string encode_row_head(const message::Header& header) {
  std::string out;
  const std::size_t size = header.ByteSizeLong();
  out.reserve(sizeof(std::uint32_t) + size);
  Encoder(out).fixed32_be(static_cast<std::uint32_t>(size));
  header.AppendToString(&out);
  return out;
}

Result<MessageHandle> decode_row(Lsn id, std::string_view row) {
  Decoder decoder(row);
  const std::uint32_t size = decoder.fixed32_be();
  const std::string_view encoded = decoder.raw(size);
  message::Header header;
  if (!decoder.ok() || !header.ParseFromArray(encoded.data(), static_cast<int>(encoded.size()))) {
    return fail(ErrorCode::kCorruption,
                fmt::format("message {}: its row of {} octets is not a header and a body",
                            message_id(id), row.size()));
  }
  const std::string_view octets = decoder.raw(decoder.left());
  const bool in_file = header.file_serial() != 0;
  if (octets.size() != (in_file ? 0 : header.data_bytes())) {
    return fail(ErrorCode::kCorruption,
                fmt::format("message {}: its row has {} octets of body, its header says {}",
                            message_id(id), octets.size(), header.data_bytes()));
  }
  auto body = octets.empty() ? nullptr : std::make_shared<const std::string>(octets);
  return std::make_shared<const Message>(id, std::move(header), std::move(body));
}

Result<std::uint64_t> file_bytes_of(Lsn id, std::string_view row) {
  const auto message = decode_row(id, row);
  if (!message) return fail(message.error());
  return (*message)->header().data_bytes();
}

}  // namespace mnm::ops
