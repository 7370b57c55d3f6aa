#include "net/server_admission.h"

namespace mnm::net {

std::optional<Admission::Ticket> Admission::enter(const std::string& network) {
  const std::scoped_lock lock(mutex_);
  if (links_ >= limits_.links_max) return std::nullopt;
  const bool stranger = !network.empty();
  if (stranger) {
    if (strangers_ >= limits_.links_max * limits_.strangers_percent / 100) return std::nullopt;
    std::size_t& here = strangers_of_[network];
    if (here >= limits_.strangers_per_address) return std::nullopt;
    ++here;
    ++strangers_;
  }
  ++links_;
  return Ticket(this, network, stranger);
}

std::size_t Admission::links() const {
  const std::scoped_lock lock(mutex_);
  return links_;
}

void Admission::no_stranger(const std::string& network) {
  --strangers_;
  const auto entry = strangers_of_.find(network);
  if (--entry->second == 0) strangers_of_.erase(entry);
}

void Admission::Ticket::logged_in() {
  if (!stranger_) return;
  const std::scoped_lock lock(owner_->mutex_);
  owner_->no_stranger(network_);
  stranger_ = false;
}

Admission::Ticket::~Ticket() {
  if (owner_ == nullptr) return;
  const std::scoped_lock lock(owner_->mutex_);
  if (stranger_) owner_->no_stranger(network_);
  --owner_->links_;
}

}  // namespace mnm::net
