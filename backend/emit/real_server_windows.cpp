#include <fmt/format.h>

#include <array>

#include "backend/emit/add_new.h"
#include "backend/emit/emitter.h"
#include "backend/emit/gateway.h"
#include "backend/emit/powershell_parts.h"
#include "backend/emit/powershell_text.h"
#include "backend/emit/real_servers.h"
#include "backend/table/names.h"
#include "grammar/ast/argument_values.h"

namespace lbctl::emit {

namespace {

using table::ForwardingMethod;

constexpr EmitterOption devcon_option{
    .name = "--devcon",
    .value_name = "PATH",
    .what = "the path of devcon.exe on the server, to make the loopback adapter with; default: SetupAPI",
    .words = {}};

std::string_view family_word(Family family) {
    return family == Family::inet ? "IPv4" : "IPv6";
}

/// As New-NetFirewallRule takes it: a word, or a number of a protocol without ports.
std::string protocol_word(table::Protocol protocol) {
    switch (protocol) {
        case table::Protocol::tcp:
            return "TCP";
        case table::Protocol::udp:
            return "UDP";
        default:
            return std::to_string(static_cast<unsigned>(protocol));
    }
}

/// Ports that a rule of the firewall opens for an address.
struct Opening {
    IpAddress address;
    ServedPort port;
    std::string service;
    bool operator==(const Opening& other) const { return address == other.address && port == other.port; }
};

class WindowsScript {
public:
    WindowsScript(const Configuration& configuration, const Choices& choices, const RealServer& server)
        : configuration_(configuration), choices_(choices), server_(server), own_(server.address.to_string()) {}

    Result<std::string> write() {
        if (server_.has(ForwardingMethod::tunnel)) {
            return failure(
                fmt::format("the real server {} is reached by a tunnel, which Windows does not unpack", own_),
                "use direct routing for it (lb_kind DR), or write only for the others with --for");
        }
        std::string gateway;
        if (server_.has(ForwardingMethod::nat)) {
            const auto found = gateway_of(configuration_, choices_, server_.address);
            if (!found) return tl::make_unexpected(found.error());
            gateway = found->address.to_string();
        }
        text_ = "#Requires -Version 5.1\n";
        note(fmt::format(
            "Sets up the real server {} for the services of {}; written by `lbctl emit real-server-windows'.", own_,
            configuration_.name));
        note(
            "For Windows Server 2016 to 2025. Run it as administrator: it does what is missing, and says so. -Check "
            "changes");
        note(
            "nothing and tells what is missing, and then exits with 1; -Undo puts back what it found. -KeepBinding "
            "names");
        note("bindings that stay, as a print server needs them: -KeepBinding ms_msclient, ms_server");
        note("It serves:");
        for (const std::string& line : served_lines(server_)) note("  " + line);
        text_ += "param([switch]$Check, [switch]$Undo, [string[]]$KeepBinding = @())\n\n";
        text_ += fmt::format("$ServerAddress = {}\n", powershell_string(own_));
        text_ += fmt::format("$DevCon = {}\n", powershell_string(choices_.value(devcon_option.name)));
        write_addresses();
        write_settings();
        write_rules();
        note("NAT: answers go back through the director, which is the only default gateway.");
        text_ += fmt::format("$Gateway = {}\n", powershell_string(gateway));
        text_ += powershell_parts::real_server;
        return std::move(text_);
    }

private:
    void note(std::string_view text) { text_ += powershell_comment(text); }

    void write_addresses() {
        note("Direct routing: packets come for these addresses, which belong on a loopback adapter.");
        text_ += "$VirtualAddresses = @(\n";
        std::string_view separator;
        for (const IpAddress& address : server_.virtual_addresses()) {
            text_ += fmt::format("{}    @{{ IP = {}; PrefixLength = {}; Family = '{}' }}", separator,
                                 powershell_string(address.to_string()), ast::full_length(address.family()),
                                 family_word(address.family()));
            separator = "\n";
        }
        text_ += "\n)\n";
    }

    void write_settings() {
        note(
            "The loopback adapter asks nobody for an address, is never the way out, and does not look for its address "
            "on");
        note(
            "the network, where the director has it. Packets for its addresses come in at the real adapter, and "
            "answers leave");
        note("there with its addresses: both are what Windows calls weak host.");
        text_ +=
            "$LoopbackSettings = [ordered]@{\n"
            "    Dhcp = 'Disabled'\n"
            "    AutomaticMetric = 'Disabled'\n"
            "    InterfaceMetric = '254'\n"
            "    DadTransmits = '0'\n"
            "    WeakHostReceive = 'Enabled'\n"
            "    WeakHostSend = 'Enabled'\n"
            "}\n"
            "$RealSettings = [ordered]@{ WeakHostReceive = 'Enabled' }\n";
    }

    void write_rules() {
        std::vector<Opening> openings;
        for (const Delivery& delivery : server_.deliveries) {
            std::vector<IpAddress> addresses = delivery.virtual_addresses;
            if (delivery.method == ForwardingMethod::nat) addresses = {server_.address};
            for (const IpAddress& address : addresses) {
                for (const ServedPort& port : delivery.ports)
                    add_new(openings, Opening{address, port, delivery.service});
            }
        }
        note("The loopback adapter is in the Public profile, so the rules are for every profile.");
        text_ += "$FirewallRules = @(\n";
        std::string_view separator;
        for (const Opening& opening : openings) {
            const std::string protocol = protocol_word(opening.port.protocol);
            const bool has_ports = opening.port.protocol != table::Protocol::sctp;
            const std::string port = opening.port.port == 0 ? "Any" : std::to_string(opening.port.port);
            const std::string address = opening.address.to_string();
            text_ += fmt::format(
                "{}    @{{ Name = {}; DisplayName = {}; Protocol = '{}'; {}LocalAddress = {} }}", separator,
                powershell_string(fmt::format("lbctl {} {} {}", address, protocol, port)),
                powershell_string(fmt::format("lbctl: {} to {} port {}", opening.service, address, port)), protocol,
                has_ports ? fmt::format("LocalPort = '{}'; ", port) : "", powershell_string(address));
            separator = "\n";
        }
        text_ += "\n)\n";
    }

    const Configuration& configuration_;
    const Choices& choices_;
    const RealServer& server_;
    std::string own_;
    std::string text_;
};

Result<std::vector<Document>> windows_scripts(const Configuration& configuration, const Choices& choices) {
    return for_each_real_server(configuration, choices, ".ps1", [&](const RealServer& server) {
        return WindowsScript(configuration, choices, server).write();
    });
}

constexpr std::array windows_options{for_option, vip_option, gateway_option, devcon_option};

}  // namespace

extern const Emitter real_server_windows_emitter{.kind = "real-server-windows",
                                                 .what = "PowerShell scripts that set up Windows real servers",
                                                 .emit = windows_scripts,
                                                 .options = windows_options,
                                                 .reads = Reads::hosts};

}  // namespace lbctl::emit
