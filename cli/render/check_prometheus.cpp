#include <fmt/format.h>

#include "cli/render/check_report.h"

// The text format of Prometheus (exposition format 0.0.4). What has no verdict has no sample.
namespace lbctl::cli {

namespace {

/// A value of a label: backslashes and quotes are escaped, and nothing else is left to be.
std::string in_label(std::string_view text) {
    std::string escaped;
    for (const char c : escaped_bytes(text)) {
        if (c == '"' || c == '\\') escaped += '\\';
        escaped += c;
    }
    return escaped;
}

std::string labels_of(const health::CheckedService& service, const health::CheckedServer& server) {
    return fmt::format("service=\"{}\",server=\"{}\"", in_label(service.name),
                       with_port(server.server.address, server.server.port));
}

}  // namespace

std::string check_prometheus(const CheckReport& report) {
    std::string servers =
        "# HELP lbctl_check_up Whether keepalived would count the real server as up.\n# TYPE lbctl_check_up gauge\n";
    std::string weights =
        "# HELP lbctl_check_weight Weight of the real server after commands and files.\n"
        "# TYPE lbctl_check_weight gauge\n";
    std::string seconds =
        "# HELP lbctl_check_seconds Seconds from the start of a checker to its verdict.\n"
        "# TYPE lbctl_check_seconds gauge\n";
    for (const health::CheckedService& service : report.checked.services) {
        for (const health::CheckedServer& server : service.servers) {
            const std::string labels = labels_of(service, server);
            const auto verdict = report.verdict_of(server);
            if (verdict.state != health::ServerState::unknown)
                servers +=
                    fmt::format("lbctl_check_up{{{}}} {}\n", labels, verdict.state == health::ServerState::up ? 1 : 0);
            weights += fmt::format("lbctl_check_weight{{{}}} {}\n", labels, verdict.weight);
            for (std::size_t i = server.first_checker; i < server.first_checker + server.checker_count; ++i) {
                const health::CheckResult& result = report.results[i];
                if (result.verdict.state == health::State::none) continue;
                seconds += fmt::format("lbctl_check_seconds{{{},checker=\"{}\",line=\"{}\"}} {:.6f}\n", labels,
                                       model::keyword_of(report.checked.checkers[i].kind),
                                       line_of(*report.checked.checkers[i].node), result.seconds);
            }
        }
    }
    return servers + weights + seconds;
}

}  // namespace lbctl::cli
