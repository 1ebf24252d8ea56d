#include <nlohmann/json.hpp>
#include <string>

#include "cli/render/finding_json.h"
#include "cli/render/findings_format.h"
#include "grammar/base/json_text.h"

// One object of the schema "lbctl-findings/1".
namespace lbctl::cli {

namespace {

using Json = nlohmann::ordered_json;

std::string write(const FindingsReport& report, const FindingsStyle&) {
    Json document = Json::object();
    document["schema"] = "lbctl-findings/1";
    document["findings"] = Json::array();
    for (const ReportedFinding& finding : report.findings) document["findings"].push_back(finding_json(finding));
    document["unreadable"] = Json::array();
    for (const UnreadFile& file : report.unread) document["unreadable"].push_back(unread_json(file));
    document["summary"] = summary_json(report);
    return base::json_text(document, 2) + "\n";
}

}  // namespace

extern const FindingsFormat json_format{.name = "json", .write = write};

}  // namespace lbctl::cli
