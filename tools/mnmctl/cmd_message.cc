// mnmctl message purge|recall MSGID --reason TEXT: takes a message back from all who haven't acked
// it.
#include <fmt/format.h>

#include <memory>

#include "mnmctl/command.h"

namespace mnm::mnmctl {
namespace {

void add_withdrawal(CLI::App& message, Work& work, const char* name, const char* help,
                    const char* question) {
  struct Chosen {
    std::string id;
    std::string reason;
  };
  const auto chosen = std::make_shared<Chosen>();
  CLI::App* command = message.add_subcommand(name, help);
  command->add_option("MSGID", chosen->id, "The message's id, 16 hex digits")->required();
  command->add_option("--reason", chosen->reason, "Why; it is kept in the log")->required();
  command->callback([&work, chosen, name, question] {
    work = [chosen, name, question](const Options& options) -> Result<int> {
      if (const auto sure = confirm(options, fmt::format("{} {}?", question, chosen->id)); !sure) {
        return fail(sure.error());
      }
      return ask_and_show(options, fmt::format("message-{}", name),
                          {{"msgid", chosen->id}, {"reason", chosen->reason}});
    };
  });
}

}  // namespace

void add_message_commands(CLI::App& app, Work& work) {
  CLI::App* message = app.add_subcommand("message", "Takes a message that waits back");
  message->require_subcommand(1);
  add_withdrawal(*message, work, "purge",
                 "Ends all copies that wait and deletes the body; nobody is told",
                 "Purge for good, unread, message");
  add_withdrawal(*message, work, "recall",
                 "The same for its sender, whose nodes are told who hadn't got it",
                 "Recall for its sender message");
}

}  // namespace mnm::mnmctl
