// A lookup of objects that come as rows (state/rows.h), one by one. What was looked up once is
// kept; none of it is more than the views would be.
//
// Main thread.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <memory>
#include <string>
#include <utility>

#include "mnmlog/lookup.h"
#include "state/rows.h"

namespace mnm::mnmlog {

class RowLookup : public Lookup {
 public:
  [[nodiscard]] const state::User* user(UserNo number) const override;
  [[nodiscard]] const state::Node* node(NodeNo number) const override;
  [[nodiscard]] const state::Group* group(GroupNo number) const override;
  [[nodiscard]] SessionId session(NodeNo number) const override;
  [[nodiscard]] std::uint64_t uptime_hours() const override;
  [[nodiscard]] std::optional<Error> error() const override { return error_; }

 protected:
  // nullopt when there is none.
  [[nodiscard]] virtual Result<std::optional<std::string>> row(const std::string& key) const = 0;
  // A row, or an answer, that makes no sense.
  [[nodiscard]] virtual Error damage() const = 0;

  void note(Error error) const {
    if (!error_) error_ = std::move(error);
  }
  // None, and a note, when it couldn't be had.
  template <class Found>
  [[nodiscard]] std::optional<Found> value(Result<std::optional<Found>> found) const {
    if (found) return std::move(*found);
    note(std::move(found.error()));
    return std::nullopt;
  }

 private:
  template <class Number, class Object>
  using Kept = boost::unordered_flat_map<Number, std::unique_ptr<Object>, std::hash<Number>>;

  template <class Number, class Object, class Decode>
  const Object* find(Kept<Number, Object>& kept, state::RowClass row_class, Number number,
                     Decode decode) const;

  mutable Kept<UserNo, state::User> users_;
  mutable Kept<NodeNo, state::Node> nodes_;
  mutable Kept<GroupNo, state::Group> groups_;
  mutable std::optional<Error> error_;
};

}  // namespace mnm::mnmlog
