#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>

#include "cli/render/findings_format.h"
#include "cli/render/xml_text.h"
#include "grammar/base/append.h"

// JUnit's XML as Jenkins and GitLab read it: a suite a file, a case a finding. A finding that does not fail the check
// is a case that passed and printed something; a file without findings is one case that passed.
namespace lbctl::cli {

namespace {

std::string details_of(const ReportedFinding& finding) {
    std::string text = fmt::format("{}:{}:{}: {}\n", in_xml(finding.place.file), finding.place.begin.line,
                                   finding.place.begin.column, in_xml(finding.full_message()));
    if (!finding.hint.empty()) base::append(text, "{}\n", in_xml(finding.hint));
    for (const ReportedNote& note : finding.related()) {
        base::append(text, "{}:{}:{}: {}\n", in_xml(note.place.file), note.place.begin.line, note.place.begin.column,
                     in_xml(note.message));
    }
    return text;
}

std::string outcome_of(const FindingsReport& report, const ReportedFinding& finding) {
    if (!report.fails(finding)) return fmt::format("<system-out>{}</system-out>", details_of(finding));
    return fmt::format("<failure type=\"{}\" message=\"{}\">{}</failure>", source::to_string(finding.severity),
                       in_xml(finding.full_message()), details_of(finding));
}

/// Names of cases, none twice in a suite: of two with one name, only one is shown.
class CaseNames {
public:
    std::string name_of(const ReportedFinding& finding) {
        std::string name = fmt::format("{}:{} {}", finding.place.begin.line, finding.place.begin.column, finding.rule);
        const unsigned count = ++seen_[name];
        if (count > 1) base::append(name, " ({})", count);
        return name;
    }

private:
    std::map<std::string, unsigned> seen_;
};

std::string suite_of(const FindingsReport& report, const FileFindings& of_file) {
    const std::string file = in_xml(of_file.file);
    const auto failures =
        std::ranges::count_if(of_file.findings, [&](const ReportedFinding* each) { return report.fails(*each); });
    std::string text =
        fmt::format("  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"0\" time=\"0\">\n",
                    file, std::max<std::size_t>(of_file.findings.size(), 1), failures);
    CaseNames names;
    for (const ReportedFinding* finding : of_file.findings) {
        base::append(text, "    <testcase classname=\"{}\" name=\"{}\" file=\"{}\" time=\"0\">{}</testcase>\n", file,
                     names.name_of(*finding), file, outcome_of(report, *finding));
    }
    if (of_file.findings.empty()) {
        base::append(text, "    <testcase classname=\"{}\" name=\"{}\" file=\"{}\" time=\"0\"/>\n", file,
                     report.command, file);
    }
    return text + "  </testsuite>\n";
}

std::string suite_of(const FindingsReport& report, const UnreadFile& unread) {
    const std::string file = in_xml(unread.name);
    return fmt::format(
        "  <testsuite name=\"{0}\" tests=\"1\" failures=\"0\" errors=\"1\" skipped=\"0\" time=\"0\">\n"
        "    <testcase classname=\"{0}\" name=\"{3}\" file=\"{0}\" time=\"0\"><error type=\"{1}\" message=\"{2}\"/>"
        "</testcase>\n  </testsuite>\n",
        file, unreadable_rule, in_xml(unread.failure.message), report.command);
}

std::string write(const FindingsReport& report, const FindingsStyle&) {
    std::string text =
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"lbctl " + std::string(report.command) + "\">\n";
    for (const FileFindings& of_file : by_file(report)) text += suite_of(report, of_file);
    for (const UnreadFile& file : report.unread) text += suite_of(report, file);
    return text + "</testsuites>\n";
}

}  // namespace

extern const FindingsFormat junit_format{.name = "junit", .write = write};

}  // namespace lbctl::cli
