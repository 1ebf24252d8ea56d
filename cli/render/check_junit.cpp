#include <fmt/format.h>

#include "cli/render/check_report.h"
#include "cli/render/xml_text.h"

// JUnit's XML as CI servers read it: a suite a virtual server, a case a checker. The reasons hold printable ASCII only.
namespace lbctl::cli {

namespace {

/// The element that says why a checker is not up; empty when it is.
std::string outcome_of(const CheckReport& report, const health::CheckResult& result) {
    const std::string why = in_xml(fmt::format("{}{} ({})", escaped_bytes(result.verdict.reason),
                                               second_opinion(result, report.options), report.place_of(*result.line)));
    switch (result.verdict.state) {
        case health::State::up:
            break;
        case health::State::down:
            return fmt::format("<failure message=\"{}\"/>", why);
        case health::State::none:
            return fmt::format("<{} message=\"{}\"/>", result.is_removed ? "skipped" : "error", why);
    }
    return {};
}

}  // namespace

std::string check_junit(const CheckReport& report) {
    std::string text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n";
    for (const health::CheckedService& service : report.checked.services) {
        std::string cases;
        std::size_t failures = 0;
        std::size_t errors = 0;
        std::size_t skipped = 0;
        std::size_t count = 0;
        for (const health::CheckedServer& server : service.servers) {
            for (std::size_t i = server.first_checker; i < server.first_checker + server.checker_count; ++i) {
                const health::CheckResult& result = report.results[i];
                const bool has_none = result.verdict.state == health::State::none;
                ++count;
                if (result.verdict.state == health::State::down) ++failures;
                if (has_none && result.is_removed) ++skipped;
                if (has_none && !result.is_removed) ++errors;
                cases += fmt::format(
                    "    <testcase classname=\"{}\" name=\"{} {}\" time=\"{:.3f}\">{}</testcase>\n",
                    in_xml(escaped_bytes(service.name)), with_port(server.server.address, server.server.port),
                    model::keyword_of(report.checked.checkers[i].kind), result.seconds, outcome_of(report, result));
            }
        }
        text += fmt::format(
            "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\">\n{}  </testsuite>\n",
            in_xml(escaped_bytes(service.name)), count, failures, errors, skipped, cases);
    }
    return text + "</testsuites>\n";
}

}  // namespace lbctl::cli
