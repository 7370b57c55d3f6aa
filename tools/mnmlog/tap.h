// A Reader that lets somebody look at each record which a scan gives: so that verify can check the
// records while the one replay loop folds their events.
//
// Main thread; the reader below and the observer outlive it.
#pragma once

#include <functional>
#include <memory>

#include "log/log.h"

namespace mnm::mnmlog {

// An error ends the scan with it.
using RecordObserver = std::function<Result<>(const log::Record& record)>;

class TapReader final : public log::Reader {
 public:
  TapReader(const log::Reader& below, RecordObserver observe)
      : below_(below), observe_(std::move(observe)) {}

  [[nodiscard]] log::Position durable() const override { return below_.durable(); }
  [[nodiscard]] std::string identity() const override { return below_.identity(); }
  [[nodiscard]] Lsn tail() const override { return below_.tail(); }
  [[nodiscard]] std::unique_ptr<log::Scanner> scan(Lsn from) const override {
    return std::make_unique<TapScanner>(below_.scan(from), observe_);
  }
  [[nodiscard]] Result<log::Record> read(Lsn lsn) const override { return below_.read(lsn); }
  [[nodiscard]] Result<std::string> message(Lsn id) const override { return below_.message(id); }

 private:
  class TapScanner final : public log::Scanner {
   public:
    TapScanner(std::unique_ptr<log::Scanner> below, const RecordObserver& observe)
        : below_(std::move(below)), observe_(observe) {}
    Result<std::optional<log::Record>> next() override {
      auto record = below_->next();
      if (!record || !record->has_value()) return record;
      if (Result<> observed = observe_(**record); !observed) return fail(observed.error());
      return record;
    }

   private:
    std::unique_ptr<log::Scanner> below_;
    const RecordObserver& observe_;
  };

  const log::Reader& below_;
  RecordObserver observe_;
};

}  // namespace mnm::mnmlog
