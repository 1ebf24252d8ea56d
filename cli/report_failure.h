#pragma once

#include <string_view>

#include "cli/command.h"
#include "grammar/source/result.h"

namespace lbctl::cli {

/// Says on standard error, in one line, what could not be done and what to do about it. Gives ExitStatus::failed.
ExitStatus report_failure(const Streams& streams, const Failure& failure);

/// The failure with these words before its message, such as "the table was changed, but ".
[[nodiscard]] Failure prefixed(std::string_view words, Failure failure);

}  // namespace lbctl::cli
