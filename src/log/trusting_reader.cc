#include "log/trusting_reader.h"

#include <utility>

#include "log/record.h"

namespace mnm::log {
namespace {

class TrustingScanner final : public Scanner {
 public:
  explicit TrustingScanner(std::unique_ptr<Scanner> below) : below_(std::move(below)) {}

  Result<std::optional<Record>> next() override {
    if (over_) return std::nullopt;
    auto record = decode_next();
    over_ = !record || !record->has_value();
    return record;
  }

 private:
  Result<std::optional<Record>> decode_next() {
    auto stored = below_->next_stored();
    if (!stored) return fail(stored.error());
    if (!stored->has_value()) return std::nullopt;
    Result<Record> record = decode_stored(std::move(**stored), Roots::kTrusted);
    if (!record) return fail(record.error());
    if (before_) {
      if (Result<void> linked = check_link(*before_, *record); !linked) {
        return fail(linked.error());
      }
    }
    before_ = record->position();
    return std::optional<Record>(std::move(*record));
  }

  const std::unique_ptr<Scanner> below_;
  std::optional<Position> before_;
  bool over_ = false;
};

}  // namespace

std::unique_ptr<Scanner> TrustingReader::scan(Lsn from) const {
  return std::make_unique<TrustingScanner>(below().scan(from));
}

}  // namespace mnm::log
