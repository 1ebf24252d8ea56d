#include "cli/render/digest_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "backend/health/http_answer.h"
#include "cli/render/check_report.h"
#include "grammar/base/json_text.h"
#include "grammar/base/shown_text.h"

namespace lbctl::cli {

namespace {

using Json = nlohmann::ordered_json;

std::string_view word_for(health::DigestState state) {
    switch (state) {
        case health::DigestState::same:
            return "same";
        case health::DigestState::other:
            return "other";
        case health::DigestState::absent:
            return "absent";
        case health::DigestState::unknown:
            break;
    }
    return "unknown";
}

std::string_view told(health::DigestState state) {
    switch (state) {
        case health::DigestState::same:
            return "the file has this digest";
        case health::DigestState::other:
            return "the file has another digest";
        case health::DigestState::absent:
            return "the file has no digest";
        case health::DigestState::unknown:
            break;
    }
    return "no digest";
}

Json json_of(const health::DigestedPage& page) {
    Json json = {{"service", page.service->name},       {"address", page.server->server.address.to_string()},
                 {"port", page.server->server.port},    {"line", line_of(*page.url->node)},
                 {"path", base::shown(page.url->path)}, {"state", word_for(health::state_of(page))}};
    if (page.result.page) {
        json["status"] = page.result.page->status;
        json["digest"] = page.result.page->digest;
    }
    if (!page.url->digest.empty()) json["file_digest"] = base::shown(page.url->digest);
    if (!page.result.page) json["reason"] = escaped_bytes(page.result.verdict.reason);
    return json;
}

}  // namespace

std::string digest_text(std::span<const health::DigestedPage> pages, const source::Sources& sources) {
    std::string text;
    for (const health::DigestedPage& page : pages) {
        const health::DigestState state = health::state_of(page);
        text += fmt::format("# {}: {} of {} of {}: ", place_of(sources, *page.url->node), base::shown(page.url->path),
                            with_port(page.server->server.address, page.server->server.port),
                            base::shown(page.service->name));
        if (state == health::DigestState::unknown) {
            text += fmt::format("{}: {}\n", told(state), escaped_bytes(page.result.verdict.reason));
            continue;
        }
        const unsigned status = page.result.page->status;
        // keepalived looks at the status first.
        text += fmt::format("HTTP {}{}, {}\ndigest {}\n", status,
                            page.url->accepts(status) ? "" : " (the status fails the check whatever the digest)",
                            told(state), page.result.page->digest);
    }
    return text;
}

std::string digest_json(std::span<const health::DigestedPage> pages) {
    Json list = Json::array();
    for (const health::DigestedPage& page : pages) list.push_back(json_of(page));
    return base::json_text({{"schema", "lbctl-digest/1"}, {"pages", std::move(list)}}, 2) + "\n";
}

std::string digest_ndjson(std::span<const health::DigestedPage> pages) {
    std::string text;
    for (const health::DigestedPage& page : pages) text += base::json_text(json_of(page), -1) + "\n";
    return text;
}

std::string page_dump(const health::CheckResult& result) {
    std::string sent;
    std::string came;
    for (const health::Traffic& traffic : result.traffic) (traffic.sent ? sent : came) += traffic.bytes;
    const std::size_t end = std::min(health::end_of_header(came), came.size());
    std::string text = "request:\n";
    const auto add_lines = [&text](std::string_view lines) {
        while (!lines.empty()) {
            const std::size_t length = std::min(lines.find('\n'), lines.size() - 1) + 1;
            text += "  " + escaped_bytes(lines.substr(0, length)) + "\n";
            lines.remove_prefix(length);
        }
    };
    add_lines(sent);
    text += "header:\n";
    add_lines(std::string_view(came).substr(0, end));
    text += "body:\n";
    constexpr std::size_t in_a_line = 16;
    const std::string_view body = std::string_view(came).substr(end);
    for (std::size_t at = 0; at < body.size(); at += in_a_line) {
        std::string hex;
        std::string shown;
        for (const char c : body.substr(at, in_a_line)) {
            hex += fmt::format(" {:02x}", static_cast<unsigned char>(c));
            shown += c < ' ' || c > '~' ? '.' : c;
        }
        text += fmt::format("  {:04x} {:<{}}  {}\n", at, hex, in_a_line * 3, shown);
    }
    if (came.size() == health::most_traced)
        text += fmt::format("  (the first {} bytes of the answer are shown)\n", health::most_traced);
    return text;
}

}  // namespace lbctl::cli
