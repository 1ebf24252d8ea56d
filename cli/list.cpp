#include <CLI/CLI.hpp>

#include "cli/command.h"

namespace lbctl::cli {

void add_list(CLI::App& app, Invocation& invocation) {
    auto* command = app.add_subcommand("list", "the live table, laid out as ipvsadm -Ln lays it out");
    command->callback([&invocation] { invocation.run = [](const Streams&) { return ExitStatus::failed; }; });
}

}  // namespace lbctl::cli
