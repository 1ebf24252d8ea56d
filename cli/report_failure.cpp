#include "cli/report_failure.h"

#include <fmt/format.h>

namespace lbctl::cli {

ExitStatus report_failure(const Streams& streams, const Failure& failure) {
    fmt::print(streams.err, "lbctl: {}{}{}\n", failure.message, failure.hint.empty() ? "" : "; ", failure.hint);
    return ExitStatus::failed;
}

}  // namespace lbctl::cli
