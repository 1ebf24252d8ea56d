#pragma once

#include <string>

#include "cli/command.h"
#include "cli/lint/linted.h"

namespace lbctl::cli {

/// How the findings are told, as words of the command line.
struct TellArguments {
    std::string format = "text";
    bool quiet = false;
};

/// Adds the options that say how findings are told.
void add_tell_options(Command command, TellArguments& arguments);

/// Prints what was found, and what could not be read.
void tell(Linted linted, const TellArguments& arguments, const Streams& streams);

}  // namespace lbctl::cli
