#include <nlohmann/json.hpp>
#include <string>

#include "cli/render/finding_json.h"
#include "cli/render/findings_format.h"
#include "grammar/base/json_text.h"

// A line for each finding, as in "lbctl-findings/1", and one for each file that could not be read.
namespace lbctl::cli {

namespace {

std::string write(const FindingsReport& report, const FindingsStyle&) {
    std::string text;
    for (const ReportedFinding& finding : report.findings) text += base::json_text(finding_json(finding), -1) + "\n";
    for (const UnreadFile& file : report.unread)
        text += base::json_text({{"unreadable", unread_json(file)}}, -1) + "\n";
    return text;
}

}  // namespace

extern const FindingsFormat ndjson_format{.name = "ndjson", .write = write};

}  // namespace lbctl::cli
