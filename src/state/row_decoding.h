// What the decoders of rows share. Any thread.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/codec.h"

namespace mnm::state {

// A count of things that take at least `octets` each: never more than what is left can hold.
inline std::size_t count_of(Decoder& in, std::size_t octets) {
  const std::uint64_t count = in.varint();
  if (count <= in.left() / octets) return count;
  (void)in.raw(in.left() + 1);  // makes ok() false
  return 0;
}

template <class Number>
Number number_of(Decoder& in) {
  return Number(static_cast<typename Number::rep>(in.varint()));
}

}  // namespace mnm::state
