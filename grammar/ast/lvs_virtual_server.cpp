#include "grammar/ast/lvs_virtual_server.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <set>
#include <tuple>

#include "grammar/ast/lvs_file_check.h"
#include "grammar/ast/reading.h"

namespace lbctl::ast {

namespace {

/// persistence_timeout without a number, and what port 0 switches on.
constexpr std::uint32_t default_persistence = 360;

std::string_view name_of(const Node& node) {
    return node.keyword == nullptr ? std::string_view() : node.keyword->name;
}

std::optional<Forwarding> forwarding_of(const Node& node) {
    Forwarding forwarding;
    const std::string_view kind = text(node, 0);
    if (kind == "NAT") return forwarding;
    if (kind == "DR")
        forwarding.kind = ForwardingKind::direct_routing;
    else if (kind == "TUN")
        forwarding.kind = ForwardingKind::tunnel;
    else
        return std::nullopt;
    if (forwarding.kind != ForwardingKind::tunnel) return forwarding;
    Forwarding tunnel = forwarding;
    for (std::size_t i = 1; i < node.arguments.size(); ++i) {
        const std::string_view word = text(node, i);
        if (word == "type") {
            const std::string_view type = text(node, ++i);
            tunnel.tunnel = type == "gue" ? TunnelKind::gue : type == "gre" ? TunnelKind::gre : TunnelKind::ipip;
        } else if (word == "port") {
            tunnel.tunnel_port = static_cast<std::uint16_t>(integer(node, ++i).value_or(0));
        } else if (word == "csum") {
            tunnel.checksums = TunnelChecksums::checksum;
        } else if (word == "remcsum") {
            tunnel.checksums = TunnelChecksums::remote_checksum;
        }
    }
    // Any fault in the options costs all of them, but not the method.
    const bool port_fits = (tunnel.tunnel_port != 0) == (tunnel.tunnel == TunnelKind::gue);
    const bool checksums_fit = tunnel.checksums == TunnelChecksums::none || tunnel.tunnel == TunnelKind::gue ||
                               (tunnel.tunnel == TunnelKind::gre && tunnel.checksums == TunnelChecksums::checksum);
    return node.valid && port_fits && checksums_fit ? tunnel : forwarding;
}

std::optional<Forwarding> own_forwarding(const Node& real_server) {
    std::optional<Forwarding> own;
    for (const Node& child : real_server.children) {
        if (name_of(child) != "lvs_method") continue;
        if (const auto forwarding = forwarding_of(child)) own = forwarding;
    }
    return own;
}

/// Whether alpha keeps the server out of the table until one of its checkers has succeeded. `server`: alpha of the real
/// server, which a checker may overrule.
bool awaits_check(const Node& real_server, bool server) {
    return std::any_of(real_server.children.begin(), real_server.children.end(), [&](const Node& child) {
        if (child.keyword == nullptr || !child.valid || !child.keyword->opens_block()) return false;
        // A file has a value from the start.
        if (child.keyword->name == "FILE_CHECK") return false;
        const Node* setting = last_valid(child, "alpha");
        return setting == nullptr ? server : switched_on(*setting);
    });
}

class Reader {
public:
    explicit Reader(VirtualServer& service) : service_(service) {}

    bool read_head() {
        const Node& node = *service_.node;
        const std::string_view first = text(node, 0);
        if (first == "fwmark") {
            const auto mark = integer(node, 1);
            // Mark 0 is what packets without a mark have; keepalived makes a service of it that nobody can reach.
            if (!mark || *mark <= 0 || *mark > 0xffffffffLL) return false;
            service_.head = FwmarkHead{static_cast<std::uint32_t>(*mark)};
            return true;
        }
        if (first == "group") {
            if (node.arguments.size() < 2) return false;
            service_.head = GroupHead{std::string(text(node, 1))};
            return true;
        }
        const auto address = plain_address(first);
        const auto number = port(text(node, 1));
        if (!address || !number) return false;
        service_.head = AddressHead{*address, *number};
        service_.family = address->family();
        return true;
    }

    void read_body() {
        for (const Node& child : service_.node->children) read(child);
        service_.real_servers.reserve(servers_.size());
        for (const Node* server : servers_) add_real_server(*server);
        if (service_.sorry_server) check_sorry_family();
        if (const auto* address = std::get_if<AddressHead>(&service_.head); address != nullptr && address->port == 0) {
            if (!service_.persistence_timeout) service_.persistence_timeout = default_persistence;
        }
    }

private:
    void read(const Node& child) {
        const std::string_view name = name_of(child);
        if (name == "lb_kind" || name == "lvs_method") {
            if (const auto forwarding = forwarding_of(child)) service_.forwarding = forwarding;
            return;
        }
        if (name == "sorry_server_lvs_method" && service_.sorry_server) {
            if (const auto forwarding = forwarding_of(child)) service_.sorry_server->forwarding = forwarding;
            return;
        }
        if (!child.valid) return;
        if (name == "real_server") {
            settle_family(child);
            servers_.push_back(&child);
        } else if (name == "sorry_server") {
            const auto address = plain_address(text(child, 0));
            const auto number = port(text(child, 1));
            if (address && number) service_.sorry_server = SorryServer{&child, *address, *number, std::nullopt, false};
        } else if (name == "sorry_server_inhibit") {
            if (service_.sorry_server) service_.sorry_server->inhibit = true;
        } else {
            read_setting(child, name);
        }
    }

    void read_setting(const Node& child, std::string_view name) {
        if (name == "lb_algo" || name == "lvs_sched") {
            service_.scheduler = text(child, 0);
            scheduler_read_ = true;
        } else if (name == "protocol") {
            read_protocol(text(child, 0));
        } else if (name == "ip_family") {
            const Family family = text(child, 0) == "inet6" ? Family::inet6 : Family::inet;
            if (!service_.family) service_.family = family;
        } else if (name == "persistence_timeout") {
            service_.persistence_timeout = static_cast<std::uint32_t>(integer(child, 0).value_or(default_persistence));
        } else if (name == "persistence_granularity") {
            read_granularity(text(child, 0));
        } else if (name == "persistence_engine") {
            service_.persistence_engine = text(child, 0).substr(0, 15);
        } else if (name == "weight") {
            service_.weight = static_cast<std::uint32_t>(integer(child, 0).value_or(1));
        } else if (name == "quorum") {
            service_.quorum = static_cast<std::uint64_t>(integer(child, 0).value_or(1));
        } else if (name == "hysteresis") {
            service_.hysteresis = static_cast<std::uint64_t>(integer(child, 0).value_or(0));
        } else if (name == "inhibit_on_failure") {
            service_.inhibit_on_failure = true;
        } else if (name == "alpha") {
            alpha_ = true;
        } else if (name == "ops") {
            service_.one_packet = true;
        } else {
            read_flag(name);
        }
    }

    void read_flag(std::string_view name) {
        struct Flag {
            std::string_view word;
            std::string_view scheduler;  ///< that must have been read before; empty: any
            std::uint32_t bit;
        };
        static constexpr std::array<Flag, 7> flags{{{"flag-1", "", 0x8},
                                                    {"flag-2", "", 0x10},
                                                    {"flag-3", "", 0x20},
                                                    {"sh-fallback", "sh", 0x8},
                                                    {"sh-port", "sh", 0x10},
                                                    {"mh-fallback", "mh", 0x8},
                                                    {"mh-port", "mh", 0x10}}};
        for (const Flag& flag : flags) {
            if (flag.word != name) continue;
            if (flag.scheduler.empty() || (scheduler_read_ && service_.scheduler == flag.scheduler)) {
                service_.scheduler_flags |= flag.bit;
            }
        }
    }

    void read_protocol(std::string_view word) {
        const char first = word.empty() ? ' ' : word.front();
        if (first == 'T' || first == 't') service_.protocol = Protocol::tcp;
        if (first == 'U' || first == 'u') service_.protocol = Protocol::udp;
        if (first == 'S' || first == 's') service_.protocol = Protocol::sctp;
    }

    void read_granularity(std::string_view word) {
        if (!service_.family) service_.family = word.find('.') == std::string_view::npos ? Family::inet6 : Family::inet;
        Granularity granularity{*service_.family, 0};
        if (granularity.family == Family::inet) {
            in_addr mask{};
            if (inet_aton(std::string(word).c_str(), &mask) == 0) return;
            granularity.mask = mask.s_addr;
        } else {
            const auto length = integer(word);
            if (!length || *length < 1 || *length > 128) return;
            granularity.mask = static_cast<std::uint32_t>(*length);
        }
        service_.granularity = granularity;
        if (!service_.persistence_timeout) service_.persistence_timeout = default_persistence;
    }

    /// The first real server that is not tunnelled fixes a family that nothing has fixed before it.
    void settle_family(const Node& server) {
        if (service_.family) return;
        const auto address = plain_address(text(server, 0));
        std::optional<Forwarding> forwarding = service_.forwarding;
        if (const auto own = own_forwarding(server)) forwarding = own;
        const bool tunnelled = forwarding && forwarding->kind == ForwardingKind::tunnel;
        if (address && !tunnelled) service_.family = address->family();
    }

    void add_real_server(const Node& node) {
        const auto address = plain_address(text(node, 0));
        const auto number = port(text(node, 1));
        if (!address || !number) return;
        RealServer server;
        server.node = &node;
        server.address = *address;
        server.port = *number;
        server.forwarding = own_forwarding(node);
        bool alpha = alpha_;
        bool has_checker = false;
        for (const Node& child : node.children) {
            if (!child.valid || child.keyword == nullptr) continue;
            const std::string_view name = child.keyword->name;
            const auto number_of = [&child] { return static_cast<std::uint32_t>(integer(child, 0).value_or(0)); };
            if (name == "weight") server.weight = number_of();
            if (name == "uthreshold") server.upper_threshold = number_of();
            if (name == "lthreshold") server.lower_threshold = number_of();
            if (name == "inhibit_on_failure") server.inhibit_on_failure = switched_on(child);
            if (name == "alpha") alpha = switched_on(child);
            has_checker = has_checker || child.keyword->opens_block();
            server.checks_files = server.checks_files || name == "FILE_CHECK";
        }
        server.awaits_check = has_checker && awaits_check(node, alpha);
        const auto& forwarding = server.forwarding ? server.forwarding : service_.forwarding;
        const bool tunnelled = forwarding && forwarding->kind == ForwardingKind::tunnel;
        if (!tunnelled && service_.family && *service_.family != address->family()) return;
        if (is_repeated(server)) return;
        service_.real_servers.push_back(std::move(server));
    }

    /// Few real servers make a plain search the fastest.
    bool is_repeated(const RealServer& server) {
        constexpr std::size_t few = 32;
        const auto& known = service_.real_servers;
        if (known.size() < few) {
            return std::any_of(known.begin(), known.end(), [&](const RealServer& other) {
                return other.port == server.port && other.address == server.address;
            });
        }
        if (seen_.empty()) {
            for (const RealServer& other : known) seen_.emplace(other.address, other.port);
        }
        return !seen_.emplace(server.address, server.port).second;
    }

    void check_sorry_family() {
        const SorryServer& sorry = *service_.sorry_server;
        const auto& forwarding = sorry.forwarding ? sorry.forwarding : service_.forwarding;
        const bool tunnelled = forwarding && forwarding->kind == ForwardingKind::tunnel;
        if (!tunnelled && service_.family && *service_.family != sorry.address.family()) service_.sorry_server.reset();
    }

    VirtualServer& service_;
    std::vector<const Node*> servers_;
    std::set<std::pair<IpAddress, std::uint16_t>> seen_;
    bool scheduler_read_ = false;
    bool alpha_ = false;
};

}  // namespace

bool depends_on_others(const VirtualServer& service) {
    if (std::holds_alternative<GroupHead>(service.head)) return true;
    std::optional<Family> family = service.family;
    const auto differs = [&family](const IpAddress& address) {
        if (!family) family = address.family();
        return address.family() != *family;
    };
    const bool varies = std::ranges::any_of(
        service.real_servers, [&](const RealServer& server) { return server.checks_files || differs(server.address); });
    return varies || (service.sorry_server && differs(service.sorry_server->address));
}

bool bind_virtual_server(const Node& node, const TrackFiles& files, VirtualServer& service) {
    if (!node.valid || name_of(node) != "virtual_server") return false;
    std::vector<RealServer> servers = std::move(service.real_servers);
    servers.clear();
    service = {};
    service.node = &node;
    service.real_servers = std::move(servers);
    Reader reader(service);
    if (!reader.read_head()) return false;
    reader.read_body();
    bind_file_checks(service, files);
    return true;
}

}  // namespace lbctl::ast
