#include <fmt/format.h>

#include <string>
#include <string_view>

#include "cli/render/findings_format.h"
#include "grammar/base/append.h"
#include "grammar/base/shown_text.h"

// The first line of a diagnostic of GCC, which editors read: columns in bytes, and "note" for what is least severe.
namespace lbctl::cli {

namespace {

std::string_view word_for(source::Severity severity) {
    return severity == source::Severity::info ? "note" : source::to_string(severity);
}

std::string write(const FindingsReport& report, const FindingsStyle&) {
    std::string text;
    for (const ReportedFinding& finding : report.findings) {
        const ReportedPlace& place = finding.place;
        base::append(text, "{}:{}:{}: {}: {} [{}]\n", base::shown(place.file), place.begin.line, place.begin.column,
                     word_for(finding.severity), base::shown(finding.full_message()), finding.rule);
    }
    for (const UnreadFile& file : report.unread) {
        base::append(text, "{}:1:1: error: {} [{}]\n", base::shown(file.name), base::shown(file.failure.message),
                     unreadable_rule);
    }
    return text;
}

}  // namespace

extern const FindingsFormat gcc_format{.name = "gcc", .write = write};

}  // namespace lbctl::cli
