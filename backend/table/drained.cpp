#include "backend/table/drained.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <ctime>
#include <nlohmann/json.hpp>

#include "backend/process/login_name.h"
#include "backend/table/names.h"
#include "grammar/base/number.h"
#include "grammar/base/time_text.h"

namespace lbctl::table {

namespace {

/// "10.0.0.1:80", "[fd00::1]:80".
std::optional<DestinationKey> read_endpoint(std::string_view text) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) return std::nullopt;
    const auto port = base::whole_number<std::uint16_t>(text.substr(colon + 1));
    std::string_view host = text.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    const auto address = IpAddress::parse(host);
    if (!address || !port) return std::nullopt;
    return DestinationKey{*address, *port};
}

std::optional<ServiceKey> read_service(std::string_view text) {
    if (constexpr std::string_view mark = "FWM "; text.starts_with(mark)) {
        text.remove_prefix(mark.size());
        constexpr std::string_view inet6 = " IPv6";
        const bool is_inet6 = text.ends_with(inet6);
        if (is_inet6) text.remove_suffix(inet6.size());
        const auto number = base::whole_number<std::uint32_t>(text);
        if (!number) return std::nullopt;
        return FwmarkKey{is_inet6 ? Family::inet6 : Family::inet, *number};
    }
    for (const auto protocol : {Protocol::tcp, Protocol::udp, Protocol::sctp}) {
        const std::string word = to_string(protocol) + " ";
        if (!text.starts_with(word)) continue;
        const auto endpoint = read_endpoint(text.substr(word.size()));
        if (!endpoint) return std::nullopt;
        return AddressKey{protocol, endpoint->address, endpoint->port};
    }
    return std::nullopt;
}

}  // namespace

std::string drained_key(const ServiceKey& service, const DestinationKey& destination) {
    return to_string(service) + " " + to_string(destination);
}

std::optional<std::pair<ServiceKey, DestinationKey>> drained_parts(std::string_view key) {
    const std::size_t blank = key.rfind(' ');
    if (blank == std::string_view::npos) return std::nullopt;
    const auto service = read_service(key.substr(0, blank));
    const auto destination = read_endpoint(key.substr(blank + 1));
    if (!service || !destination) return std::nullopt;
    return std::pair(*service, *destination);
}

DrainedServer drained_now(std::uint32_t weight, bool was_down) {
    return {weight, process::login_name(),
            std::chrono::time_point_cast<std::chrono::seconds>(std::chrono::system_clock::now()), was_down};
}

std::string to_string(const DrainedServer& drained) {
    std::string text;
    if (!drained.by.empty()) text = "by " + drained.by;
    if (drained.since) {
        const std::time_t when = std::chrono::system_clock::to_time_t(*drained.since);
        text += fmt::format("{}since {:%Y-%m-%d %H:%M}", text.empty() ? "" : " ", fmt::localtime(when));
    }
    return text;
}

nlohmann::ordered_json to_json(const DrainedServer& drained) {
    nlohmann::ordered_json json = {{"weight_before", drained.weight}, {"by", nullptr}, {"since", nullptr}};
    if (!drained.by.empty()) json["by"] = drained.by;
    if (drained.since) {
        const std::time_t when = std::chrono::system_clock::to_time_t(*drained.since);
        json["since"] = base::utc_text(when);
    }
    json["was_down"] = drained.was_down;
    return json;
}

DrainedServers still_drained(DrainedServers drained, const LiveTable& live) {
    for (const LiveService& service : live.services) {
        if (drained.empty()) break;
        for (const LiveDestination& row : service.destinations) {
            if (row.destination.weight != 0) drained.erase(drained_key(service.service.key, row.destination.key));
        }
    }
    return drained;
}

DrainedServers still_drained(DrainedServers drained, const Table& live) {
    for (const Service& service : live.services) {
        if (drained.empty()) break;
        for (const Destination& destination : service.destinations) {
            if (destination.weight != 0) drained.erase(drained_key(service.key, destination.key));
        }
    }
    return drained;
}

std::vector<KeptDrain> keep_drained(Wanted& wanted, const DrainedServers& drained) {
    std::vector<KeptDrain> kept;
    if (drained.empty()) return kept;
    for (WantedService& service : wanted.services) {
        for (Destination& destination : service.service.destinations) {
            if (destination.weight == 0) continue;
            const auto found = drained.find(drained_key(service.service.key, destination.key));
            if (found == drained.end() || !found->second.is_wanted()) continue;
            destination.weight = 0;
            kept.push_back({service.service.key, destination.key, found->second});
        }
    }
    return kept;
}

}  // namespace lbctl::table
