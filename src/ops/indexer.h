// Keeps the index of the log up (index_rows.h), behind the engine and up to what is durable.
//
// One thread: the projector's. Reads the log; writes only the index's rows.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "event.pb.h"
#include "log/log.h"
#include "ops/derived_rows.h"
#include "ops/index_rows.h"
#include "state/rows.h"

namespace mnm::ops {

class Indexer {
 public:
  // Both outlive it. `events_max` are indexed with one scan and written together.
  Indexer(const log::Reader& log, DerivedRowStore& rows, std::uint64_t events_max = 65'536)
      : log_(log), rows_(rows), events_max_(events_max) {}

  // Indexes what is durable and isn't yet, all of it unless `go_on` says no between two writes, and
  // forgets blocks that the log has forgotten. An index of another version, or not of this log, is
  // made anew. The views' rows must be there for all nodes, but those that an earlier call has seen
  // come. After an error it can be called again.
  [[nodiscard]] Result<> catch_up(const std::function<bool()>& go_on = {});
  // The last event that is indexed, as far as is known.
  [[nodiscard]] Lsn indexed() const { return begun_ ? at_.lsn : Lsn(); }

 private:
  struct SubjectHash {
    using is_avalanching = void;
    std::size_t operator()(const Subject& subject) const;
  };
  // What a row gets: its first new LSN, and the encoded rest.
  struct Addition {
    Lsn first;
    Lsn last;
    std::string rest;
  };

  [[nodiscard]] Result<> begin();
  [[nodiscard]] Result<> add_names_of_trimmed();
  [[nodiscard]] bool add_names_in(state::RowClass row_class, std::uint32_t number,
                                  std::string_view value);
  void add_name(const GivenName& given);
  [[nodiscard]] Result<> index_some();
  [[nodiscard]] Result<> add(const log::Record& record);
  void add(Lsn lsn, const event::Event& event);
  void learn_owner(const event::Event& event);
  [[nodiscard]] UserNo owner_of(NodeNo node);
  // Moves what was added to rows to write.
  [[nodiscard]] Result<> finish_block();
  [[nodiscard]] Result<> drop_trimmed();

  const log::Reader& log_;
  DerivedRowStore& rows_;
  const std::uint64_t events_max_;
  bool begun_ = false;
  log::Position at_;           // all through here is in the rows
  std::uint64_t dropped_ = 0;  // blocks below it are gone
  std::uint64_t block_ = 0;    // of added_
  std::uint64_t listed_ = 0;   // entries since the last write
  event::Event event_;
  std::vector<UserNo> owners_;    // of nodes, by number; none: not looked up yet
  std::optional<Error> unowned_;  // the first failure to look one up
  boost::unordered_flat_map<Subject, Addition, SubjectHash> added_;
  std::vector<DerivedRow> writes_;
};

}  // namespace mnm::ops
