#include <fmt/format.h>

#include <string>

#include "cli/render/findings_format.h"
#include "grammar/base/append.h"
#include "grammar/base/shown_text.h"

// A line a finding, for people.
namespace lbctl::cli {

namespace {

std::string write(const FindingsReport& report, const FindingsStyle&) {
    std::string text;
    for (const ReportedFinding& finding : report.findings) {
        const ReportedPlace& place = finding.place;
        base::append(text, "{}:{}:{}: {}[{}] {}\n", base::shown(place.file), place.begin.line, place.begin.column,
                     source::to_string(finding.severity), finding.rule, base::shown(finding.message_with_hint()));
    }
    return text;
}

}  // namespace

extern const FindingsFormat concise_format{.name = "concise", .write = write, .is_for_people = true};

}  // namespace lbctl::cli
