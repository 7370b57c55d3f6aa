#include "log/signed_head.h"

#include <fmt/format.h>
#include <glog/logging.h>

#include <algorithm>
#include <charconv>

#include "base/codec.h"
#include "base/text.h"

namespace mnm::log {
namespace {

constexpr std::string_view kMagic = "mnmhead1";
constexpr std::string_view kWord = "mnm-head 1";
constexpr std::string_view kKeyWord = "mnm-heads-key 1 ";
constexpr std::size_t kHeadBytes = 156;

// Words of one line, in order. After the first that isn't what it should be, ok() is false.
class Words {
 public:
  explicit Words(std::string_view line) : left_(line) {}

  std::string_view word() {
    const std::size_t end = std::min(left_.find(' '), left_.size());
    const std::string_view word = left_.substr(0, end);
    left_.remove_prefix(std::min(end + 1, left_.size()));
    return word;
  }
  template <class Number>
  Number number() {
    const std::string_view text = word();
    Number value = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
    ok_ = ok_ && failed == std::errc() && end == text.data() + text.size();
    return value;
  }
  template <class Octets>
  void octets(Octets& into) {
    const auto decoded = hex_decode(word());
    ok_ = ok_ && decoded && decoded->size() == into.size();
    if (ok_) std::copy(decoded->begin(), decoded->end(), into.begin());
  }
  [[nodiscard]] bool ok() const { return ok_; }

 private:
  std::string_view left_;
  bool ok_ = true;
};

}  // namespace

std::string Head::octets() const {
  std::string out;
  out.reserve(kHeadBytes);
  Encoder encoder(out);
  encoder.raw(kMagic);
  encoder.fixed64_be(number);
  encoder.raw(as_bytes(identity));
  encoder.fixed32_be(position.epoch.value());
  encoder.fixed64_be(position.lsn.value());
  encoder.raw(as_bytes(position.chain));
  encoder.fixed64_be(records);
  encoder.raw(as_bytes(root));
  encoder.fixed64_be(time_ns);
  encoder.raw(as_bytes(previous));
  CHECK_EQ(out.size(), kHeadBytes);
  return out;
}

std::string SignedHead::line() const {
  return fmt::format("{} {} {} {} {} {} {} {} {} {} {}\n", kWord, head.number,
                     hex_encode(as_bytes(head.identity)), head.position.epoch.value(),
                     head.position.lsn.value(), hex_encode(as_bytes(head.position.chain)),
                     head.records, hex_encode(as_bytes(head.root)), head.time_ns,
                     hex_encode(as_bytes(head.previous)), hex_encode(as_bytes(signature)));
}

SignedHead sign_head(const Head& head, const SigningKey& key) {
  return {head, key.sign(head.octets())};
}

std::optional<SignedHead> parse_head(std::string_view line) {
  if (line.size() >= kHeadLineBytesMax || !line.starts_with(kWord)) return std::nullopt;
  Words words(line.substr(std::min(kWord.size() + 1, line.size())));
  SignedHead out;
  out.head.number = words.number<std::uint64_t>();
  words.octets(out.head.identity);
  out.head.position.epoch = Epoch(words.number<std::uint32_t>());
  out.head.position.lsn = Lsn(words.number<std::uint64_t>());
  words.octets(out.head.position.chain);
  out.head.records = words.number<std::uint64_t>();
  words.octets(out.head.root);
  out.head.time_ns = words.number<std::uint64_t>();
  words.octets(out.head.previous);
  words.octets(out.signature);
  if (!words.ok()) return std::nullopt;
  // Leading zeros, upper case, words too many: written back it must be the same.
  std::string again = out.line();
  again.pop_back();
  if (again != line) return std::nullopt;
  return out;
}

Result<> check_succession(const std::optional<Head>& before, const Head& head) {
  const auto wrong = [&](std::string_view what) {
    return fail(ErrorCode::kTampering,
                fmt::format("head {} (LSN {}) {}", head.number, head.position.lsn.value(), what));
  };
  if (!head.position.lsn || !head.position.epoch || head.records == 0 || head.number == 0) {
    return wrong("covers nothing");
  }
  if (!before) return {};
  if (head.number != before->number + 1) {
    return wrong(fmt::format("follows head {}: heads are missing or out of order", before->number));
  }
  if (head.identity != before->identity) return wrong("is another log's");
  if (head.previous != before->hash()) {
    return wrong(fmt::format("doesn't follow the head {} that is before it", before->number));
  }
  const Position& last = before->position;
  const bool same =
      head.position == last && head.records == before->records && head.root == before->root;
  if (!same && (head.position.lsn <= last.lsn || head.position.epoch < last.epoch)) {
    return wrong(
        fmt::format("goes back behind LSN {} of head {}", last.lsn.value(), before->number));
  }
  return {};
}

std::string key_line(const PublicKey& key) {
  return fmt::format("{}{}\n", kKeyWord, hex_encode(as_bytes(key)));
}

std::optional<PublicKey> parse_key(std::string_view text) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  if (!text.starts_with(kKeyWord)) return std::nullopt;
  Words words(text.substr(kKeyWord.size()));
  PublicKey key;
  words.octets(key);
  if (!words.ok() || text.size() != kKeyWord.size() + 2 * key.size()) return std::nullopt;
  return key;
}

}  // namespace mnm::log
