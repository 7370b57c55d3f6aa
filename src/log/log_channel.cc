#include "log/log_channel.h"

#include "base/codec.h"

namespace mnm::log {
namespace {

std::string framed(std::uint8_t code, std::string_view content) {
  std::string out;
  Encoder encoder(out);
  encoder.byte(code);
  encoder.fixed32_be(static_cast<std::uint32_t>(content.size()));
  encoder.raw(content);
  return out;
}

std::string refused(const Error& error) {
  return framed(static_cast<std::uint8_t>(exit_code(error.code)), error.text);
}

std::string state_of(const Reader& log) {
  std::string content;
  Encoder encoder(content);
  const Position durable = log.durable();
  encoder.fixed32_be(durable.epoch.value());
  encoder.fixed64_be(durable.lsn.value());
  encoder.raw(as_bytes(durable.chain));
  encoder.fixed64_be(log.tail().value());
  encoder.bytes(log.identity());
  encoder.bytes(log.format());
  return framed(0, content);
}

std::string scan_of(const Reader& log, Lsn from) {
  std::string content;
  Encoder encoder(content);
  const auto scanner = log.scan(from);
  while (content.size() < kChannelScanBytes) {
    const auto record = scanner->next();
    // What is good before it is told first; asked again, the error comes.
    if (!record && content.empty()) return refused(record.error());
    if (!record || !record->has_value()) break;
    encoder.fixed32_be(static_cast<std::uint32_t>((*record)->storage.size()));
    encoder.raw((*record)->storage);
  }
  return framed(0, content);
}

}  // namespace

std::string encode(const ChannelRequest& request) {
  std::string out;
  Encoder encoder(out);
  encoder.byte(static_cast<std::uint8_t>(request.ask));
  encoder.fixed64_be(request.lsn.value());
  return out;
}

std::optional<ChannelRequest> decode_channel_request(std::string_view octets) {
  Decoder decoder(octets);
  ChannelRequest request;
  const std::uint8_t ask = decoder.byte();
  request.lsn = Lsn(decoder.fixed64_be());
  if (!decoder.done() || ask < static_cast<std::uint8_t>(ChannelAsk::kState) ||
      ask > static_cast<std::uint8_t>(ChannelAsk::kViews)) {
    return std::nullopt;
  }
  request.ask = static_cast<ChannelAsk>(ask);
  if (request.ask == ChannelAsk::kViews && request.lsn.value() > kChannelQuestionBytesMax) {
    return std::nullopt;
  }
  return request;
}

std::string answer(const Reader& log, const ChannelRequest& request) {
  switch (request.ask) {
    case ChannelAsk::kState:
      return state_of(log);
    case ChannelAsk::kRecord: {
      const Result<Record> record = log.read(request.lsn);
      return record ? framed(0, record->storage) : refused(record.error());
    }
    case ChannelAsk::kViews:
      break;
    case ChannelAsk::kScan:
      return scan_of(log, request.lsn);
    case ChannelAsk::kMessage:
      return framed_answer(log.message(request.lsn));
  }
  return refused({ErrorCode::kUsage, "no such request"});
}

std::string framed_answer(const Result<std::string>& content) {
  return content ? framed(0, *content) : refused(content.error());
}

std::optional<ChannelHead> decode_channel_head(std::string_view octets) {
  Decoder decoder(octets);
  const std::uint8_t code = decoder.byte();
  ChannelHead head;
  head.size = decoder.fixed32_be();
  constexpr auto kLast = static_cast<std::uint8_t>(ErrorCode::kInterrupted);
  if (!decoder.done() || code > kLast || head.size > kChannelAnswerBytesMax) return std::nullopt;
  if (code != 0) head.error = static_cast<ErrorCode>(code);
  return head;
}

std::optional<ChannelState> decode_channel_state(std::string_view octets) {
  Decoder decoder(octets);
  ChannelState state;
  state.durable.epoch = Epoch(decoder.fixed32_be());
  state.durable.lsn = Lsn(decoder.fixed64_be());
  const std::string_view chain = decoder.raw(sizeof(Hash));
  state.tail = Lsn(decoder.fixed64_be());
  state.identity = decoder.bytes();
  if (decoder.left() > 0) state.format = decoder.bytes();
  if (!decoder.done()) return std::nullopt;
  state.durable.chain = hash_from(chain);
  return state;
}

std::optional<std::string_view> take_record(std::string_view& octets) {
  Decoder decoder(octets);
  const std::size_t size = decoder.fixed32_be();
  const std::string_view record = decoder.raw(size);
  if (!decoder.ok()) return std::nullopt;
  octets.remove_prefix(sizeof(std::uint32_t) + size);
  return record;
}

}  // namespace mnm::log
