#include "cli/lint/tell.h"

#include <utility>

#include "cli/findings_json.h"
#include "cli/findings_text.h"
#include "cli/print.h"
#include "cli/report_failure.h"

namespace lbctl::cli {

namespace {

std::string text_of(const Linted& linted, bool colour) {
    std::string text;
    for (const validate::Analysis& analysis : linted.analyses)
        text += findings_text(analysis.sources, analysis.findings, colour);
    // What nodes have against each other stands behind what each has by itself.
    for (std::size_t i = 0; i < linted.of_cluster.size(); ++i)
        text += findings_text(linted.analyses[i].sources, linted.of_cluster[i], colour);
    return text;
}

}  // namespace

void add_tell_options(Command command, TellArguments& arguments) {
    command.option("--format", arguments.format, "text or json").one_of({"text", "json"});
    command.flag("-q,--quiet", arguments.quiet, "print nothing, only set the exit status");
}

void tell(Linted linted, const TellArguments& arguments, const Streams& streams) {
    for (const UnreadFile& file : linted.unread) report_failure(streams, file.failure);
    const bool as_text = arguments.format == "text" && !arguments.quiet;
    if (as_text) print_text(streams.out, text_of(linted, streams.colour_out));
    for (std::size_t i = 0; i < linted.of_cluster.size(); ++i)
        linted.analyses[i].findings.append(std::move(linted.of_cluster[i]));
    if (arguments.format == "json") print_text(streams.out, findings_json(linted.analyses, linted.unread));
    if (!as_text) return;
    // On a terminal the summary shall stand below what it sums up.
    std::fflush(streams.out);
    const std::string summary = findings_summary(linted.analyses);
    if (!summary.empty()) print(streams.err, "{}\n", summary);
}

}  // namespace lbctl::cli
