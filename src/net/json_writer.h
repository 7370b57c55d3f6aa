// Writes the frame of one of our headers: compact JSON after its four digits. The caller names the
// fields in ascending order.
//
// One thread at a time; one writer a frame.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace mnm::net {

class HeaderWriter {
 public:
  HeaderWriter();
  // A field's value; `key` needs no escaping.
  void text(std::string_view key, std::string_view value);
  // The same, but cut at a character so that the header stays within a frame if at most `reserved`
  // octets follow.
  void text_cut(std::string_view key, std::string_view value, std::size_t reserved);
  void number(std::string_view key, std::uint64_t value);
  // A value that is JSON already, compact and escaped as append_escaped() does.
  void json(std::string_view key, std::string_view value);
  void yes(std::string_view key);  // true
  void object_with_text(std::string_view key, std::string_view inner, std::string_view value);
  // UTC as YYYY-MM-DDTHH:MM:SS.mmmZ.
  void time(std::string_view key, std::uint64_t ns);
  void message_id(std::string_view key, std::uint64_t id);
  // An array: begin, then its elements, then end.
  void begin_list(std::string_view key);
  void element(std::string_view value);                                // "value"
  void element_with_id(std::string_view value);                        // {"id":"value"}
  void element_with_type(std::string_view value, std::uint64_t type);  // and ,"type":1
  void end_list();
  // The place of "headsum", which finish() fills in: it covers all the rest.
  void mark_headsum() { headsum_at_ = out_.size(); }

  // What the header has taken up so far.
  [[nodiscard]] std::size_t header_bytes() const;
  [[nodiscard]] std::string finish();

 private:
  void key(std::string_view name);
  void put_number(std::uint64_t value);
  void put_length();

  std::string out_;
  std::size_t headsum_at_ = 0;  // 0: none
};

}  // namespace mnm::net
