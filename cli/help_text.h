#pragma once

#include <string>

#include "cli/command_line.h"

namespace lbctl::cli {

/// What `--help' prints of a command of the program, or of the program itself: no line is longer than 80 columns.
std::string help_text(const Command& program, const Command& command);

}  // namespace lbctl::cli
