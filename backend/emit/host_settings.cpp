#include "backend/emit/host_settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "backend/emit/add_new.h"

namespace lbctl::emit {

namespace {

using table::ForwardingMethod;

constexpr std::string_view ipvs_document = "Linux: Documentation/networking/ipvs-sysctl.rst";
constexpr std::string_view ip_document = "Linux: Documentation/networking/ip-sysctl.rst";

struct DirectorSetting {
    std::string_view path;
    std::string_view value;
    std::string_view why;
    std::string_view source;
    bool (*needed)(const DirectorNeeds& needs);
};

constexpr std::array settings_of_directors{
    DirectorSetting{"net/ipv4/vs/expire_nodest_conn", "1",
                    "else packets of connections to a server that was taken out are dropped in silence until the "
                    "connection's time is over, up to 15 minutes",
                    ipvs_document, [](const DirectorNeeds&) { return true; }},
    DirectorSetting{"net/ipv4/vs/expire_quiescent_template", "1",
                    "else clients that are bound to a server by persistence keep coming to it when its weight is 0",
                    ipvs_document, [](const DirectorNeeds& needs) { return needs.persistence; }},
    DirectorSetting{"net/ipv4/vs/conn_reuse_mode", "1",
                    "a client that uses a port again gets a new connection, with a server that is there now",
                    ipvs_document, [](const DirectorNeeds&) { return true; }},
    DirectorSetting{"net/ipv4/vs/pmtu_disc", "1",
                    "clients are told when a packet does not fit into the tunnel any more", ipvs_document,
                    [](const DirectorNeeds& needs) { return needs.tunnels; }},
    DirectorSetting{"net/ipv4/vs/backup_only", "1",
                    "a director that is a real server, too, would send packets of the other director on, in a circle",
                    ipvs_document, [](const DirectorNeeds& needs) { return needs.is_real_server; }},
    DirectorSetting{"net/ipv4/conf/all/send_redirects", "0",
                    "where clients and real servers are on one network, real servers would be told to answer past the "
                    "director",
                    ip_document, [](const DirectorNeeds& needs) { return needs.nat; }},
};

}  // namespace

bool HostSetting::is_good(std::string_view found) const {
    std::string_view rest = good;
    while (!rest.empty()) {
        const std::string_view word = rest.substr(0, rest.find(' '));
        if (word == found) return true;
        rest.remove_prefix(std::min(word.size() + 1, rest.size()));
    }
    return false;
}

DirectorNeeds needs_of(const Configuration& configuration) {
    const auto is_director = [&](const IpAddress& address) {
        return std::ranges::any_of(configuration.instances, [&](const VrrpInstance& instance) {
            return std::ranges::find(instance.directors, address) != instance.directors.end();
        });
    };
    DirectorNeeds needs;
    for (const table::Wanted& state : configuration.states) {
        for (const table::WantedService& wanted : state.services) {
            if (table::is_persistent(wanted.service)) needs.persistence = true;
            for (const table::Destination& destination : wanted.service.destinations) {
                const bool nat = destination.method == ForwardingMethod::nat;
                const bool tunnel = destination.method == ForwardingMethod::tunnel;
                needs.nat = needs.nat || nat;
                needs.tunnels = needs.tunnels || tunnel;
                needs.is_real_server = needs.is_real_server || is_director(destination.key.address);
                if (!nat && !tunnel) continue;
                (table::family_of(wanted.service.key) == Family::inet ? needs.inet_forwarding
                                                                      : needs.inet6_forwarding) = true;
            }
        }
    }
    return needs;
}

std::vector<HostSetting> forwarding_settings(const DirectorNeeds& needs) {
    std::vector<HostSetting> settings;
    if (needs.inet_forwarding)
        settings.push_back({"net/ipv4/ip_forward", "1", "1", needs.why_forwarding(), ip_document});
    if (needs.inet6_forwarding)
        settings.push_back({"net/ipv6/conf/all/forwarding", "1", "1", needs.why_forwarding(), ip_document});
    return settings;
}

std::vector<HostSetting> director_settings(const Configuration& configuration, const DirectorNeeds& needs) {
    std::vector<HostSetting> settings;
    for (const DirectorSetting& each : settings_of_directors) {
        if (each.needed(needs))
            settings.push_back(
                {std::string(each.path), std::string(each.value), std::string(each.value), each.why, each.source});
    }
    if (!needs.nat) return settings;
    // A redirect is sent where either the device or `all' says so.
    std::vector<std::string> devices;
    for (const VrrpInstance& instance : configuration.instances) {
        if (is_device_name(instance.interface)) add_new(devices, instance.interface);
    }
    for (const std::string& device : devices) {
        settings.push_back({fmt::format("net/ipv4/conf/{}/send_redirects", device), "0", "0",
                            "the same for the device: either of the two is enough to send them", ip_document});
    }
    return settings;
}

std::vector<HostSetting> arp_settings() {
    return {{"net/ipv4/conf/all/arp_ignore", "1", "1 2 8",
             "answer ARP only for addresses of the interface that is asked", ip_document},
            {"net/ipv4/conf/all/arp_announce", "2", "2", "never tell the neighbours a virtual address as one's own",
             ip_document}};
}

HostSetting reverse_path_setting(std::string_view device) {
    return {
        fmt::format("net/ipv4/conf/{}/rp_filter", device), "2", "2",
        "the way back to a client does not lead into the tunnel, and 1 would drop what comes out of it (the larger of "
        "this and conf/all counts)",
        ip_document};
}

bool is_device_name(std::string_view name) {
    return !name.empty() && name != "." && name != ".." && name.find('/') == std::string_view::npos;
}

}  // namespace lbctl::emit
