#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "cli/render/check_report.h"

namespace lbctl::cli {

namespace {

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
    explicit TextWriter(const CheckReport& report) : report_(report) {}

    std::string write() {
        for (const health::CheckedService& service : report_.checked.services) {
            text_ += fmt::format("{}  ({})\n", service.name, report_.place_of(*service.service.node));
            std::size_t width = 0;
            for (const auto& server : service.servers) width = std::max(width, name_of(server).size());
            for (const auto& server : service.servers) write_server(service, server, width);
        }
        return std::move(text_);
    }

private:
    static std::string name_of(const health::CheckedServer& server) {
        return with_port(server.server.address, server.server.port);
    }

    void write_server(const health::CheckedService& service, const health::CheckedServer& server, std::size_t width) {
        const auto verdict = report_.verdict_of(server);
        const Colours colours = colours_of(verdict.state, report_.colour);
        text_ += fmt::format("  {}{:<7}{}  {:<{}}  weight {}", colours.begin, word_for(verdict.state), colours.end,
                             name_of(server), width, verdict.weight);
        if (verdict.weight != std::int64_t{server.weight}) text_ += fmt::format(" (configured {})", server.weight);
        if (server.checker_count == 0) {
            text_ += "  no checker: always up\n";
        } else if (server.checker_count == 1) {
            text_ += "  " + told(server.first_checker) + "\n";
            write_remarks(service, server, server.first_checker);
            write_traffic(server.first_checker);
        } else {
            text_ += "\n";
            for (std::size_t i = 0; i < server.checker_count; ++i) {
                text_ += "           " + told(server.first_checker + i) + "\n";
                write_remarks(service, server, server.first_checker + i);
                write_traffic(server.first_checker + i);
            }
        }
    }

    [[nodiscard]] std::string told(std::size_t index) const {
        const model::Checker& checker = report_.checked.checkers[index];
        const health::CheckResult& result = report_.results[index];
        std::string text = fmt::format("{} ", model::keyword_of(checker.kind));
        if (!result.is_removed) text += fmt::format("{} {:.3f} s: ", word_for(result.verdict.state), result.seconds);
        text += escaped_bytes(result.verdict.reason);
        text += second_opinion(result, report_.options);
        if (result.verdict.state != health::State::up) text += fmt::format(" ({})", report_.place_of(*result.line));
        return text;
    }

    void write_remarks(const health::CheckedService& service, const health::CheckedServer& server, std::size_t index) {
        for (const health::Remark& remark : report_.remarks_on(service, server, index)) {
            text_ += fmt::format("           {}: {} ({})\n", remark.is_later ? "later" : "note",
                                 escaped_bytes(remark.text), report_.place_of(*remark.line));
        }
    }

    void write_traffic(std::size_t index) {
        for (const health::Traffic& traffic : report_.results[index].traffic) {
            text_ += fmt::format("           {} {}: {}\n", traffic.sent ? "to" : "from", traffic.peer,
                                 escaped_bytes(traffic.bytes));
        }
    }

    const CheckReport& report_;
    std::string text_;
};

}  // namespace

std::string check_text(const CheckReport& report) {
    return TextWriter(report).write();
}

std::string servers_not_up(const CheckReport& report) {
    std::string text;
    for (const health::CheckedService& service : report.checked.services) {
        for (const health::CheckedServer& server : service.servers) {
            const auto state = report.verdict_of(server).state;
            if (state == health::ServerState::up) continue;
            text += fmt::format("lbctl: {} of {} is {}", with_port(server.server.address, server.server.port),
                                escaped_bytes(service.name), word_for(state));
            for (std::size_t i = server.first_checker; i < server.first_checker + server.checker_count; ++i) {
                const health::CheckResult& result = report.results[i];
                if (result.verdict.state == health::State::up) continue;
                text += fmt::format("; {}: {} ({})", model::keyword_of(report.checked.checkers[i].kind),
                                    escaped_bytes(result.verdict.reason), report.place_of(*result.line));
            }
            text += "\n";
        }
    }
    return text;
}

}  // namespace lbctl::cli
