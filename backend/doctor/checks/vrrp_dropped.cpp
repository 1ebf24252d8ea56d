#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "backend/doctor/check.h"

namespace lbctl::doctor {

namespace {

constexpr std::uint8_t vrrp = 112;

struct Direction {
    std::string_view hook;
    bool in;
};

constexpr std::array directions{Direction{"prerouting", true}, Direction{"input", true}, Direction{"output", false},
                                Direction{"postrouting", false}};

/// Adverts of the instance, as they come in or go out.
std::vector<Packet> adverts_of(const Machine& machine, const emit::VrrpInstance& instance, bool in) {
    Packet packet;
    packet.protocol = vrrp;
    packet.device = instance.interface;
    std::vector<Packet> packets;
    const auto own = std::ranges::find_if(machine.addresses, [&](const LocalAddress& each) {
        return each.device == instance.interface && each.address.family() == instance.family;
    });
    // With unicast, those of the peers, of which the file names all but oneself.
    for (const IpAddress& director : instance.directors) {
        if (machine.has_address(director) || own == machine.addresses.end()) continue;
        packet.source = in ? director : own->address;
        packet.destination = in ? own->address : director;
        packet.established = true;
        packets.push_back(packet);
    }
    if (instance.unicast) return packets;
    packet.source = std::nullopt;
    if (!in && own != machine.addresses.end()) packet.source = own->address;
    packet.destination = *IpAddress::parse(instance.family == Family::inet ? "224.0.0.18" : "ff02::12");
    packet.multicast = true;
    packet.established = false;
    return {packet};
}

std::string mending(const Drop& drop, const Packet& packet) {
    const Chain& chain = *drop.chain;
    if (chain.tool == FirewallTool::nft) {
        return fmt::format("nft insert rule {} {} {} meta l4proto vrrp accept", shell_word(chain.family),
                           shell_word(chain.table), shell_word(chain.name));
    }
    const std::string table = chain.table == "filter" ? "" : fmt::format(" -t {}", shell_word(chain.table));
    return fmt::format("{}{} -I {} -p {} -j ACCEPT", to_string(chain.tool), table, shell_word(chain.name),
                       packet.protocol);
}

void run(const Look& look, Report& report) {
    if (look.configuration.instances.empty()) return;
    if (!report.can_read("firewall", "whether a firewall drops VRRP")) return;
    std::vector<std::string> told;
    for (const emit::VrrpInstance& instance : look.configuration.instances) {
        for (const Direction& direction : directions) {
            for (const Packet& packet : adverts_of(look.machine, instance, direction.in)) {
                const auto drop = certain_drop(look.machine.firewall, direction.hook, packet);
                if (!drop) continue;
                const std::string command = mending(*drop, packet);
                if (std::ranges::find(told, command) != told.end()) continue;
                told.push_back(command);
                const Chain& chain = *drop->chain;
                const std::string where = fmt::format("{} {} {}", chain.family, chain.table, chain.name);
                Finding& finding =
                    report.add(fmt::format("the firewall drops VRRP {} the directors", direction.in ? "from" : "to"),
                               instance.place);
                const bool nft = chain.tool == FirewallTool::nft;
                finding.evidence.push_back(
                    {nft ? "nft list ruleset" : fmt::format("{}-save", to_string(chain.tool)), drop->rule,
                     drop->rule.empty() ? fmt::format("the policy of the chain {} is {}", where, chain.policy)
                                        : fmt::format("in the chain {}: {}", where, drop->rule)});
                finding.command = command;
            }
        }
    }
}

}  // namespace

extern const Check vrrp_dropped_check{
    .page = {.id = "vrrp-dropped",
             .family = "doctor",
             .severity = Severity::error,
             .summary = "A firewall drops VRRP",
             .detail = "directors that do not hear each other are all MASTER, and each has the virtual addresses",
             .example = "",
             .origin = validate::Origin::lbctl},
    .source = "RFC 5798 section 5.1.1: protocol 112 to 224.0.0.18 or ff02::12",
    .director = run};

}  // namespace lbctl::doctor
