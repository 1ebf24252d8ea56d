#pragma once

#include "cli/command.h"
#include "grammar/source/result.h"

namespace lbctl::cli {

/// Says on standard error, in one line, what could not be done and what to do about it. Gives ExitStatus::failed.
ExitStatus report_failure(const Streams& streams, const Failure& failure);

}  // namespace lbctl::cli
