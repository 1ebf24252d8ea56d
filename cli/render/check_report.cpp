#include "cli/render/check_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace lbctl::cli {

namespace {

constexpr std::array formats = std::to_array<CheckFormat>({
    {"text", check_text},
    {"json", check_json},
    {"ndjson", check_ndjson},
    {"junit", check_junit},
    {"prometheus", check_prometheus},
});

}  // namespace

std::span<const CheckFormat> check_formats() {
    return formats;
}

std::string escaped_bytes(std::string_view bytes) {
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

std::uint32_t line_of(const ast::Node& node) {
    return node.head.where().range.begin.line;
}

std::string place_of(const source::Sources& sources, const ast::Node& node) {
    const source::Range range = node.head.where().range;
    return fmt::format("{}:{}", escaped_bytes(sources.name(range.file)), range.begin.line);
}

std::string CheckReport::place_of(const ast::Node& node) const {
    return cli::place_of(sources, node);
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

std::vector<health::Remark> CheckReport::remarks_on(const health::CheckedService& service,
                                                    const health::CheckedServer& server, std::size_t checker) const {
    return health::remarks_on(service, server, checked.checkers[checker], results[checker], options, strict);
}

std::size_t CheckReport::count_later() const {
    if (!strict) return 0;
    std::size_t count = 0;
    for (const health::CheckedService& service : checked.services) {
        for (const health::CheckedServer& server : service.servers) {
            for (std::size_t i = server.first_checker; i < server.first_checker + server.checker_count; ++i)
                count += static_cast<std::size_t>(
                    std::ranges::count_if(remarks_on(service, server, i), &health::Remark::is_later));
        }
    }
    return count;
}

std::string second_opinion(const health::CheckResult& result, const health::CheckOptions& options) {
    if (!result.meant) return {};
    return fmt::format("; {}: {} ({})", options.judges_as_meant ? "keepalived says" : "as it was meant",
                       word_for(result.meant->state), escaped_bytes(result.meant->reason));
}

health::ServerVerdict CheckReport::verdict_of(const health::CheckedServer& server) const {
    return outcome.servers.at(server.server.node);
}

}  // namespace lbctl::cli
