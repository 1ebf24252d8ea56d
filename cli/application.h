#pragma once

#include "cli/command.h"

namespace lbctl::cli {

/// Runs the command that the arguments name and gives the exit status of the process. Never throws.
int run_application(int argc, const char* const* argv, const Streams& streams);

}  // namespace lbctl::cli
