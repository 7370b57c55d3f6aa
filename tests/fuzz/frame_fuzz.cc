// net/frame.h: however a stream is cut into pieces, the same headers come out of it. The first
// octet of the input is the size of the pieces, the second how much data follows each header.
#include <glog/logging.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "net/frame.h"

namespace {

using mnm::net::HeaderReader;

struct Read {
  std::vector<std::string> headers;
  HeaderReader::State end = HeaderReader::State::kIncomplete;
};

Read read_in_pieces(std::string_view stream, std::size_t piece_bytes, std::size_t data_bytes) {
  Read read;
  HeaderReader reader;
  std::size_t data_left = 0;
  while (!stream.empty()) {
    std::string_view piece = stream.substr(0, piece_bytes);
    stream.remove_prefix(piece.size());
    while (!piece.empty()) {
      const std::size_t data = std::min(data_left, piece.size());
      piece.remove_prefix(data);
      data_left -= data;
      if (piece.empty()) break;
      const HeaderReader::State state = reader.feed(piece);
      if (state == HeaderReader::State::kBadLength) {
        read.end = state;
        return read;
      }
      if (state != HeaderReader::State::kReady) {
        CHECK(piece.empty());
        continue;
      }
      read.headers.emplace_back(reader.header());
      CHECK_GE(read.headers.back().size(), mnm::net::kHeaderBytesMin);
      reader.next();
      data_left = data_bytes;
    }
  }
  return read;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view stream(reinterpret_cast<const char*>(data) + 2, size - 2);
  const Read whole = read_in_pieces(stream, std::max<std::size_t>(stream.size(), 1), data[1]);
  const Read pieces = read_in_pieces(stream, std::size_t{data[0]} + 1, data[1]);
  CHECK(whole.headers == pieces.headers);
  CHECK(whole.end == pieces.end);
  return 0;
}
