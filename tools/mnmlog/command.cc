#include "mnmlog/command.h"

#include <fmt/format.h>

#include <array>

namespace mnm::mnmlog {
namespace {

constexpr std::array kCommands = {
    Command{"show", "events, in the order of the log (the default command)",
            "  mnmlog show 81231                    one event\n"
            "  mnmlog show 100..200                 these and what is between\n"
            "  mnmlog show @-2h --user maria-lopez  what she did and got in the last two hours\n"
            "  mnmlog show @2026-01-02T03:04..10m --op post,ack\n"
            "  mnmlog show -n 50 --reverse          the last 50, newest first\n"
            "  mnmlog show --op refused --count     how many refusals\n"
            "  mnmlog show --where 'data_bytes > 1MB && recipient_count > 10'\n"
            "  mnmlog show --grep 'login failed' --format 'tmpl:%{time} %{peer} %{error}'\n"
            "  mnmlog show --json --fields lsn,time,what",
            run_show},
    Command{"tail", "the last events; with -f, those to come as well",
            "  mnmlog tail\n"
            "  mnmlog tail -f --op refused          refusals as they happen\n"
            "  mnmlog tail --cursor seen --json     what came since the last time",
            run_tail},
    Command{"get", "one event: every field, its record and hashes, what became of its message",
            "  mnmlog get 81231\n"
            "  mnmlog get 0000000000013d4f          a message's id does as well\n"
            "  mnmlog get 81231 --json",
            run_get},
    Command{"info", "what this data directory is: format, sizes, counts, last start",
            "  mnmlog info --data /var/lib/mnm\n"
            "  mnmlog info --json",
            run_info},
    Command{"trace", "the life of a message: who got it when, what its copies wait for",
            "  mnmlog trace 0000000000013d4f\n"
            "  mnmlog trace 0000000000013d4f --json",
            run_trace},
    Command{"why", "why a node, a user or a message is stuck, or that it isn't",
            "  mnmlog why maria-lopez/2\n"
            "  mnmlog why maria-lopez\n"
            "  mnmlog why 0000000000013d4f",
            run_why},
    Command{
        "queue", "what waits: for all nodes, or one by one for a node",
        "  mnmlog queue                         nodes with something waiting, the fullest last\n"
        "  mnmlog queue maria-lopez/2           her second node's messages, in order\n"
        "  mnmlog queue maria-lopez             all her nodes",
        run_queue},
    Command{"state", "a user, a group, a node, a queue, or all of them, as of any moment",
            "  mnmlog state user maria-lopez\n"
            "  mnmlog state group ops-team --at @yesterday\n"
            "  mnmlog state queue maria-lopez/2 --at 81231   what waited for her second node then\n"
            "  mnmlog state --all --json --at end-1000\n"
            "  mnmlog state --hash --at 81231                the digest of all views",
            run_state},
    Command{"diff", "what changed between two moments, and by which events",
            "  mnmlog diff @yesterday @today\n"
            "  mnmlog diff @-1h end group ops-team\n"
            "  mnmlog diff 81000 10m user maria-lopez   ten minutes from an event on\n"
            "  mnmlog diff 81000 81231 --json",
            run_diff},
    Command{"stats", "how many events and octets, by op, user or hour; or what waits, by age",
            "  mnmlog stats @today --by hour\n"
            "  mnmlog stats --by user --op post     who posts most, last\n"
            "  mnmlog stats --by age                how long what waits has waited, by node",
            run_stats},
    Command{"schema", "the kinds of events and their fields",
            "  mnmlog schema\n"
            "  mnmlog schema stored                 its fields, their types, what they say\n"
            "  mnmlog schema --json",
            run_schema},
    Command{"verify", "checks every octet: checksums, numbers, hash chain, fold, messages, bodies",
            "  mnmlog verify\n"
            "  mnmlog verify @today                 today's events alone, without the fold\n"
            "  mnmlog verify --heads copied-heads --pubkey relay.pub   still the log of then?",
            run_verify},
    Command{"prove", "a proof of one event, for somebody who hasn't got the log",
            "  mnmlog prove 81231 --out proof.json\n"
            "  mnmlog prove 0000000000013d4f --heads copied-heads",
            run_prove},
    Command{"check-proof", "whether a proof holds, and what it proves; needs no log",
            "  mnmlog check-proof proof.json --pubkey relay.pub", run_check_proof},
    Command{"replay", "rebuilds the views from the first event; compares them, or writes them",
            "  mnmlog replay                        the digest, and how fast\n"
            "  mnmlog replay --compare live         with what the running relay has in memory\n"
            "  mnmlog replay --compare /backup/mnm  with another data directory\n"
            "  mnmlog replay --into /tmp/then --until @yesterday   a relay as it was then",
            run_replay},
    Command{"export", "the log, with what waits, as a stream to be imported; or as JSON",
            "  mnmlog export --out monday.mnm       all of it, also beside a running relay\n"
            "  mnmlog export | ssh backup 'cat > monday.mnm'\n"
            "  mnmlog export @yesterday..@today --format jsonl     for people and their tools",
            run_export},
    Command{"import", "a new data directory from an export: same ids, same hash chain",
            "  mnmlog import monday.mnm --into /var/lib/mnm2\n"
            "  mnmlog import monday.mnm --into /tmp/copy --new-epoch   beside the relay of old",
            run_import},
    Command{"completion", "what a shell needs to complete commands and options; the manual page",
            "  source <(mnmlog completion bash)\n"
            "  mnmlog completion fish > ~/.config/fish/completions/mnmlog.fish\n"
            "  mnmlog completion man | man -l -",
            run_completion},
};

}  // namespace

std::span<const Command> commands() { return kCommands; }

const Command* find_command(std::string_view name) {
  for (const Command& command : kCommands) {
    if (command.name == name) return &command;
  }
  return nullptr;
}

std::string usage() {
  std::string out =
      "mnmlog [--data DIR] COMMAND [OPTIONS]: looks into an mnm data directory, also beside a\n"
      "running relay, and never writes to it. DIR is $MNM_DATA, or else ./mnm-data.\n\nCommands:\n";
  for (const Command& command : commands()) {
    out += fmt::format("  {:11} {}\n", command.name, command.summary);
  }
  out += "\nmnmlog COMMAND --help tells more. Without a command: show.\n";
  return out;
}

tools::CommandPage describe_program() {
  tools::CommandPage program{
      .name = "mnmlog",
      .summary =
          "looks into an mnm data directory\nAlso beside a running relay, and it never "
          "writes to it. Without a command: show. What commands print, ranges, filters and "
          "fields are described in doc/mnmlog.md.",
      .notes = {},
      .options = {{.names = {"--data"},
                   .value = "DIR",
                   .help = "The data directory; else $MNM_DATA, or ./mnm-data",
                   .choices = {}},
                  {.names = {"--help"}, .value = {}, .help = "The commands", .choices = {}},
                  {.names = {"--version"}, .value = {}, .help = "The version", .choices = {}}},
      .commands = {}};
  for (const Command& command : commands()) {
    tools::CommandPage page;
    Arguments asked;
    asked.page = &page;
    (void)command.run(command, asked);  // fills the page, and can't fail
    page.name = command.name;
    program.commands.push_back(std::move(page));
  }
  return program;
}

}  // namespace mnm::mnmlog
