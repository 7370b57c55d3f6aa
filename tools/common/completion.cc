// completion: a description as bash, zsh or fish reads it.
#include <fmt/format.h>

#include <functional>

#include "common/command_page.h"

namespace mnm::tools {
namespace {

// Every command by its path: "", "group", "group invite".
using Visit = std::function<void(const std::string& path, const CommandPage& command)>;
void each(const CommandPage& command, const std::string& path, const Visit& visit) {
  visit(path, command);
  for (const CommandPage& sub : command.commands) {
    each(sub, path.empty() ? sub.name : path + " " + sub.name, visit);
  }
}

std::string function_name(std::string name) {
  for (char& c : name) {
    if (c == '-') c = '_';
  }
  return "_" + name;
}

// In single quotes.
std::string quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

// The words that name the command so far are in `path`; shared by bash and zsh.
std::string path_loop(const CommandPage& program, std::string_view words) {
  std::string out = fmt::format("  for word in {}; do\n    case \"$path $word\" in\n", words);
  each(program, {}, [&](const std::string& path, const CommandPage&) {
    if (!path.empty()) out += fmt::format("      {}) path=\" {}\" ;;\n", quoted(" " + path), path);
  });
  return out + "    esac\n  done\n";
}

// What an option takes, where that is a list.
std::string choice_cases(const CommandPage& program, std::string_view give) {
  std::string out;
  each(program, {}, [&](const std::string& path, const CommandPage& command) {
    for (const OptionPage& option : command.options) {
      if (option.positional || option.choices.empty()) continue;
      for (const std::string& name : option.names) {
        out += fmt::format("    {}) {} ;;\n", quoted(fmt::format(" {} {}", path, name)),
                           fmt::format(fmt::runtime(give), fmt::join(option.choices, " ")));
      }
    }
  });
  return out;
}

std::string bash(const CommandPage& program) {
  const std::string name = function_name(program.name);
  std::string out = fmt::format(
      "# bash completion for {0}, made by `{0} completion bash`\n{1}() {{\n"
      "  local current=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD-1]}}\n"
      "  local path= word words=\n",
      program.name, name);
  out += path_loop(program, "\"${COMP_WORDS[@]:1:COMP_CWORD-1}\"");
  out += "  case \"${path:- } $before\" in\n";
  out += choice_cases(program, "COMPREPLY=($(compgen -W '{}' -- \"$current\")); return");
  out += "  esac\n  case \"$path\" in\n";
  each(program, {}, [&](const std::string& path, const CommandPage& command) {
    std::string words;
    for (const CommandPage& sub : command.commands) words += sub.name + " ";
    for (const OptionPage& option : command.options) {
      const auto& list = option.positional ? option.choices : option.names;
      for (const std::string& word : list) words += word + " ";
    }
    out +=
        fmt::format("    {}) words={} ;;\n", quoted(path.empty() ? "" : " " + path), quoted(words));
  });
  return out + fmt::format(
                   "  esac\n  COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n}}\n"
                   "complete -o default -F {} {}\n",
                   name, program.name);
}

std::string described(std::string_view word, const std::string& text) {
  std::string name(word);
  for (std::size_t at = 0; (at = name.find(':', at)) != std::string::npos; at += 2) {
    name.insert(at, "\\");
  }
  return quoted(name + ":" + first_line(text));
}

std::string zsh(const CommandPage& program) {
  const std::string name = function_name(program.name);
  // Not `path`, which is zsh's own.
  std::string out = fmt::format(
      "#compdef {0}\n# zsh completion for {0}, made by `{0} completion zsh`\n{1}() {{\n"
      "  local before=${{words[CURRENT-1]}} where= word\n  local -a items\n",
      program.name, name);
  std::string loop = path_loop(program, "\"${words[@]:1:CURRENT-2}\"");
  for (std::size_t at = 0; (at = loop.find("path", at)) != std::string::npos; at += 5) {
    loop.replace(at, 4, "where");
  }
  out += loop + "  case \"${where:- } $before\" in\n";
  out += choice_cases(program, "compadd -- {}; return");
  out += "  esac\n  case \"$where\" in\n";
  each(program, {}, [&](const std::string& path, const CommandPage& command) {
    out += fmt::format("    {})\n      items=(\n", quoted(path.empty() ? "" : " " + path));
    for (const CommandPage& sub : command.commands) {
      out += "        " + described(sub.name, sub.summary) + "\n";
    }
    for (const OptionPage& option : command.options) {
      const auto& list = option.positional ? option.choices : option.names;
      for (const std::string& word : list) {
        out += "        " + described(word, option.help) + "\n";
      }
    }
    out += "      ) ;;\n";
  });
  return out + fmt::format(
                   "  esac\n  _describe {0} items || _files\n}}\n"
                   "if [ \"$funcstack[1]\" = {1} ]; then {1} \"$@\"; else compdef {1} {0}; fi\n",
                   program.name, name);
}

// When the words so far are exactly those of `path`, as far as commands go.
std::string fish_condition(const CommandPage& command, const std::string& path) {
  std::string out;
  std::string word;
  for (const char c : path + " ") {
    if (c != ' ') {
      word += c;
    } else if (!word.empty()) {
      out += (out.empty() ? "" : "; and ") + ("__fish_seen_subcommand_from " + word);
      word.clear();
    }
  }
  if (command.commands.empty()) return out;
  std::string subs;
  for (const CommandPage& sub : command.commands) subs += " " + sub.name;
  return out + (out.empty() ? "" : "; and ") + "not __fish_seen_subcommand_from" + subs;
}

std::string fish(const CommandPage& program) {
  std::string out =
      fmt::format("# fish completion for {0}, made by `{0} completion fish`\n", program.name);
  each(program, {}, [&](const std::string& path, const CommandPage& command) {
    const std::string condition = fish_condition(command, path);
    const std::string begin =
        fmt::format("complete -c {}{}", program.name,
                    condition.empty() ? std::string() : " -n " + quoted(condition));
    for (const CommandPage& sub : command.commands) {
      out += fmt::format("{} -a {} -d {}\n", begin, sub.name, quoted(first_line(sub.summary)));
    }
    for (const OptionPage& option : command.options) {
      std::string line = begin;
      if (!option.positional) {
        for (const std::string& name : option.names) {
          line += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
        }
        if (!option.value.empty()) line += " -r";
      } else if (option.choices.empty()) {
        continue;
      }
      if (!option.choices.empty()) {
        line += " -f -a " + quoted(fmt::format("{}", fmt::join(option.choices, " ")));
      }
      out += fmt::format("{} -d {}\n", line, quoted(first_line(option.help)));
    }
  });
  return out;
}

}  // namespace

Result<std::string> completion(const CommandPage& program, std::string_view shell) {
  if (shell == "bash") return bash(program);
  if (shell == "zsh") return zsh(program);
  if (shell == "fish") return fish(program);
  return fail(ErrorCode::kUsage, "completion is for bash, zsh or fish; man is the manual page");
}

}  // namespace mnm::tools
