#include "cli/report_failure.h"

#include <cstdio>

#include "cli/print.h"

namespace lbctl::cli {

ExitStatus report_failure(const Streams& streams, const Failure& failure) {
    print(streams.err, "lbctl: {}{}{}\n", failure.message, failure.hint.empty() ? "" : "; ", failure.hint);
    return ExitStatus::failed;
}

ExitStatus after_report(const Streams& streams, ExitStatus status) {
    if (std::fflush(streams.out) == 0 && std::ferror(streams.out) == 0) return status;
    // It is said here, with more knowledge than at the end of the program.
    std::clearerr(streams.out);
    report_failure(streams, {"the change WAS made, only its report could not be written to standard output",
                             "do not run it again for that; is the disk full?"});
    return ExitStatus::unreported;
}

Failure prefixed(std::string_view words, Failure failure) {
    failure.message.insert(0, words);
    return failure;
}

}  // namespace lbctl::cli
