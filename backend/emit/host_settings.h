#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "backend/emit/configuration.h"

/// What the hosts of a cluster need of the kernel's settings, with the reason for each: the one table of these facts,
/// from which scripts are emitted and by which a machine is examined.
namespace lbctl::emit {

/// A kernel setting, unless it has one of the good values.
struct HostSetting {
    std::string path;  ///< below /proc/sys
    std::string value;
    std::string good;  ///< good values, separated by blanks
    std::string_view why;
    std::string_view source;  ///< where the fact stands

    [[nodiscard]] bool is_good(std::string_view found) const;
};

/// What a file asks of a director beyond its table.
struct DirectorNeeds {
    bool inet_forwarding = false;   ///< NAT or tunnels with IPv4
    bool inet6_forwarding = false;  ///< and with IPv6
    bool nat = false;
    bool tunnels = false;
    bool persistence = false;
    bool is_real_server = false;  ///< a director's own address is a real server's

    [[nodiscard]] std::string_view why_forwarding() const {
        return nat ? "answers of real servers pass through the director"
                   : "packets for real servers in tunnels pass through the director";
    }
};

DirectorNeeds needs_of(const Configuration& configuration);

/// Where NAT or tunnels need forwarding: net.ipv4.ip_forward and net.ipv6.conf.all.forwarding. Scripts have a step of
/// their own for them, because the kernel changes other settings with them.
std::vector<HostSetting> forwarding_settings(const DirectorNeeds& needs);

/// All others of a director. With NAT there are some for the devices of its VRRP instances.
std::vector<HostSetting> director_settings(const Configuration& configuration, const DirectorNeeds& needs);

/// Those of a real server that has an IPv4 virtual address: only the director may answer ARP for it.
std::vector<HostSetting> arp_settings();

/// Of a device on which IPv4 packets come out of a tunnel.
HostSetting reverse_path_setting(std::string_view device);

/// Whether there can be a device of that name, and so a folder for its settings.
bool is_device_name(std::string_view name);

}  // namespace lbctl::emit
