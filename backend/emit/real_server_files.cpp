#include "backend/emit/real_server_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace lbctl::emit {

namespace {

constexpr std::string_view head =
    "# Written by a script of lbctl emit real-server, which takes it away again with --undo.\n";
constexpr std::string_view readable = "644";

/// sysctl.d(5): with dots, which names of devices here have none of.
HostFile settings_file(const RealServerPlan& plan) {
    HostFile file{"/etc/sysctl.d/60-lbctl-real-server.conf", readable, std::string(head)};
    const auto add = [&file](const HostSetting& setting) {
        std::string name = setting.path;
        std::ranges::replace(name, '/', '.');
        file.text += fmt::format("# {}\n{} = {}\n", setting.why, name, setting.value);
    };
    for (const HostSetting& setting : plan.settings) add(setting);
    for (const PlannedTunnel& tunnel : plan.tunnels) {
        if (tunnel.takes_inet) add(reverse_path_setting(tunnel.name));
    }
    return file;
}

/// The devices that have virtual addresses, the loopback first, and all tunnels.
std::vector<std::string_view> devices_of(const RealServerPlan& plan) {
    std::vector<std::string_view> devices{"lo"};
    for (const PlannedTunnel& tunnel : plan.tunnels) devices.push_back(tunnel.name);
    return devices;
}

std::string address_lines(const RealServerPlan& plan, std::string_view device, std::string_view form) {
    std::string lines;
    for (const PlannedAddress& planned : plan.addresses) {
        if (planned.device != device) continue;
        const std::string address = with_full_length(planned.address);
        lines += fmt::vformat(form, fmt::make_format_args(address));
    }
    return lines;
}

/// The plan as far as all these forms have a way to say it.
Result<std::vector<HostFile>> begin_files(const RealServerPlan& plan, std::string_view form) {
    if (plan.gateway) {
        return failure(
            fmt::format("the default gateway of {} belongs into the file that sets up its own interface, which "
                        "`--as {}' does not know",
                        plan.server.to_string(), form),
            fmt::format("write {} there, or take --as script", plan.gateway->address.to_string()));
    }
    return std::vector<HostFile>{settings_file(plan)};
}

/// systemd.network(5), systemd.netdev(5)
Result<std::vector<HostFile>> networkd_files(const RealServerPlan& plan) {
    auto files = begin_files(plan, "systemd-networkd");
    if (!files) return files;
    // Measured with systemd 252 on Linux 6.1: the kernel finds what it asks for out of range.
    if (!plan.gue_ports.empty())
        return failure("systemd-networkd cannot have the kernel unpack GUE", "take --as ifupdown, or --as script");
    const std::string own = plan.server.to_string();
    for (const PlannedTunnel& tunnel : plan.tunnels) {
        if (tunnel.checksums)
            return failure("systemd-networkd has no word for GRE with checksums",
                           "write `nocsum', or take --as script");
        std::string text = std::string(head) + fmt::format(
                                                   "[NetDev]\nName={}\nKind={}\n\n[Tunnel]\nLocal={}\nRemote=any\n"
                                                   "Independent=yes\n",
                                                   tunnel.name, tunnel.link_type, own);
        if (tunnel.link_type == "ip6tnl") text += "Mode=any\nAllowLocalRemote=yes\n";
        files->push_back({fmt::format("/etc/systemd/network/60-{}.netdev", tunnel.name), readable, std::move(text)});
    }
    for (const std::string_view device : devices_of(plan)) {
        const std::string addresses = address_lines(plan, device, "Address={}\n");
        if (device == "lo" && addresses.empty()) continue;
        std::string text = std::string(head) + fmt::format("[Match]\nName={}\n\n", device);
        if (device != "lo") text += "[Link]\nRequiredForOnline=no\n\n";
        text += "[Network]\n";
        if (device != "lo") text += "LinkLocalAddressing=no\nConfigureWithoutCarrier=yes\n";
        files->push_back({fmt::format("/etc/systemd/network/60-lbctl-{}.network",
                                      device == "lo" ? device : device.substr(std::string_view("lbctl-").size())),
                          readable, text + addresses});
    }
    return files;
}

/// interfaces(5)
Result<std::vector<HostFile>> ifupdown_files(const RealServerPlan& plan) {
    auto files = begin_files(plan, "ifupdown");
    if (!files) return files;
    std::string text(head);
    if (const std::string addresses = address_lines(plan, "lo", "    up ip address replace {} dev lo\n");
        !addresses.empty()) {
        text += "\nauto lo\niface lo inet loopback\n" + addresses +
                address_lines(plan, "lo", "    down ip address delete {} dev lo || true\n");
    }
    for (const PlannedTunnel& tunnel : plan.tunnels) {
        const std::string_view device = tunnel.name;
        text += fmt::format("\nauto {0}\niface {0} inet manual\n", device);
        for (const std::uint16_t port : plan.gue_ports) {
            text += fmt::format(
                "    pre-up modprobe -q fou || true\n    pre-up ip {} fou add port {} gue 2>/dev/null || true\n",
                plan.server.family() == Family::inet ? "-4" : "-6", port);
        }
        std::string words = fmt::format("type {} local {}", tunnel.link_type, plan.server.to_string());
        for (const std::string& word : link_options(tunnel)) words += ' ' + word;
        text += fmt::format("    pre-up ip link show dev {0} >/dev/null 2>&1 || ip link add {0} {1}\n", device, words);
        if (tunnel.takes_inet) text += fmt::format("    up echo 2 >/proc/sys/net/ipv4/conf/{}/rp_filter\n", device);
        text += fmt::format("    up ip link set {} up\n", device);
        for (const PlannedAddress& planned : plan.addresses) {
            if (planned.device == device)
                text += fmt::format("    up ip address replace {} dev {}\n", with_full_length(planned.address), device);
        }
        text += fmt::format("    down ip link delete {}\n", device);
    }
    files->push_back({"/etc/network/interfaces.d/lbctl", readable, std::move(text)});
    return files;
}

/// netplan(5)
Result<std::vector<HostFile>> netplan_files(const RealServerPlan& plan) {
    auto files = begin_files(plan, "netplan");
    if (!files) return files;
    if (!plan.tunnels.empty())
        return failure("netplan's tunnels have no place for directors that may be anybody",
                       "take --as systemd-networkd, which netplan is built on, or --as script");
    files->push_back({"/etc/netplan/60-lbctl.yaml", "600",
                      fmt::format("{}network:\n  version: 2\n  ethernets:\n    lo:\n      addresses:\n{}", head,
                                  address_lines(plan, "lo", "        - {}\n"))});
    return files;
}

/// The addresses of a device as keys of a keyfile: address1, address2, ...
std::string numbered_addresses(const RealServerPlan& plan, std::string_view device, Family family,
                               std::string_view first) {
    std::string lines;
    int number = 0;
    if (!first.empty()) lines += fmt::format("address{}={}\n", ++number, first);
    for (const PlannedAddress& planned : plan.addresses) {
        if (planned.device == device && planned.address.family() == family)
            lines += fmt::format("address{}={}\n", ++number, with_full_length(planned.address));
    }
    return lines;
}

HostFile keyfile(std::string_view name, std::string_view text) {
    // Others may not read it, or NetworkManager takes it for none.
    return {fmt::format("/etc/NetworkManager/system-connections/{}.nmconnection", name), "600",
            fmt::format("{}{}", head, text)};
}

/// nm-settings-keyfile(5); the numbers of modes are in nm-settings(5), ip-tunnel.
Result<std::vector<HostFile>> networkmanager_files(const RealServerPlan& plan) {
    constexpr std::array<std::pair<std::string_view, int>, 4> modes{
        {{"ipip", 1}, {"gre", 2}, {"sit", 3}, {"ip6gre", 8}}};
    auto files = begin_files(plan, "nmcli");
    if (!files) return files;
    if (!plan.gue_ports.empty())
        return failure("NetworkManager cannot have the kernel unpack GUE", "take --as ifupdown, or --as script");
    for (const PlannedTunnel& tunnel : plan.tunnels) {
        if (tunnel.checksums)
            return failure("NetworkManager has no word for GRE with checksums", "write `nocsum', or take --as script");
        const auto mode = std::ranges::find(modes, tunnel.link_type, &std::pair<std::string_view, int>::first);
        if (mode == modes.end()) {
            return failure("NetworkManager has no word for a tunnel in IPv6 that takes packets from a virtual address",
                           "take --as systemd-networkd, or --as script");
        }
        const std::string addresses = numbered_addresses(plan, tunnel.name, Family::inet, {});
        const bool inet6 = plan.server.family() == Family::inet6;
        // With the IPv6 method `disabled' the device would take no packets of IPv6, either.
        files->push_back(keyfile(
            tunnel.name,
            fmt::format("[connection]\nid={0}\ntype=ip-tunnel\ninterface-name={0}\n\n[ip-tunnel]\nmode={1}\nlocal={2}\n"
                        "remote={3}\n\n[ipv4]\n{4}method={5}\n\n[ipv6]\nmethod=ignore\n",
                        tunnel.name, mode->second, plan.server.to_string(), inet6 ? "::" : "0.0.0.0", addresses,
                        addresses.empty() ? "disabled" : "manual")));
    }
    if (!address_lines(plan, "lo", "{}").empty()) {
        files->push_back(
            keyfile("lbctl-lo", fmt::format("[connection]\nid=lbctl-lo\ntype=loopback\ninterface-name=lo\n\n[ipv4]\n{}"
                                            "method=manual\n\n[ipv6]\n{}method=manual\n",
                                            numbered_addresses(plan, "lo", Family::inet, "127.0.0.1/8"),
                                            numbered_addresses(plan, "lo", Family::inet6, "::1/128"))));
    }
    return files;
}

constexpr std::array forms{FileForm{"systemd-networkd", networkd_files}, FileForm{"ifupdown", ifupdown_files},
                           FileForm{"netplan", netplan_files}, FileForm{"nmcli", networkmanager_files}};

}  // namespace

std::span<const FileForm> file_forms() {
    return forms;
}

}  // namespace lbctl::emit
