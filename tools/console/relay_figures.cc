#include "console/relay_figures.h"

#include <boost/json.hpp>

#include "common/admin_client.h"
#include "net/server_address.h"

namespace mnm::console {
namespace {

namespace json = boost::json;

constexpr int kAbsent = 503;
constexpr int kSilent = 504;
constexpr int kRefused = 502;

// Whether somebody listens there now.
bool is_there(const std::string& directory) {
  const Result<int> link = tools::connect_admin(directory);
  const net::Fd closed(link.value_or(-1));
  return link.has_value();
}

std::string text_of(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

}  // namespace

net::HttpReply relay_figures(const std::string& directory, int timeout_ms) {
  const Result<std::string> line = tools::ask_admin(directory, R"({"cmd":"metrics"})", timeout_ms);
  if (!line) {
    if (line.error().code != ErrorCode::kUnavailable) {
      return net::problem(kRefused, line.error().text);
    }
    const bool there = is_there(directory);
    return net::problem(there ? kSilent : kAbsent,
                        there ? "the relay is there, but didn't answer: it is busy, or hangs"
                              : std::string_view(line.error().text));
  }
  json::error_code failed;
  const json::value reply = json::parse(*line, failed);
  const json::object none;
  const json::object& object = failed || !reply.is_object() ? none : reply.get_object();
  const json::value* ok = object.if_contains("ok");
  const json::value* metrics = object.if_contains("metrics");
  if (ok == nullptr || !ok->is_bool() || !ok->get_bool() || metrics == nullptr ||
      !metrics->is_string()) {
    const std::string why = text_of(object, "error");
    return net::problem(kRefused, "the relay gave no figures" + (why.empty() ? why : ": " + why));
  }
  return {.status = 200,
          .type = "application/json",
          .body = json::serialize(json::object{{"metrics", *metrics}}),
          .fields = {{"Cache-Control", "no-store"}}};
}

}  // namespace mnm::console
