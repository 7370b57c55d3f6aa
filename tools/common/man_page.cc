// man_page: a description in roff.
#include <fmt/format.h>

#include <cctype>

#include "common/command_page.h"

namespace mnm::tools {
namespace {

std::string upper(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

// Text that roff doesn't take for requests or escapes; hyphens stay what people copy.
std::string plain(std::string_view text) {
  std::string out;
  bool line_begins = true;
  for (const char c : text) {
    if (line_begins && (c == '.' || c == '\'')) out += "\\&";
    line_begins = c == '\n';
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else {
      out += c;
    }
  }
  return out;
}

std::string option_line(const OptionPage& option) {
  std::string out;
  for (const std::string& name : option.names) {
    if (!out.empty()) out += ", ";
    out += "\\fB" + plain(name) + "\\fR";
  }
  if (!option.value.empty()) out += " \\fI" + plain(option.value) + "\\fR";
  return out;
}

void append_options(const CommandPage& command, std::string& out) {
  for (const OptionPage& option : command.options) {
    out += ".TP\n" + option_line(option) + "\n" + plain(option.help) + "\n";
  }
}

// Examples are lines as they are; what isn't indented is a paragraph.
void append_notes(const std::string& notes, std::string& out) {
  if (notes.empty()) return;
  out += ".PP\n.nf\n" + plain(notes);
  if (!notes.ends_with('\n')) out += '\n';
  out += ".fi\n";
}

void append_commands(const CommandPage& command, const std::string& path, std::string& out) {
  for (const CommandPage& sub : command.commands) {
    const std::string name = path.empty() ? sub.name : path + " " + sub.name;
    std::string synopsis = "\\fB" + plain(name) + "\\fR";
    for (const OptionPage& option : sub.options) {
      if (option.positional) synopsis += " [\\fI" + plain(option.names.front()) + "\\fR]";
    }
    out += ".SS " + synopsis + "\n" + plain(sub.summary) + "\n";
    append_options(sub, out);
    append_notes(sub.notes, out);
    append_commands(sub, name, out);
  }
}

}  // namespace

std::string man_page(const CommandPage& program, int section, std::string_view version) {
  const std::string summary = program.summary.substr(0, program.summary.find('\n'));
  std::string out = fmt::format(
      ".TH {} {} \"\" \"mnm {}\" \"mnm\"\n.SH NAME\n{} \\- {}\n.SH SYNOPSIS\n\\fB{}\\fR{} "
      "[\\fIOPTIONS\\fR]\n.SH DESCRIPTION\n{}\n",
      upper(program.name), section, version, plain(program.name), plain(summary),
      plain(program.name), program.commands.empty() ? "" : " \\fICOMMAND\\fR",
      plain(program.summary));
  if (!program.options.empty()) {
    out += ".SH OPTIONS\n";
    append_options(program, out);
  }
  if (!program.commands.empty()) {
    out += ".SH COMMANDS\n";
    append_commands(program, {}, out);
  }
  if (!program.notes.empty()) {
    out += ".SH NOTES\n";
    append_notes(program.notes, out);
  }
  return out + ".SH SEE ALSO\nmnm(1), mnmlog(1), mnmctl(1), mnmrestore(1), mnmd(8)\n";
}

}  // namespace mnm::tools
