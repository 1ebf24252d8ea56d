#pragma once

#include <string>

#include "cli/command.h"
#include "cli/lint/linted.h"
#include "cli/lint/project_file.h"
#include "grammar/base/result.h"

namespace lbctl::cli {

/// What the command line says of a baseline.
struct BaselineArguments {
    std::string file;
    bool has_file = false;
    bool update = false;
};

void add_baseline_options(Command command, BaselineArguments& arguments);

/// Takes out of what was found what the baseline of the command line or of the project knows, and says on standard
/// error how many findings these are, and what of it is stale. With --update-baseline it is made anew before. `project`
/// may be null.
Result<void> take_baseline_off(Linted& linted, const BaselineArguments& arguments, const ProjectFile* project,
                               const Streams& streams);

}  // namespace lbctl::cli
