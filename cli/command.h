#pragma once

#include <cstdio>
#include <functional>
#include <string_view>

namespace CLI {
class App;
}

namespace lbctl::cli {

/// Exit status of every command.
enum class ExitStatus : int {
    ok = 0,        ///< all well, or no difference
    findings = 1,  ///< findings or differences
    failed = 2,    ///< the work could not be done
};

/// Where a command writes and what the terminal can show.
struct Streams {
    std::FILE* out = stdout;  ///< results
    std::FILE* err = stderr;  ///< messages
    bool colour_out = false;
    bool colour_err = false;
};

/// The command that the command line chose; set by the callbacks of the subcommands, run by main() after parsing.
struct Invocation {
    std::function<ExitStatus(const Streams&)> run;
};

// A command is one file with one function: it registers its subcommand with the application, and sets
// `invocation.run` when that subcommand was chosen.
void add_lint(CLI::App& app, Invocation& invocation);
void add_fmt(CLI::App& app, Invocation& invocation);
void add_expand(CLI::App& app, Invocation& invocation);
void add_dump(CLI::App& app, Invocation& invocation);
void add_build(CLI::App& app, Invocation& invocation);
void add_explain(CLI::App& app, Invocation& invocation);
void add_diff(CLI::App& app, Invocation& invocation);
void add_apply(CLI::App& app, Invocation& invocation);
void add_confirm(CLI::App& app, Invocation& invocation);
void add_weight(CLI::App& app, Invocation& invocation);
void add_drain(CLI::App& app, Invocation& invocation);
void add_enable(CLI::App& app, Invocation& invocation);
void add_emit(CLI::App& app, Invocation& invocation);
void add_list(CLI::App& app, Invocation& invocation);
void add_stats(CLI::App& app, Invocation& invocation);
void add_rate(CLI::App& app, Invocation& invocation);
void add_connections(CLI::App& app, Invocation& invocation);
void add_save(CLI::App& app, Invocation& invocation);
void add_import(CLI::App& app, Invocation& invocation);
void add_ipvsadm(CLI::App& app, Invocation& invocation);
void add_completion(CLI::App& app, Invocation& invocation);

}  // namespace lbctl::cli
