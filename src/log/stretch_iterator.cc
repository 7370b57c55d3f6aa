#include "log/stretch_iterator.h"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace mnm::log {
namespace {

class StretchIterator final : public rocksdb::Iterator {
 public:
  explicit StretchIterator(std::vector<Stretch> stretches) : stretches_(std::move(stretches)) {}

  [[nodiscard]] bool Valid() const override { return iterator_ != nullptr && iterator_->Valid(); }
  [[nodiscard]] rocksdb::Slice key() const override { return iterator_->key(); }
  [[nodiscard]] rocksdb::Slice value() const override { return iterator_->value(); }
  [[nodiscard]] rocksdb::Status status() const override {
    return iterator_ == nullptr ? rocksdb::Status::OK() : iterator_->status();
  }

  void SeekToFirst() override {
    if (!open(0)) return;
    iterator_->SeekToFirst();
    go_on();
  }
  void SeekToLast() override {
    if (stretches_.empty() || !open(stretches_.size() - 1)) return;
    iterator_->SeekToLast();
    go_back();
  }
  void Seek(const rocksdb::Slice& target) override {
    const auto found = std::ranges::lower_bound(stretches_, target.ToString(), {}, &Stretch::last);
    if (!open(static_cast<std::size_t>(found - stretches_.begin()))) return;
    iterator_->Seek(target);
    go_on();
  }
  void SeekForPrev(const rocksdb::Slice& target) override {
    const auto after = std::ranges::upper_bound(stretches_, target.ToString(), {}, &Stretch::first);
    // Before the first one there is nothing, and this finds it so.
    const auto found = after == stretches_.begin() ? after : std::prev(after);
    if (!open(static_cast<std::size_t>(found - stretches_.begin()))) return;
    iterator_->SeekForPrev(target);
    go_back();
  }
  void Next() override {
    iterator_->Next();
    go_on();
  }
  void Prev() override {
    iterator_->Prev();
    go_back();
  }

 private:
  bool open(std::size_t at) {
    iterator_.reset();
    at_ = at;
    if (at < stretches_.size()) iterator_ = stretches_[at].open();
    return iterator_ != nullptr;
  }
  [[nodiscard]] bool is_at_end() const { return !iterator_->Valid() && iterator_->status().ok(); }
  void go_on() {
    while (is_at_end() && at_ + 1 < stretches_.size()) {
      open(at_ + 1);
      iterator_->SeekToFirst();
    }
  }
  void go_back() {
    while (is_at_end() && at_ > 0) {
      open(at_ - 1);
      iterator_->SeekToLast();
    }
  }

  const std::vector<Stretch> stretches_;
  std::size_t at_ = 0;
  std::unique_ptr<rocksdb::Iterator> iterator_;  // of that one
};

}  // namespace

std::unique_ptr<rocksdb::Iterator> make_stretch_iterator(std::vector<Stretch> stretches) {
  return std::make_unique<StretchIterator>(std::move(stretches));
}

}  // namespace mnm::log
