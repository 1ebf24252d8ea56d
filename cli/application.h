#pragma once

#include "cli/command.h"

namespace lbctl::cli {

/// What is said where memory ends. A constant: nothing can be made up any more.
inline constexpr const char* out_of_memory =
    "lbctl: out of memory; does `ulimit -v', or the service or container it runs in, leave it enough?\n";

/// Runs the command that the arguments name and gives the exit status of the process. Never throws. A command whose
/// output could not be written whole has failed (2), whatever it says itself.
int run_application(int argc, const char* const* argv, const Streams& streams);

/// The rights that the command keeps which the arguments name; none where they name no command.
Rights rights_for(int argc, const char* const* argv);

/// Adds all commands to a program, as `lbctl --help' lists them.
void add_all_commands(Command program, Invocation& invocation);

}  // namespace lbctl::cli
