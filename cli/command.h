#pragma once

#include <cstdio>
#include <functional>
#include <string_view>

#include "cli/capabilities.h"
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

/// Under which of its headings `lbctl --help` lists a command.
enum class Heading { configurations, changes, shows, others };

/// A command: a file in cli/commands that defines one of these, called lint_command for `lint`, and a line in the list
/// of cli/CMakeLists.txt.
struct Registration {
    std::string_view name;
    Heading heading;
    Rights rights;  ///< what it keeps of root's; its own business from there on
    /// Adds the command to the program, and sets Invocation::run when the command line chose it.
    void (*add)(Command program, Invocation& invocation);
    std::string_view other_name = {};  ///< a second name; empty: it has one
    bool changes_table = false;        ///< a signal before its first change ends it at once
    bool tells_of_all = false;         ///< it looks at the other commands, which then have to be added, too
};

}  // namespace lbctl::cli
