#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "cli/render/check_report.h"
#include "grammar/base/json_text.h"

namespace lbctl::cli {

namespace {

using Json = nlohmann::ordered_json;

std::string in_hex(std::string_view bytes) {
    std::string text;
    text.reserve(bytes.size() * 2);
    for (const char c : bytes) text += fmt::format("{:02x}", static_cast<unsigned char>(c));
    return text;
}

Json traffic_json(const health::CheckResult& result, bool sent) {
    Json list = Json::array();
    for (const health::Traffic& traffic : result.traffic) {
        if (traffic.sent == sent)
            list.push_back({{sent ? "to" : "from", traffic.peer}, {"hex", in_hex(traffic.bytes)}});
    }
    return list;
}

Json remarks_json(const std::vector<health::Remark>& remarks, bool is_later) {
    Json list = Json::array();
    for (const health::Remark& remark : remarks) {
        if (remark.is_later == is_later)
            list.push_back({{"line", line_of(*remark.line)}, {"text", escaped_bytes(remark.text)}});
    }
    return list;
}

Json checker_json(const CheckReport& report, const health::CheckedService& service, const health::CheckedServer& server,
                  std::size_t index) {
    const model::Checker& checker = report.checked.checkers[index];
    const health::CheckResult& result = report.results[index];
    Json json = {{"kind", model::keyword_of(checker.kind)},
                 {"line", line_of(*checker.node)},
                 {"verdict", word_for(result.verdict.state)},
                 {"seconds", result.seconds},
                 {"reason", escaped_bytes(result.verdict.reason)},
                 {"reason_line", line_of(*result.line)},
                 {"removed", result.is_removed}};
    if (result.meant) {
        json[report.options.judges_as_meant ? "keepalived" : "as_meant"] = {
            {"verdict", word_for(result.meant->state)}, {"reason", escaped_bytes(result.meant->reason)}};
    }
    const auto remarks = report.remarks_on(service, server, index);
    if (Json notes = remarks_json(remarks, false); !notes.empty()) json["notes"] = std::move(notes);
    if (Json later = remarks_json(remarks, true); report.strict) json["later"] = std::move(later);
    if (report.traces) {
        json["sent"] = traffic_json(result, true);
        json["received"] = traffic_json(result, false);
    }
    return json;
}

Json server_json(const CheckReport& report, const health::CheckedService& service,
                 const health::CheckedServer& server) {
    const auto verdict = report.verdict_of(server);
    Json checkers = Json::array();
    for (std::size_t i = 0; i < server.checker_count; ++i)
        checkers.push_back(checker_json(report, service, server, server.first_checker + i));
    return {{"address", server.server.address.to_string()},
            {"port", server.server.port},
            {"line", line_of(*server.server.node)},
            {"state", word_for(verdict.state)},
            {"weight", verdict.weight},
            {"checkers", std::move(checkers)}};
}

}  // namespace

std::string check_json(const CheckReport& report) {
    Json services = Json::array();
    for (const health::CheckedService& service : report.checked.services) {
        Json servers = Json::array();
        for (const health::CheckedServer& server : service.servers)
            servers.push_back(server_json(report, service, server));
        services.push_back({{"service", service.name},
                            {"line", line_of(*service.service.node)},
                            {"real_servers", std::move(servers)}});
    }
    const Json json = {{"schema", "lbctl-check/1"}, {"services", std::move(services)}};
    return base::json_text(json, 2) + "\n";
}

std::string check_ndjson(const CheckReport& report) {
    std::string text;
    for (const health::CheckedService& service : report.checked.services) {
        for (const health::CheckedServer& server : service.servers) {
            Json line = {{"service", service.name}};
            line.update(server_json(report, service, server));
            text += base::json_text(line, -1) + "\n";
        }
    }
    return text;
}

}  // namespace lbctl::cli
