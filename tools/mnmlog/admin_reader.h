// A running relay's log, read through its admin socket (log/log_channel.h): what is durable at this
// moment, with no high-water mark to wait for and no database to open.
//
// Any thread, one question at a time; a scanner is read by one. Every record is checked here as one
// from the disk would be.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"
#include "log/log.h"

namespace mnm::mnmlog {

class AdminReader : public log::Reader {
 public:
  // kUnavailable when no relay answers, or one that doesn't know this; kDenied.
  [[nodiscard]] static Result<std::unique_ptr<AdminReader>> open(const std::string& directory);
  // The relay went away, or its answer made no sense: nothing more comes, and durable() stays.
  [[nodiscard]] virtual bool broken() const = 0;
  // It answers questions about its views.
  [[nodiscard]] virtual bool knows_views() const = 0;
  // Of what was durable when it was answered (ops/views_ask.h).
  [[nodiscard]] virtual Result<std::string> ask_views(std::string_view question) const = 0;
};

}  // namespace mnm::mnmlog
