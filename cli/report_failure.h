#pragma once

#include <string_view>

#include "cli/command.h"
#include "grammar/base/result.h"

namespace lbctl::cli {

/// Says on standard error, in one line, what could not be done and what to do about it. Gives ExitStatus::failed.
ExitStatus report_failure(const Streams& streams, const Failure& failure);

/// To be returned when a change was made and its report printed. Where the report cannot be written, because the disk
/// is full or nobody reads the pipe any more, says that the change was made all the same, and gives
/// ExitStatus::unreported.
ExitStatus after_report(const Streams& streams, ExitStatus status);

/// The failure with these words before its message, such as "the table was changed, but ".
[[nodiscard]] Failure prefixed(std::string_view words, Failure failure);

}  // namespace lbctl::cli
