#include "cli/application.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <exception>
#include <new>

#include "cli/commands/ipvsadm.h"
#include "cli/interruption.h"
#include "cli/print.h"
#include "cli/report_failure.h"

namespace lbctl::cli {

namespace {

/// A command, what adds it to the program, and the heading of `lbctl --help' under which it stands.
struct Registration {
    std::string_view name;
    void (*add)(Command, Invocation&);
    std::string_view heading;
    std::string_view other_name = {};
    bool changes_table = false;
};

constexpr std::string_view files = "Configurations";
constexpr std::string_view changes = "Changing the live table";
constexpr std::string_view shows = "Looking at the live table";
constexpr std::string_view others = "Other tools and formats";

/// In the order of `lbctl --help'.
constexpr auto commands = std::to_array<Registration>({
    {"lint", add_lint, files},
    {"fmt", add_fmt, files},
    {"expand", add_expand, files},
    {"dump", add_dump, files},
    {"build", add_build, files},
    {"explain", add_explain, files},
    {"diff", add_diff, changes},
    {"apply", add_apply, changes, "", true},
    {"confirm", add_confirm, changes, "", true},
    {"weight", add_weight, changes, "", true},
    {"drain", add_drain, changes, "", true},
    {"enable", add_enable, changes, "", true},
    {"list", add_list, shows},
    {"stats", add_stats, shows},
    {"rate", add_rate, shows},
    {"connections", add_connections, shows, "conns"},
    {"check", add_check, shows},
    {"emit", add_emit, others},
    {"save", add_save, others},
    {"import", add_import, others},
    {"ipvsadm", add_ipvsadm, others},
    {"completion", add_completion, others},
});

/// The command of that name, or null.
const Registration* find_command(std::string_view name) {
    const auto found = std::find_if(commands.begin(), commands.end(), [name](const Registration& command) {
        return command.name == name || (!name.empty() && command.other_name == name);
    });
    return found == commands.end() ? nullptr : &*found;
}

/// Whether all that was printed has arrived. What a full disk cut off must not look like a result: half a script, half
/// a table.
bool is_written(std::FILE* stream) {
    return std::fflush(stream) == 0 && std::ferror(stream) == 0;
}

/// Registers the command that the command line begins with, or all of them where it begins otherwise: the options of
/// twenty commands that nobody asked for take longer to set up than a small table takes to read. `completion' tells
/// of all.
void add_commands(std::string_view first, Command program, Invocation& invocation) {
    const Registration* const chosen = find_command(first);
    if (chosen != nullptr && chosen->add != add_completion) return chosen->add(program, invocation);
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
    for (const Registration& command : commands) {
        command.add(program, invocation);
        program.commands().back().under(command.heading);
    }
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
