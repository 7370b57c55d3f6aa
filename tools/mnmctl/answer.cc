// Asking the relay, and showing what it answers.
#include <fmt/format.h>

#include <boost/json.hpp>
#include <cstdio>
#include <iostream>

#include "common/admin_client.h"
#include "common/json.h"
#include "common/program.h"
#include "common/table.h"
#include "common/terminal.h"
#include "mnmctl/command.h"

namespace mnm::mnmctl {
namespace {

namespace json = boost::json;

// The relay is there and says no.
Error error_of(const json::object& reply) {
  const auto* text = reply.if_contains("error");
  return {ErrorCode::kNegative, text != nullptr && text->is_string()
                                    ? std::string(text->get_string())
                                    : "the relay refused, and didn't say why"};
}

void append_lines(const std::string& prefix, const json::value& value, std::string& out) {
  constexpr std::size_t kNameColumns = 18;
  if (const auto* object = value.if_object()) {
    for (const auto& [name, inner] : *object) {
      const std::string own(name);
      append_lines(prefix.empty() ? own : fmt::format("{}.{}", prefix, own), inner, out);
    }
    return;
  }
  if (const auto* array = value.if_array()) {
    for (const json::value& inner : *array) append_lines(prefix, inner, out);
    return;
  }
  tools::append_padded(out, tools::escaped(prefix), kNameColumns, false);
  out += value.is_string() ? tools::escaped(std::string_view(value.get_string()))
                           : json::serialize(value);
  out += '\n';
}

// The relay's own JSON, written anew so that nothing in it can reach the terminal.
void append_safe_json(const json::value& value, tools::JsonWriter& out) {
  if (const auto* object = value.if_object()) {
    out.begin_object();
    for (const auto& [name, inner] : *object) {
      append_safe_json(inner, out.key(tools::escaped(std::string_view(name))));
    }
    out.end_object();
  } else if (const auto* array = value.if_array()) {
    out.begin_array();
    for (const json::value& inner : *array) append_safe_json(inner, out);
    out.end_array();
  } else if (value.is_string()) {
    out.text(std::string_view(value.get_string()));
  } else if (value.is_bool()) {
    out.flag(value.get_bool());
  } else if (value.is_int64() && value.get_int64() >= 0) {
    out.number(static_cast<std::uint64_t>(value.get_int64()));
  } else if (value.is_uint64()) {
    out.number(value.get_uint64());
  } else if (value.is_number()) {
    out.real(value.to_number<double>());
  } else {
    out.null();
  }
}

}  // namespace

Result<json::object> ask(const Options& options, std::string_view command, json::object fields,
                         int timeout_ms) {
  fields["cmd"] = command;
  const Result<std::string> line =
      tools::ask_admin(options.directory, json::serialize(fields),
                       timeout_ms > 0 ? timeout_ms : tools::kAdminTimeoutMs);
  if (!line) return fail(line.error());
  json::error_code failed;
  json::value reply = json::parse(*line, failed);
  if (failed || !reply.is_object()) {
    return fail(ErrorCode::kUnavailable, "the relay's answer is no JSON object: " + *line);
  }
  json::object& object = reply.get_object();
  const auto* ok = object.if_contains("ok");
  if (ok == nullptr || !ok->is_bool() || !ok->get_bool()) return fail(error_of(object));
  object.erase("ok");
  return std::move(object);
}

Result<int> show(const Options& options, const json::object& answer) {
  tools::Output out;
  std::string text;
  if (options.json) {
    json::object whole{{"ok", true}};
    for (const auto& [name, value] : answer) whole[name] = value;
    tools::JsonWriter safe(text);
    append_safe_json(whole, safe);
    text += '\n';
  } else {
    append_lines({}, answer, text);
    if (text.empty()) text = "ok\n";
  }
  out.write(text);
  if (const Result<> written = out.finish(); !written) return fail(written.error());
  return 0;
}

Result<int> ask_and_show(const Options& options, std::string_view command, json::object fields) {
  const Result<json::object> answer = ask(options, command, std::move(fields));
  if (!answer) return fail(answer.error());
  return show(options, *answer);
}

Result<> confirm(const Options& options, std::string_view what) {
  if (options.yes || !tools::is_terminal(0) || !tools::is_terminal(2)) return {};
  fmt::print(stderr, "{} [y/N] ", tools::escaped(what));
  std::string answer;
  std::getline(std::cin, answer);
  if (answer == "y" || answer == "Y" || answer == "yes") return {};
  return fail(ErrorCode::kNegative, "nothing was done");
}

}  // namespace mnm::mnmctl
