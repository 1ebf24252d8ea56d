#include "cli/lint/tell.h"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "cli/print.h"
#include "cli/render/findings_format.h"
#include "cli/render/findings_report.h"
#include "cli/render/findings_text.h"
#include "cli/render/statistics.h"
#include "cli/report_failure.h"

namespace lbctl::cli {

namespace {

FindingsReport report_of(Linted& linted, const Telling& telling) {
    std::vector<FindingsOfFile> lists;
    // What nodes have against each other is what a cluster is checked for, and comes before what each has by itself.
    for (std::size_t i = 0; i < linted.of_cluster.size(); ++i)
        lists.push_back({linted.analyses[i].sources, linted.of_cluster[i]});
    for (const validate::Analysis& analysis : linted.analyses) lists.push_back({analysis.sources, analysis.findings});
    const bool fingerprints =
        telling.format->needs_fingerprints ||
        std::ranges::any_of(telling.outputs, [](const ReportOutput& each) { return each.format->needs_fingerprints; });
    return findings_report(lists, std::move(linted.unread),
                           {telling.least_severity, telling.fail_on, fingerprints, telling.command, telling.page_of});
}

std::string text_of(const FindingsReport& report, const Telling& telling, bool colour) {
    if (!telling.statistics) return telling.format->write(report, {colour});
    return telling.format->is_for_people ? statistics_text(report) : statistics_json(report);
}

Result<void> write_reports(const Linted& linted, const FindingsReport& report, const Telling& telling) {
    for (const validate::Analysis& analysis : linted.analyses) {
        if (auto held = refuse_read_files(telling.outputs, analysis.sources); !held) return held;
    }
    for (const ReportOutput& output : telling.outputs) {
        if (auto written = write_report(output, report); !written) return written;
    }
    return {};
}

}  // namespace

void add_tell_options(Command command, TellArguments& arguments) {
    command.option("--format", arguments.format, "how findings are printed (text)").one_of(findings_format_names());
    command.option("--output", arguments.outputs, "write the findings to a file, too; may be given again")
        .type_name("FORMAT=FILE")
        .one_value_each();
    command.option("--min-severity", arguments.min_severity, "the least severity that is shown (info)")
        .one_of({"error", "warning", "info"})
        .tells(arguments.has_min_severity);
    command.flag("--statistics", arguments.statistics, "count the findings of each rule instead");
    command.flag("-q,--quiet", arguments.quiet, "print nothing, only set the exit status");
}

Result<Telling> telling_of(const TellArguments& arguments, source::Severity fail_on) {
    auto outputs = report_outputs(arguments.outputs);
    if (!outputs) return tl::make_unexpected(outputs.error());
    Telling telling;
    telling.format = find_findings_format(arguments.format);
    telling.outputs = *std::move(outputs);
    telling.least_severity = source::severity_named(arguments.min_severity).value_or(telling.least_severity);
    telling.fail_on = fail_on;
    telling.statistics = arguments.statistics;
    telling.quiet = arguments.quiet;
    if (telling.statistics && !telling.format->is_for_people && telling.format->name != "json")
        return failure("--statistics is printed as text or json, not as " + arguments.format);
    return telling;
}

Result<void> tell(Linted linted, const Telling& telling, const Streams& streams) {
    for (const UnreadFile& file : linted.unread) report_failure(streams, file.failure);
    const FindingsReport report = report_of(linted, telling);
    const bool for_people = telling.format->is_for_people;
    if (!for_people || !telling.quiet) print_text(streams.out, text_of(report, telling, streams.colour_out));
    if (for_people && !telling.quiet) {
        // On a terminal the summary shall stand below what it sums up.
        std::fflush(streams.out);
        const std::string summary = findings_summary(report);
        if (!summary.empty()) print(streams.err, "{}\n", summary);
    }
    return write_reports(linted, report, telling);
}

}  // namespace lbctl::cli
