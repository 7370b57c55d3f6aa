// A Reader that lets somebody look at each record which a scan gives: so that verify can check the
// records while the one replay loop folds their events.
//
// Main thread; the reader below and the observer outlive it.
#pragma once

#include <functional>
#include <memory>

#include "log/forwarding_reader.h"

namespace mnm::mnmlog {

// An error ends the scan with it.
using RecordObserver = std::function<Result<>(const log::Record& record)>;

class TapReader final : public log::ForwardingReader {
 public:
  TapReader(const log::Reader& below, RecordObserver observe)
      : ForwardingReader(below), observe_(std::move(observe)) {}

  [[nodiscard]] std::unique_ptr<log::Scanner> scan(Lsn from) const override {
    return std::make_unique<TapScanner>(below().scan(from), observe_);
  }

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

  RecordObserver observe_;
};

}  // namespace mnm::mnmlog
