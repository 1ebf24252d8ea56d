#include "cli/render/watch_log.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <chrono>
#include <nlohmann/json.hpp>

#include "cli/render/check_report.h"
#include "grammar/base/json_text.h"
#include "grammar/base/shown_text.h"
#include "grammar/model/lvs_quorum.h"

namespace lbctl::cli {

namespace {

using health::WatchEvent;
using Json = nlohmann::ordered_json;

/// "2026-11-30T03:04:05.678Z"
std::string time_now() {
    const auto now = std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
    const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
    const auto part = now.time_since_epoch().count() % 1000;
    return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(seconds), part);
}

/// ": what the checker found (keepalived.conf:41)"
std::string reason_of(const WatchEvent& event, const source::Sources& sources) {
    if (event.result == nullptr) return {};
    std::string text =
        fmt::format(": {}: {}", model::keyword_of(event.checker->kind), escaped_bytes(event.result->verdict.reason));
    if (event.result->line != nullptr) text += fmt::format(" ({})", place_of(sources, *event.result->line));
    return text;
}

std::string quorum_text(const WatchEvent& event) {
    const model::VirtualServer& service = event.service.service;
    const model::Quorum quorum = model::quorum_of(service);
    std::string text = fmt::format("{} {}: weight {} is up, quorum {}", base::shown(event.service.name),
                                   event.up ? "has its quorum" : "has lost its quorum", event.weight, quorum.needed);
    if (service.hysteresis != 0) text += fmt::format(" and hysteresis {}", service.hysteresis);
    if (!service.sorry_server) return text;
    const std::string sorry = with_port(service.sorry_server->address, service.sorry_server->port);
    return text + fmt::format("; the sorry server {} {}", sorry, event.up ? "goes" : "serves");
}

std::string text_of(const WatchEvent& event, const source::Sources& sources) {
    if (event.kind == WatchEvent::Kind::quorum) return quorum_text(event);
    const std::string name = fmt::format("{} of {}", with_port(event.server->server.address, event.server->server.port),
                                         base::shown(event.service.name));
    const std::string reason = reason_of(event, sources);
    if (event.kind == WatchEvent::Kind::weight)
        return fmt::format("{} has weight {} instead of {}{}", name, event.weight, event.weight_before, reason);
    const std::string_view state = event.server_up ? "up" : "down";
    if (event.server_changed) return fmt::format("{} is {}{}", name, state, reason);
    return fmt::format("{} stays {}, a check is {}{}", name, state, event.up ? "up" : "down", reason);
}

Json json_of(const WatchEvent& event) {
    Json json = {{"service", event.service.name}};
    if (event.kind == WatchEvent::Kind::quorum) {
        const model::Quorum quorum = model::quorum_of(event.service.service);
        json["line"] = line_of(*event.service.service.node);
        json["up"] = event.up;
        json["weight"] = event.weight;
        json["quorum"] = quorum.needed;
        return json;
    }
    json["address"] = event.server->server.address.to_string();
    json["port"] = event.server->server.port;
    json["line"] = line_of(*event.server->server.node);
    json["state"] = event.server_up ? "up" : "down";
    json["weight"] = event.weight;
    if (event.kind == WatchEvent::Kind::weight) json["weight_before"] = event.weight_before;
    json["kind"] = model::keyword_of(event.checker->kind);
    json["verdict"] = event.up ? "up" : "down";
    if (event.result != nullptr) {
        json["seconds"] = event.result->seconds;
        json["reason"] = escaped_bytes(event.result->verdict.reason);
        if (event.result->line != nullptr) json["reason_line"] = line_of(*event.result->line);
    }
    return json;
}

std::string_view word_for(WatchEvent::Kind kind) {
    switch (kind) {
        case WatchEvent::Kind::checker:
            return "checker";
        case WatchEvent::Kind::weight:
            return "weight";
        case WatchEvent::Kind::quorum:
            break;
    }
    return "quorum";
}

std::string json_line(std::string_view event, const Json& rest) {
    Json json = {{"time", time_now()}, {"event", event}};
    json.update(rest);
    return base::json_text(json, -1) + "\n";
}

}  // namespace

std::string watch_line(WatchFormat format, const health::WatchEvent& event, const source::Sources& sources) {
    if (format == WatchFormat::ndjson) return json_line(word_for(event.kind), json_of(event));
    return fmt::format("{} {}\n", time_now(), text_of(event, sources));
}

std::string watch_line(WatchFormat format, std::string_view what, std::string_view message) {
    if (format == WatchFormat::ndjson) return json_line(what, {{"message", message}});
    return fmt::format("{} {}\n", time_now(), base::shown(message));
}

}  // namespace lbctl::cli
