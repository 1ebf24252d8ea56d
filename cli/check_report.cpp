#include "cli/check_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "grammar/source/json_text.h"

namespace lbctl::cli {

namespace {

using Json = nlohmann::ordered_json;

std::uint32_t line_of(const ast::Node& node) {
    return node.head.where().range.begin.line;
}

std::string in_hex(std::string_view bytes) {
    std::string text;
    text.reserve(bytes.size() * 2);
    for (const char c : bytes) text += fmt::format("{:02x}", static_cast<unsigned char>(c));
    return text;
}

/// Bytes of a conversation for people: what is no printable ASCII as \r, \n or \x00.
std::string escaped(std::string_view bytes) {
    constexpr std::size_t most_shown = 2000;
    std::string text;
    for (const char c : bytes.substr(0, most_shown)) {
        if (c == '\r') {
            text += "\\r";
        } else if (c == '\n') {
            text += "\\n";
        } else if (c == '\\') {
            text += "\\\\";
        } else if (c < ' ' || c > '~') {
            text += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
        } else {
            text += c;
        }
    }
    if (bytes.size() > most_shown) text += fmt::format("... ({} bytes)", bytes.size());
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

Json checker_json(const CheckReport& report, std::size_t index) {
    const model::Checker& checker = report.checked.checkers[index];
    const health::CheckResult& result = report.results[index];
    Json json = {{"kind", model::keyword_of(checker.kind)},
                 {"line", line_of(*checker.node)},
                 {"verdict", word_for(result.verdict.state)},
                 {"seconds", result.seconds},
                 {"reason", escaped(result.verdict.reason)},
                 {"reason_line", line_of(*result.line)},
                 {"removed", result.is_removed}};
    if (report.traces) {
        json["sent"] = traffic_json(result, true);
        json["received"] = traffic_json(result, false);
    }
    return json;
}

struct Colours {
    std::string_view begin;
    std::string_view end;
};

Colours colours_of(health::ServerState state, bool colour) {
    if (!colour) return {};
    switch (state) {
        case health::ServerState::up:
            return {"\x1b[32m", "\x1b[0m"};
        case health::ServerState::down:
            return {"\x1b[31m", "\x1b[0m"};
        case health::ServerState::unknown:
            break;
    }
    return {"\x1b[33m", "\x1b[0m"};
}

class TextWriter {
public:
    TextWriter(const CheckReport& report, bool colour) : report_(report), colour_(colour) {}

    std::string write() {
        for (const health::CheckedService& service : report_.checked.services) {
            text_ += fmt::format("{}  ({})\n", service.name, report_.place_of(*service.service.node));
            std::size_t width = 0;
            for (const auto& server : service.servers) width = std::max(width, name_of(server).size());
            for (const auto& server : service.servers) write_server(server, width);
        }
        return std::move(text_);
    }

private:
    static std::string name_of(const health::CheckedServer& server) {
        return with_port(server.server.address, server.server.port);
    }

    void write_server(const health::CheckedServer& server, std::size_t width) {
        const auto verdict = health::judge_server(server, report_.checked.checkers, report_.results);
        const Colours colours = colours_of(verdict.state, colour_);
        text_ += fmt::format("  {}{:<7}{}  {:<{}}  weight {}", colours.begin, word_for(verdict.state), colours.end,
                             name_of(server), width, verdict.weight);
        if (verdict.weight != std::int64_t{server.weight}) text_ += fmt::format(" (configured {})", server.weight);
        if (server.checker_count == 0) {
            text_ += "  no checker: always up\n";
        } else if (server.checker_count == 1) {
            text_ += "  " + told(server.first_checker) + "\n";
            write_traffic(server.first_checker);
        } else {
            text_ += "\n";
            for (std::size_t i = 0; i < server.checker_count; ++i) {
                text_ += "           " + told(server.first_checker + i) + "\n";
                write_traffic(server.first_checker + i);
            }
        }
    }

    [[nodiscard]] std::string told(std::size_t index) const {
        const model::Checker& checker = report_.checked.checkers[index];
        const health::CheckResult& result = report_.results[index];
        std::string text = fmt::format("{} ", model::keyword_of(checker.kind));
        if (!result.is_removed) text += fmt::format("{} {:.3f} s: ", word_for(result.verdict.state), result.seconds);
        text += escaped(result.verdict.reason);
        if (result.verdict.state != health::State::up) text += fmt::format(" ({})", report_.place_of(*result.line));
        return text;
    }

    void write_traffic(std::size_t index) {
        for (const health::Traffic& traffic : report_.results[index].traffic) {
            text_ += fmt::format("           {} {}: {}\n", traffic.sent ? "to" : "from", traffic.peer,
                                 escaped(traffic.bytes));
        }
    }

    const CheckReport& report_;
    bool colour_;
    std::string text_;
};

}  // namespace

std::string CheckReport::place_of(const ast::Node& node) const {
    const source::Range range = node.head.where().range;
    return fmt::format("{}:{}", escaped(sources.name(range.file)), range.begin.line);
}

std::string_view word_for(health::ServerState state) {
    switch (state) {
        case health::ServerState::up:
            return "up";
        case health::ServerState::down:
            return "down";
        case health::ServerState::unknown:
            break;
    }
    return "unknown";
}

std::string_view word_for(health::State state) {
    switch (state) {
        case health::State::up:
            return "up";
        case health::State::down:
            return "down";
        case health::State::none:
            break;
    }
    return "none";
}

std::string check_text(const CheckReport& report, bool colour) {
    return TextWriter(report, colour).write();
}

std::string check_json(const CheckReport& report) {
    Json services = Json::array();
    for (const health::CheckedService& service : report.checked.services) {
        Json servers = Json::array();
        for (const health::CheckedServer& server : service.servers) {
            const auto verdict = health::judge_server(server, report.checked.checkers, report.results);
            Json checkers = Json::array();
            for (std::size_t i = 0; i < server.checker_count; ++i)
                checkers.push_back(checker_json(report, server.first_checker + i));
            servers.push_back({{"address", server.server.address.to_string()},
                               {"port", server.server.port},
                               {"line", line_of(*server.server.node)},
                               {"state", word_for(verdict.state)},
                               {"weight", verdict.weight},
                               {"checkers", std::move(checkers)}});
        }
        services.push_back({{"service", service.name},
                            {"line", line_of(*service.service.node)},
                            {"real_servers", std::move(servers)}});
    }
    const Json json = {{"schema", "lbctl-check/1"}, {"services", std::move(services)}};
    return source::json_text(json, 2) + "\n";
}

}  // namespace lbctl::cli
