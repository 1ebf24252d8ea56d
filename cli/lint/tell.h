#pragma once

#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/lint/linted.h"
#include "cli/lint/report_output.h"
#include "grammar/base/result.h"
#include "grammar/source/finding.h"
#include "grammar/validate/rule.h"

namespace lbctl::cli {

/// How the findings are told, as words of the command line.
struct TellArguments {
    std::string format = "text";
    std::vector<std::string> outputs;  ///< FORMAT=FILE
    std::string min_severity = "info";
    bool has_min_severity = false;
    bool statistics = false;
    bool quiet = false;
};

/// The same, read.
struct Telling {
    const FindingsFormat* format = nullptr;
    std::vector<ReportOutput> outputs;
    source::Severity least_severity = source::Severity::info;
    source::Severity fail_on = source::Severity::warning;
    bool statistics = false;
    bool quiet = false;
    std::string_view command = "lint";  ///< of lbctl, which found them
    const validate::RulePage* (*page_of)(std::string_view rule) = validate::find_rule_page;
};

/// Adds the options that say how findings are told.
void add_tell_options(Command command, TellArguments& arguments);

/// Reads the options; fails on outputs that cannot be.
Result<Telling> telling_of(const TellArguments& arguments, source::Severity fail_on);

/// Prints what was found, and what could not be read, and writes the reports. Fails when one cannot be written.
Result<void> tell(Linted linted, const Telling& telling, const Streams& streams);

}  // namespace lbctl::cli
