#include <fmt/format.h>

#include <string>

#include "cli/render/findings_format.h"
#include "cli/render/xml_text.h"
#include "grammar/base/append.h"

// The XML report of Checkstyle: https://checkstyle.org/report_issue.html and its checkstyle-report-1.0.0.xsd.
namespace lbctl::cli {

namespace {

std::string write(const FindingsReport& report, const FindingsStyle&) {
    std::string text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<checkstyle version=\"" LBCTL_VERSION "\">\n";
    for (const auto& [file, findings] : by_file(report)) {
        base::append(text, "  <file name=\"{}\">\n", in_xml(file));
        for (const ReportedFinding* finding : findings) {
            base::append(text,
                         "    <error line=\"{}\" column=\"{}\" severity=\"{}\" message=\"{}\" source=\"lbctl.{}\"/>\n",
                         finding->place.begin.line, finding->place.begin_character,
                         source::to_string(finding->severity), in_xml(finding->message_with_hint()), finding->rule);
        }
        text += "  </file>\n";
    }
    for (const UnreadFile& file : report.unread) {
        base::append(text,
                     "  <file name=\"{}\">\n    <error line=\"1\" severity=\"error\" message=\"{}\" "
                     "source=\"lbctl.{}\"/>\n  </file>\n",
                     in_xml(file.name), in_xml(file.failure.message), unreadable_rule);
    }
    return text + "</checkstyle>\n";
}

}  // namespace

extern const FindingsFormat checkstyle_format{.name = "checkstyle", .write = write};

}  // namespace lbctl::cli
