#include "backend/table/difference.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>

#include "backend/table/names.h"

namespace lbctl::table {

namespace {

/// Defaults of the kernel's sync daemons (net/netfilter/ipvs/ip_vs_sync.c).
constexpr std::uint16_t default_port = 8848;
constexpr std::uint8_t default_ttl = 1;
/// Without a wish the longest datagram follows from the interface's MTU, counted as at least 1500: 1472 bytes over
/// IPv4 and 1452 over IPv6, or more.
constexpr std::uint16_t least_default_length = 1452;

/// Tunnel options as far as the kernel looks at them.
Tunnel effective_tunnel(const Destination& destination) {
    if (destination.method != ForwardingMethod::tunnel) return {};
    Tunnel tunnel = destination.tunnel;
    if (tunnel.type != TunnelType::gue) tunnel.port = 0;
    if (tunnel.type == TunnelType::ipip) tunnel.checksum = TunnelChecksum::none;
    return tunnel;
}

bool differs(const Service& before, const Service& after, unsigned ignored) {
    if ((ignored & aspect::schedulers) == 0 && (before.scheduler != after.scheduler || before.flags != after.flags)) {
        return true;
    }
    return (ignored & aspect::persistence) == 0 &&
           (before.persistence != after.persistence || before.netmask != after.netmask);
}

bool differs(const Destination& before, const Destination& after, unsigned ignored) {
    if ((ignored & aspect::weights) == 0 && before.weight != after.weight) return true;
    if ((ignored & aspect::thresholds) == 0 &&
        (before.upper_threshold != after.upper_threshold || before.lower_threshold != after.lower_threshold)) {
        return true;
    }
    return (ignored & aspect::methods) == 0 &&
           (before.method != after.method || effective_tunnel(before) != effective_tunnel(after));
}

const DestinationKey& key_of(const Destination& destination) {
    return destination.key;
}

const ServiceKey& key_of(const Service& service) {
    return service.key;
}

/// Finds the values of one side by key.
template <class T>
class Index {
public:
    template <class Pointers>
    explicit Index(const Pointers& pointers) : sorted_(pointers.begin(), pointers.end()) {
        std::sort(sorted_.begin(), sorted_.end(), [](const T* l, const T* r) { return key_of(*l) < key_of(*r); });
    }

    template <class Key>
    const T* find(const Key& key) const {
        const auto at = std::lower_bound(sorted_.begin(), sorted_.end(), key,
                                         [](const T* value, const Key& wanted) { return key_of(*value) < wanted; });
        return at != sorted_.end() && key_of(**at) == key ? *at : nullptr;
    }

private:
    std::vector<const T*> sorted_;
};

template <class T>
std::vector<const T*> pointers_to(const std::vector<T>& values) {
    std::vector<const T*> pointers;
    pointers.reserve(values.size());
    for (const T& value : values) pointers.push_back(&value);
    return pointers;
}

std::vector<DestinationDifference> compare_destinations(const Service& before, const Service& after, unsigned ignored) {
    std::vector<DestinationDifference> found;
    const Index<Destination> old(pointers_to(before.destinations));
    std::size_t kept = 0;
    for (const Destination& destination : after.destinations) {
        const Destination* match = old.find(destination.key);
        if (match == nullptr) {
            found.push_back({nullptr, &destination});
            continue;
        }
        ++kept;
        if (differs(*match, destination, ignored)) found.push_back({match, &destination});
    }
    if (kept == before.destinations.size()) return found;
    const Index<Destination> fresh(pointers_to(after.destinations));
    for (const Destination& destination : before.destinations) {
        if (fresh.find(destination.key) == nullptr) found.push_back({&destination, nullptr});
    }
    return found;
}

using Services = std::span<const Service* const>;

void compare_services(Services before, Services after, unsigned ignored, Difference& into) {
    const Index<Service> old(before);
    std::size_t kept = 0;
    for (std::size_t i = 0; i < after.size(); ++i) {
        const Service& service = *after[i];
        ServiceDifference difference{old.find(service.key), &service, static_cast<std::uint32_t>(i), false, {}};
        if (difference.before == nullptr) {
            difference.destinations.reserve(service.destinations.size());
            for (const Destination& destination : service.destinations) {
                difference.destinations.push_back({nullptr, &destination});
            }
        } else {
            ++kept;
            difference.edited = differs(*difference.before, service, ignored);
            difference.destinations = compare_destinations(*difference.before, service, ignored);
            if (!difference.edited && difference.destinations.empty()) continue;
        }
        into.services.push_back(std::move(difference));
    }
    if (kept == before.size()) return;
    const Index<Service> fresh(after);
    for (const Service* service : before) {
        if (fresh.find(service->key) != nullptr) continue;
        ServiceDifference& gone = into.services.emplace_back();
        gone.before = service;
        for (const Destination& destination : service->destinations)
            gone.destinations.push_back({&destination, nullptr});
    }
}

void compare_timeouts(const Timeouts& before, const Timeouts& after, Difference& into) {
    // What is as it should be needs no request.
    Timeouts change = after;
    if (change.tcp == before.tcp) change.tcp = 0;
    if (change.tcp_fin == before.tcp_fin) change.tcp_fin = 0;
    if (change.udp == before.udp) change.udp = 0;
    if (change == Timeouts{}) return;
    into.timeouts_before = before;
    into.timeouts_after = change;
}

void compare_daemons(const std::vector<SyncDaemon>& before, const std::vector<SyncDaemon>& after, Difference& into) {
    for (const DaemonState state : {DaemonState::master, DaemonState::backup}) {
        const auto of_state = [state](const SyncDaemon& daemon) { return daemon.state == state; };
        const auto old = std::find_if(before.begin(), before.end(), of_state);
        const auto fresh = std::find_if(after.begin(), after.end(), of_state);
        const SyncDaemon* running = old == before.end() ? nullptr : &*old;
        const SyncDaemon* wanted = fresh == after.end() ? nullptr : &*fresh;
        if (running == nullptr && wanted == nullptr) continue;
        if (running != nullptr && wanted != nullptr && fulfils(*running, *wanted)) continue;
        into.daemons.push_back({running, wanted});
    }
}

std::string method_text(const Destination& destination) {
    const Tunnel tunnel = effective_tunnel(destination);
    if (tunnel.type == TunnelType::ipip) return to_string(destination.method);
    return to_string(destination.method) + " " + to_string(tunnel);
}

}  // namespace

std::optional<unsigned> aspect_from(std::string_view word) {
    constexpr std::array<std::pair<std::string_view, unsigned>, 7> words = {{{"weights", aspect::weights},
                                                                             {"thresholds", aspect::thresholds},
                                                                             {"schedulers", aspect::schedulers},
                                                                             {"persistence", aspect::persistence},
                                                                             {"methods", aspect::methods},
                                                                             {"timeouts", aspect::timeouts},
                                                                             {"daemons", aspect::daemons}}};
    for (const auto& [name, value] : words) {
        if (name == word) return value;
    }
    return std::nullopt;
}

bool fulfils(const SyncDaemon& running, const SyncDaemon& wanted) {
    const bool length = wanted.max_length == 0 ? running.max_length == 0 || running.max_length >= least_default_length
                                               : running.max_length == wanted.max_length;
    const auto default_group = IpAddress::parse("224.0.0.81");
    return running.state == wanted.state && running.interface == wanted.interface &&
           running.sync_id == wanted.sync_id && length &&
           (running.group ? running.group : default_group) == (wanted.group ? wanted.group : default_group) &&
           (running.port != 0 ? running.port : default_port) == (wanted.port != 0 ? wanted.port : default_port) &&
           (running.ttl != 0 ? running.ttl : default_ttl) == (wanted.ttl != 0 ? wanted.ttl : default_ttl);
}

std::vector<FieldChange> changes(const Service& before, const Service& after, unsigned ignored) {
    std::vector<FieldChange> found;
    if ((ignored & aspect::schedulers) == 0) {
        if (before.scheduler != after.scheduler) found.push_back({"scheduler", before.scheduler, after.scheduler});
        if (before.flags != after.flags) {
            found.push_back(
                {"flags", flags_text(before.scheduler, before.flags), flags_text(after.scheduler, after.flags)});
        }
    }
    if ((ignored & aspect::persistence) == 0) {
        if (before.persistence != after.persistence) {
            found.push_back({"persistence", to_string(before.persistence), to_string(after.persistence)});
        }
        if (before.netmask != after.netmask) {
            const Family family = family_of(after.key);
            found.push_back({"netmask", netmask_text(family, before.netmask), netmask_text(family, after.netmask)});
        }
    }
    return found;
}

std::vector<FieldChange> changes(const Destination& before, const Destination& after, unsigned ignored) {
    std::vector<FieldChange> found;
    const auto note = [&found](std::string_view field, std::uint32_t old, std::uint32_t fresh) {
        if (old != fresh) found.push_back({field, std::to_string(old), std::to_string(fresh)});
    };
    if ((ignored & aspect::methods) == 0 && differs(before, after, aspect::weights | aspect::thresholds)) {
        found.push_back({"method", method_text(before), method_text(after)});
    }
    if ((ignored & aspect::weights) == 0) note("weight", before.weight, after.weight);
    if ((ignored & aspect::thresholds) == 0) {
        note("upper_threshold", before.upper_threshold, after.upper_threshold);
        note("lower_threshold", before.lower_threshold, after.lower_threshold);
    }
    return found;
}

std::vector<FieldChange> changes(const Timeouts& before, const Timeouts& after) {
    std::vector<FieldChange> found;
    const auto note = [&found](std::string_view field, std::uint32_t old, std::uint32_t fresh) {
        if (fresh != 0 && old != fresh) found.push_back({field, std::to_string(old), std::to_string(fresh)});
    };
    note("tcp", before.tcp, after.tcp);
    note("tcp_fin", before.tcp_fin, after.tcp_fin);
    note("udp", before.udp, after.udp);
    return found;
}

Difference compare(const Table& before, const Table& after, unsigned ignored) {
    Difference difference;
    compare_services(pointers_to(before.services), pointers_to(after.services), ignored, difference);
    if ((ignored & aspect::timeouts) == 0) compare_timeouts(before.timeouts, after.timeouts, difference);
    if ((ignored & aspect::daemons) == 0) compare_daemons(before.daemons, after.daemons, difference);
    return difference;
}

Difference compare(const Table& before, const Wanted& after, unsigned ignored) {
    Difference difference;
    std::vector<const Service*> services;
    services.reserve(after.services.size());
    for (const WantedService& wanted : after.services) services.push_back(&wanted.service);
    compare_services(pointers_to(before.services), services, ignored, difference);
    if ((ignored & aspect::timeouts) == 0) compare_timeouts(before.timeouts, after.timeouts, difference);
    if ((ignored & aspect::daemons) == 0 && after.daemons) compare_daemons(before.daemons, *after.daemons, difference);
    return difference;
}

std::string to_string(const std::vector<FieldChange>& changes) {
    std::string text;
    for (const FieldChange& change : changes) {
        text += fmt::format("{}{} {} → {}", text.empty() ? "" : ", ", change.field, change.before, change.after);
    }
    return text;
}

}  // namespace lbctl::table
