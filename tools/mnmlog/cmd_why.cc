// mnmlog why NODE|USER|MSGID: what is the matter with it, if anything is.
#include <fmt/format.h>

#include <cstdio>

#include "common/json.h"
#include "common/program.h"
#include "common/table.h"
#include "common/terminal.h"
#include "mnmlog/command_line.h"
#include "mnmlog/source.h"
#include "mnmlog/verdict.h"

namespace mnm::mnmlog {
namespace {

void append_text(const Verdict& verdict, std::size_t depth, std::string& out) {
  const std::string margin(2 * depth, ' ');
  out += fmt::format("{}{}  {}: {}\n", margin, verdict.stuck() ? "STUCK" : "OK   ", verdict.subject,
                     verdict.text);
  const auto line = [&](std::string_view name, const std::string& text) {
    out += margin + "  ";
    tools::append_padded(out, std::string(name), 13, false);
    out += text + '\n';
  };
  for (const Evidence& evidence : verdict.evidence) {
    line(evidence.what, evidence.lsn
                            ? fmt::format("{}  [LSN {}]", evidence.text, evidence.lsn.value())
                            : evidence.text);
  }
  for (const std::string& next : verdict.next) line("next", next);
  for (const Verdict& part : verdict.parts) append_text(part, depth + 1, out);
}

void append_json(const Verdict& verdict, tools::JsonWriter& json) {
  json.begin_object()
      .text("subject", verdict.id)
      .flag("stuck", verdict.stuck())
      .text("verdict", verdict_name(verdict.code))
      .text("text", verdict.text)
      .key("evidence")
      .begin_array();
  for (const Evidence& evidence : verdict.evidence) {
    json.begin_object().text("what", evidence.what);
    if (evidence.lsn) json.number("lsn", evidence.lsn.value());
    json.text("text", evidence.text).end_object();
  }
  json.end_array().key("next").begin_array();
  for (const std::string& next : verdict.next) json.text(next);
  json.end_array().key("nodes").begin_array();
  for (const Verdict& part : verdict.parts) append_json(part, json);
  json.end_array().end_object();
}

Result<Verdict> judge(Judge& judge, const Names& names, const std::string& subject) {
  if (const NodeNo node = names.find_node(subject); names.has(node)) return judge.node(node);
  if (const UserNo user = names.find_user(subject); names.has(user)) return judge.user(user);
  if (const Lsn id = parse_message_id(subject)) return judge.message(id);
  return fail(ErrorCode::kNegative,
              fmt::format("{}: no such node, user or message (a message's id has 16 hex digits, a "
                          "node is USER/ORDINAL)",
                          subject));
}

Result<int> why(const CommandLine& line, const std::string& subject) {
  const auto source = Source::open(line.place());
  if (!source) return fail(source.error());
  if (!line.quiet()) fmt::print(stderr, "{}\n", (*source)->describe());
  const Names names(&(*source)->names());
  if ((*source)->lookup_error()) return fail(*(*source)->lookup_error());
  Judge by(**source, names, line.zone(), tools::now_ns());
  const Result<Verdict> verdict = judge(by, names, subject);
  if (!verdict) return fail(verdict.error());
  if ((*source)->lookup_error()) return fail(*(*source)->lookup_error());
  std::string text;
  if (line.json()) {
    tools::JsonWriter json(text);
    append_json(*verdict, json);
    text += '\n';
  } else {
    append_text(*verdict, 0, text);
  }
  tools::Output out;
  line.page(out);
  out.write(text);
  if (const Result<> written = out.finish(); !written) return fail(written.error());
  return verdict->stuck() ? exit_code(ErrorCode::kNegative) : 0;
}

}  // namespace

Result<int> run_why(const Command& command, const Arguments& arguments) {
  CommandLine line(command);
  std::string subject;
  line.app()
      .add_option("SUBJECT", subject, "A node (USER/ORDINAL), a user, or a message's id")
      ->required();
  line.add_json();
  line.add_pager();
  if (const auto code = line.parse(arguments)) return *code;
  return why(line, subject);
}

}  // namespace mnm::mnmlog
