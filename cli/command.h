#pragma once

#include <cstdio>
#include <functional>
#include <string_view>

#include "cli/command_line.h"

namespace lbctl::cli {

/// Exit status of every command.
enum class ExitStatus : int {
    ok = 0,          ///< all well, or no difference
    findings = 1,    ///< findings or differences
    failed = 2,      ///< the work could not be done
    unreported = 3,  ///< the change was made, but what is said of it could not be written
};

/// Where a command writes and what the terminal can show.
struct Streams {
    std::FILE* out = stdout;  ///< results
    std::FILE* err = stderr;  ///< messages
    bool colour_out = false;
    bool colour_err = false;
    bool unicode = true;  ///< both can show characters beyond ASCII
};

/// What the command that the command line chose does; run when all of the command line has been read.
struct Invocation {
    std::function<ExitStatus(const Streams&)> run;
};

// A command is one file with one function: it adds its command to the program, and sets `invocation.run` when that
// command was chosen.
void add_lint(Command program, Invocation& invocation);
void add_fmt(Command program, Invocation& invocation);
void add_expand(Command program, Invocation& invocation);
void add_dump(Command program, Invocation& invocation);
void add_build(Command program, Invocation& invocation);
void add_explain(Command program, Invocation& invocation);
void add_diff(Command program, Invocation& invocation);
void add_apply(Command program, Invocation& invocation);
void add_confirm(Command program, Invocation& invocation);
void add_weight(Command program, Invocation& invocation);
void add_drain(Command program, Invocation& invocation);
void add_enable(Command program, Invocation& invocation);
void add_check(Command program, Invocation& invocation);
void add_emit(Command program, Invocation& invocation);
void add_list(Command program, Invocation& invocation);
void add_stats(Command program, Invocation& invocation);
void add_rate(Command program, Invocation& invocation);
void add_connections(Command program, Invocation& invocation);
void add_save(Command program, Invocation& invocation);
void add_import(Command program, Invocation& invocation);
void add_ipvsadm(Command program, Invocation& invocation);
void add_completion(Command program, Invocation& invocation);

}  // namespace lbctl::cli
