// mnmlog schema [EVENT]: the events and their fields.
#include <fmt/format.h>

#include <sstream>

#include "common/json.h"
#include "common/program.h"
#include "common/table.h"
#include "mnmlog/command_line.h"
#include "mnmlog/schema.h"

namespace mnm::mnmlog {
namespace {

std::vector<const FieldInfo*> fields_of(std::string_view names) {
  std::vector<const FieldInfo*> found;
  std::istringstream words{std::string(names)};
  for (std::string word; words >> word;) found.push_back(find_field(word));
  return found;
}

void add_rows(std::string_view event, std::string_view names, tools::Table& table) {
  for (const FieldInfo* field : fields_of(names)) {
    table.add({std::string(event), std::string(field->name), std::string(type_name(field->type)),
               std::string(field->help)});
  }
}

std::string as_text(const EventInfo* only, bool aligned) {
  std::string out;
  if (only == nullptr) {
    tools::Table table({{"EVENT"}, {"WHAT IT SAYS"}, {"ITS FIELDS"}});
    for (const EventInfo& event : events()) {
      table.add({std::string(event.name), std::string(event.help), std::string(event.fields)});
    }
    return table.render(aligned);
  }
  if (aligned) out = fmt::format("{}: {}\n\n", only->name, only->help);
  tools::Table table({{"EVENT"}, {"FIELD"}, {"TYPE"}, {"WHAT IT SAYS"}});
  add_rows("any", common_fields(), table);
  add_rows(only->name, only->fields, table);
  return out + table.render(aligned);
}

void append_fields(std::string_view names, tools::JsonWriter& json) {
  json.key("fields").begin_array();
  for (const FieldInfo* field : fields_of(names)) {
    json.begin_object()
        .text("name", field->name)
        .text("type", type_name(field->type))
        .text("text", field->help)
        .end_object();
  }
  json.end_array();
}

// An event an object a line, the fields of all events first, under the name "any".
std::string as_json(const EventInfo* only) {
  std::string out;
  const auto add = [&out](std::string_view name, std::string_view help, std::string_view names) {
    std::string line;
    tools::JsonWriter json(line);
    json.begin_object().text("event", name).text("text", help);
    append_fields(names, json);
    json.end_object();
    out += line + "\n";
  };
  add("any", "what any event may have", common_fields());
  for (const EventInfo& event : events()) {
    if (only == nullptr || only == &event) add(event.name, event.help, event.fields);
  }
  return out;
}

}  // namespace

Result<int> run_schema(const Command& command, const Arguments& arguments) {
  CommandLine line(command);
  std::string name;
  line.app().add_option("EVENT", name, "One kind of event, with the types of its fields");
  line.add_json();
  if (const auto code = line.parse(arguments)) return *code;
  const EventInfo* only = name.empty() ? nullptr : find_event(name);
  if (!name.empty() && only == nullptr) {
    return fail(ErrorCode::kNegative, name + ": no such event; mnmlog schema lists them");
  }
  tools::Output out;
  out.write(line.json() ? as_json(only) : as_text(only, out.terminal()));
  if (const Result<> written = out.finish(); !written) return fail(written.error());
  return 0;
}

}  // namespace mnm::mnmlog
