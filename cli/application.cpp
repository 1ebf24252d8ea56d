#include "cli/application.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <new>

#include "cli/commands/ipvsadm.h"
#include "cli/commands/list.h"
#include "cli/interruption.h"
#include "cli/print.h"
#include "cli/report_failure.h"

namespace lbctl::cli {

namespace {

std::string_view text_of(Heading heading) {
    switch (heading) {
        case Heading::configurations:
            return "Configurations";
        case Heading::changes:
            return "Changing the live table";
        case Heading::shows:
            return "Looking at the live table";
        case Heading::others:
            break;
    }
    return "Other tools and formats";
}

/// The command of that name, or null.
const Registration* find_command(std::string_view name) {
    const auto found = std::ranges::find_if(all_commands, [name](const Registration* command) {
        return command->name == name || (!name.empty() && command->other_name == name);
    });
    return found == std::ranges::end(all_commands) ? nullptr : *found;
}

/// Whether all that was printed has arrived. What a full disk cut off must not look like a result: half a script, half
/// a table.
bool is_written(std::FILE* stream) {
    return std::fflush(stream) == 0 && std::ferror(stream) == 0;
}

/// Registers the command that the command line begins with, or all of them where it begins otherwise: the options of
/// twenty commands that nobody asked for take longer to set up than a small table takes to read. Those that tell of
/// the others have them all.
void add_commands(std::string_view first, Command program, Invocation& invocation) {
    const Registration* const chosen = find_command(first);
    if (chosen != nullptr && !chosen->tells_of_all) return chosen->add(program, invocation);
    add_all_commands(program, invocation);
}

int run(int argc, const char* const* argv, const Streams& streams) {
    if (const auto status = run_as_ipvsadm(argc, argv, streams)) return *status;
    CommandLine command_line("lbctl", "keepalived.conf compiler and IPVS control", "lbctl " LBCTL_VERSION);
    Invocation invocation;
    const std::string_view first = argc < 2 ? "" : argv[1];
    if (const Registration* const command = find_command(first); command != nullptr && command->changes_table)
        end_at_once_on_signals(Ending::nothing_changed);
    add_commands(first, command_line.program(), invocation);
    const auto asked_for = command_line.read(argc, argv);
    if (!asked_for) {
        const Failure& fault = asked_for.error();
        const bool known = find_command(first) != nullptr;
        print(streams.err, "lbctl: {}{}{}\nlbctl: `lbctl {}--help' {}\n", fault.message, fault.hint.empty() ? "" : "; ",
              fault.hint, known ? fmt::format("{} ", first) : "", known ? "shows its options" : "lists the commands");
        return static_cast<int>(ExitStatus::failed);
    }
    if (*asked_for) {
        std::fputs((*asked_for)->c_str(), streams.out);
        return static_cast<int>(ExitStatus::ok);
    }
    return static_cast<int>(invocation.run(streams));
}

}  // namespace

void add_all_commands(Command program, Invocation& invocation) {
    for (const Registration* command : all_commands) {
        command->add(program, invocation);
        program.commands().back().under(text_of(command->heading));
    }
}

Rights rights_for(int argc, const char* const* argv) {
    const char* const first = argc < 2 ? "" : argv[1];
    const Registration* const command = find_command(is_called_ipvsadm(argc, argv) ? "ipvsadm" : first);
    return command == nullptr ? Rights::none : command->rights;
}

int run_application(int argc, const char* const* argv, const Streams& streams) {
    int status = static_cast<int>(ExitStatus::failed);
    try {
        status = run(argc, argv, streams);
    } catch (const std::bad_alloc&) {
        std::fputs(out_of_memory, streams.err);
    } catch (const std::exception& error) {
        print(streams.err, "lbctl: a fault of lbctl itself stopped it ({}); please report it with what was run\n",
              error.what());
    }
    if (is_written(streams.out)) return status;
    return static_cast<int>(report_failure(streams, {"cannot write to standard output", "is the disk full?"}));
}

}  // namespace lbctl::cli
