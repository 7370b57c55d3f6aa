#include "net/json_writer.h"

#include <glog/logging.h>

#include <array>
#include <charconv>

#include "base/canary.h"
#include "base/crc32c.h"
#include "net/frame.h"
#include "net/json_text.h"

namespace mnm::net {
namespace {

constexpr std::size_t kUsualBytes = 320;
constexpr std::string_view kDigits = "0123456789abcdef";
constexpr std::size_t kHeadsumBytesMax = 21;  // ,"headsum":4294967295

constexpr std::uint64_t kNsPerMs = 1'000'000;
constexpr std::uint64_t kMsPerDay = 86'400'000;

struct Date {
  std::uint32_t year, month, day;
};

// The civil date of a day since 1970-01-01, by Howard Hinnant's "chrono-compatible low-level date
// algorithms".
Date civil_date(std::uint64_t days) {
  const std::uint64_t shifted = days + 719468;  // since 0000-03-01
  const std::uint64_t era = shifted / 146097;
  const auto day_of_era = static_cast<std::uint32_t>(shifted % 146097);
  const std::uint32_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const std::uint32_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::uint32_t month_from_march = (5 * day_of_year + 2) / 153;
  const std::uint32_t day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
  const std::uint32_t month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
  const auto year = static_cast<std::uint32_t>(year_of_era + era * 400 + (month <= 2 ? 1 : 0));
  return {year, month, day};
}

void put_digits(char* at, std::size_t count, std::uint64_t value) {
  while (count-- > 0) {
    at[count] = static_cast<char>('0' + value % 10);
    value /= 10;
  }
}

void put_hex(char* at, std::size_t count, std::uint64_t value) {
  while (count-- > 0) {
    at[count] = kDigits[value & 15];
    value >>= 4;
  }
}

}  // namespace

HeaderWriter::HeaderWriter() {
  out_.reserve(kUsualBytes);
  out_.assign(kLengthDigits, '0');
  out_.push_back('{');
}

std::size_t HeaderWriter::header_bytes() const {
  return out_.size() - kLengthDigits + (headsum_at_ != 0 ? kHeadsumBytesMax : 0);
}

void HeaderWriter::key(std::string_view name) {
  if (out_.back() != '{') out_.push_back(',');
  out_.push_back('"');
  out_.append(name);
  out_.append("\":");
}

void HeaderWriter::text(std::string_view name, std::string_view value) {
  key(name);
  out_.push_back('"');
  append_escaped(out_, value);
  out_.push_back('"');
}

void HeaderWriter::text_cut(std::string_view name, std::string_view value, std::size_t reserved) {
  key(name);
  out_.push_back('"');
  const std::size_t used = header_bytes() + reserved + 2;  // and the closing quote and brace
  append_escaped(out_, value, used < kHeaderBytesMax ? kHeaderBytesMax - used : 0);
  out_.push_back('"');
}

void HeaderWriter::json(std::string_view name, std::string_view value) {
  key(name);
  out_.append(value);
}

void HeaderWriter::object_with_text(std::string_view name, std::string_view inner,
                                    std::string_view value) {
  key(name);
  out_.push_back('{');
  text(inner, value);
  out_.push_back('}');
}

void HeaderWriter::put_number(std::uint64_t value) {
  std::array<char, 20> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  out_.append(digits.data(), end);
}

void HeaderWriter::number(std::string_view name, std::uint64_t value) {
  key(name);
  put_number(value);
}

void HeaderWriter::yes(std::string_view name) {
  key(name);
  out_.append("true");
}

void HeaderWriter::time(std::string_view name, std::uint64_t ns) {
  const std::uint64_t ms = ns / kNsPerMs;
  const Date date = civil_date(ms / kMsPerDay);
  const std::uint64_t of_day = ms % kMsPerDay;
  std::array<char, 26> text{'"', '0', '0', '0', '0', '-', '0', '0', '-', '0', '0', 'T', '0',
                            '0', ':', '0', '0', ':', '0', '0', '.', '0', '0', '0', 'Z', '"'};
  put_digits(&text[1], 4, date.year);
  put_digits(&text[6], 2, date.month);
  put_digits(&text[9], 2, date.day);
  put_digits(&text[12], 2, of_day / 3'600'000);
  put_digits(&text[15], 2, of_day / 60'000 % 60);
  put_digits(&text[18], 2, of_day / 1000 % 60);
  put_digits(&text[21], 3, of_day % 1000);
  key(name);
  out_.append(text.data(), text.size());
}

void HeaderWriter::message_id(std::string_view name, std::uint64_t id) {
  std::array<char, 18> text{};
  text.front() = text.back() = '"';
  put_hex(&text[1], 16, id);
  key(name);
  out_.append(text.data(), text.size());
}

void HeaderWriter::begin_list(std::string_view name) {
  key(name);
  out_.push_back('[');
}

void HeaderWriter::element(std::string_view value) {
  if (out_.back() != '[') out_.push_back(',');
  out_.push_back('"');
  append_escaped(out_, value);
  out_.push_back('"');
}

void HeaderWriter::element_with_id(std::string_view value) {
  if (out_.back() != '[') out_.push_back(',');
  out_.append("{\"id\":\"");
  append_escaped(out_, value);
  out_.append("\"}");
}

void HeaderWriter::element_with_type(std::string_view value, std::uint64_t type) {
  element_with_id(value);
  out_.pop_back();
  out_.append(",\"type\":");
  put_number(type);
  out_.push_back('}');
}

void HeaderWriter::end_list() { out_.push_back(']'); }

void HeaderWriter::put_length() {
  put_hex(out_.data(), kLengthDigits, out_.size() - kLengthDigits);
}

std::string HeaderWriter::finish() {
  out_.push_back('}');
  put_length();
  if (headsum_at_ != 0) {
    std::string sum = ",\"headsum\":";
    sum.append(std::to_string(crc32c(out_) + (MNM_CANARY("headsum-wrong") ? 1 : 0)));
    out_.insert(headsum_at_, sum);
    put_length();
  }
  CHECK_LE(out_.size() - kLengthDigits, kHeaderBytesMax) << "the codecs' limits don't add up";
  return std::move(out_);
}

}  // namespace mnm::net
