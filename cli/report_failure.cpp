#include "cli/report_failure.h"

#include "cli/print.h"

namespace lbctl::cli {

ExitStatus report_failure(const Streams& streams, const Failure& failure) {
    print(streams.err, "lbctl: {}{}{}\n", failure.message, failure.hint.empty() ? "" : "; ", failure.hint);
    return ExitStatus::failed;
}

Failure prefixed(std::string_view words, Failure failure) {
    failure.message.insert(0, words);
    return failure;
}

}  // namespace lbctl::cli
