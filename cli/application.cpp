#include "cli/application.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <exception>

#include "cli/ipvsadm.h"

namespace lbctl::cli {

namespace {

/// A command and what registers its subcommand.
struct Command {
    std::string_view name;
    void (*add)(CLI::App&, Invocation&);
    std::string_view other_name = {};
};

/// In the order of `lbctl --help'.
constexpr auto commands = std::to_array<Command>({
    {"lint", add_lint},
    {"fmt", add_fmt},
    {"expand", add_expand},
    {"dump", add_dump},
    {"build", add_build},
    {"explain", add_explain},
    {"diff", add_diff},
    {"apply", add_apply},
    {"confirm", add_confirm},
    {"weight", add_weight},
    {"drain", add_drain},
    {"enable", add_enable},
    {"emit", add_emit},
    {"list", add_list},
    {"stats", add_stats},
    {"rate", add_rate},
    {"connections", add_connections, "conns"},
    {"save", add_save},
    {"import", add_import},
    {"ipvsadm", add_ipvsadm},
    {"completion", add_completion},
});

/// Registers the command that the command line begins with, or all of them where it begins otherwise: the options of
/// twenty commands that nobody asked for take longer to set up than a small table takes to read. `completion' tells
/// of all.
void add_commands(std::string_view first, CLI::App& app, Invocation& invocation) {
    const auto chosen = std::find_if(commands.begin(), commands.end(), [first](const Command& command) {
        return (command.name == first || command.other_name == first) && command.add != add_completion;
    });
    if (chosen != commands.end()) return chosen->add(app, invocation);
    for (const Command& command : commands) command.add(app, invocation);
}

}  // namespace

int run_application(int argc, const char* const* argv, const Streams& streams) {
    try {
        if (const auto status = run_as_ipvsadm(argc, argv, streams)) return *status;
        CLI::App app{"keepalived.conf compiler and IPVS control", "lbctl"};
        app.require_subcommand(1);
        app.set_version_flag("--version", "lbctl " LBCTL_VERSION);
        Invocation invocation;
        add_commands(argc < 2 ? "" : argv[1], app, invocation);
        try {
            app.parse(argc, argv);
        } catch (const CLI::CallForHelp& call) {
            app.exit(call);
            return static_cast<int>(ExitStatus::ok);
        } catch (const CLI::CallForVersion& call) {
            app.exit(call);
            return static_cast<int>(ExitStatus::ok);
        } catch (const CLI::ParseError& error) {
            fmt::print(streams.err, "lbctl: {}\nlbctl: `lbctl --help' lists the commands\n", error.what());
            return static_cast<int>(ExitStatus::failed);
        }
        return static_cast<int>(invocation.run(streams));
    } catch (const std::exception& error) {
        fmt::print(streams.err, "lbctl: internal error: {}\n", error.what());
        return static_cast<int>(ExitStatus::failed);
    }
}

}  // namespace lbctl::cli
