#include "backend/emit/keepalived.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <tuple>

#include "backend/ipvsadm/order.h"
#include "backend/table/names.h"

namespace lbctl::emit {

namespace {

using table::AddressKey;
using table::Destination;
using table::ForwardingMethod;
using table::FwmarkKey;
using table::longest_timeout;
using table::Service;

constexpr table::Timeouts kernel_timeouts{900, 120, 300};
constexpr std::array<std::string_view, 14> schedulers{"rr", "wrr", "lc",  "wlc",   "lblc", "sh", "mh",
                                                      "dh", "fo",  "ovf", "lblcr", "sed",  "nq", "twos"};

bool persists(const Service& service) {
    return service.persistence && service.persistence->timeout != 0;
}

std::uint16_t port_of(const Service& service) {
    const auto* address = std::get_if<AddressKey>(&service.key);
    return address == nullptr ? std::uint16_t{0} : address->port;
}

bool keeps_port(const Destination& destination) {
    return destination.method == ForwardingMethod::nat;
}

/// What follows lb_kind and lvs_method.
std::string method_words(const Destination& destination) {
    if (destination.method == ForwardingMethod::nat) return "NAT";
    if (destination.method != ForwardingMethod::tunnel) return "DR";
    if (destination.tunnel.type == table::TunnelType::ipip) return "TUN";
    return "TUN type " + to_string(destination.tunnel);
}

/// Everything that two services must have in common to stand on one group, but for the servers' ports where keepalived
/// gives them that of the entry.
using GroupKey = std::tuple<std::optional<table::Protocol>, Family, std::string, std::uint32_t, std::uint32_t,
                            std::string, std::string>;

class Writer {
public:
    explicit Writer(const table::Table& table) : table_(table) {}

    KeepalivedText write() {
        write_globals();
        for (const Service* service : ipvsadm::in_ipvsadm_order(table_.services)) {
            if (!can_be_written(*service)) continue;
            const auto key = group_key(*service);
            if (!key) {
                units_.push_back({service});
                continue;
            }
            const auto [place, fresh] = groups_.try_emplace(*key, units_.size());
            if (fresh) units_.emplace_back();
            units_[place->second].push_back(service);
        }
        for (const auto& unit : units_) write_unit(unit);
        return std::move(out_);
    }

private:
    void line(std::size_t depth, std::string_view text) {
        out_.configuration.append(4 * depth, ' ').append(text).append("\n");
    }
    void lose(const Service& service, std::string_view what) {
        out_.losses.push_back(fmt::format("{}: {}", to_string(service.key), what));
    }
    void lose(const Service& service, const Destination& destination, std::string_view what) {
        lose(service, fmt::format("server {}: {}", to_string(destination.key), what));
    }

    void write_globals();
    bool can_be_written(const Service& service);
    void note_losses(const Service& service);
    void note_losses(const Service& service, const Destination& destination);
    static std::optional<GroupKey> group_key(const Service& service);
    void write_unit(const std::vector<const Service*>& unit);
    std::string write_group(const std::vector<const Service*>& unit);
    void write_options(const Service& service, bool in_group);
    void write_server(const Service& service, const Destination& destination, std::string_view kind, bool in_group);

    const table::Table& table_;
    KeepalivedText out_;
    std::map<GroupKey, std::size_t> groups_;
    std::vector<std::vector<const Service*>> units_;
    unsigned group_number_ = 0;
};

void Writer::write_globals() {
    std::vector<std::string> lines;
    const table::Timeouts& timeouts = table_.timeouts;
    if (timeouts != table::Timeouts{} && timeouts != kernel_timeouts) {
        if (std::max({timeouts.tcp, timeouts.tcp_fin, timeouts.udp}) > longest_timeout) {
            out_.losses.emplace_back("timeouts above 31 days");
        } else {
            lines.push_back(
                fmt::format("lvs_timeouts tcp {} tcpfin {} udp {}", timeouts.tcp, timeouts.tcp_fin, timeouts.udp));
        }
    }
    const auto& daemons = table_.daemons;
    if (!daemons.empty()) {
        table::SyncDaemon one = daemons.front();
        const bool alike = daemons.size() == 2 && (one.state = daemons.back().state, one == daemons.back());
        if (alike) {
            std::string words = fmt::format("lvs_sync_daemon {} id {}", one.interface, one.sync_id);
            if (one.max_length != 0) words += fmt::format(" maxlen {}", one.max_length);
            if (one.port != 0) words += fmt::format(" port {}", one.port);
            if (one.ttl != 0) words += fmt::format(" ttl {}", one.ttl);
            if (one.group) words += " group " + one.group->to_string();
            lines.push_back(words);
        } else {
            out_.losses.emplace_back(
                "a sync daemon without one of the other state and the same settings: keepalived starts both, or leaves "
                "them to a vrrp_instance");
        }
    }
    if (lines.empty()) return;
    line(0, "global_defs {");
    for (const std::string& words : lines) line(1, words);
    line(0, "}\n");
}

bool Writer::can_be_written(const Service& service) {
    if (service.destinations.empty()) {
        lose(service, "a service without servers; it is left out");
        return false;
    }
    if (const auto* address = std::get_if<AddressKey>(&service.key)) {
        switch (address->protocol) {
            case table::Protocol::tcp:
            case table::Protocol::udp:
            case table::Protocol::sctp:
                break;
            default:
                lose(service, "a protocol other than TCP, UDP and SCTP; the service is left out");
                return false;
        }
    }
    return true;
}

void Writer::note_losses(const Service& service) {
    const auto* address = std::get_if<AddressKey>(&service.key);
    if (std::find(schedulers.begin(), schedulers.end(), service.scheduler) == schedulers.end()) {
        lose(service, fmt::format("scheduler {}; it becomes wlc", service.scheduler));
    }
    if (!persists(service)) {
        if (address != nullptr && address->port == 0)
            lose(service, "port 0 without persistence; it becomes persistent for 360 s");
        if (service.netmask != table::default_netmask(family_of(service.key)))
            lose(service, "a netmask without persistence");
        if (service.persistence && !service.persistence->engine.empty())
            lose(service, "a persistence engine without persistence");
    } else if (service.persistence->timeout > longest_timeout) {
        lose(service, "persistence above 31 days");
    }
    const bool one_packet = (service.flags & table::service_flag::one_packet) != 0;
    if (one_packet && address != nullptr && address->protocol != table::Protocol::udp) {
        lose(service, "one-packet scheduling of a protocol other than UDP");
    }
    for (const Destination& destination : service.destinations) note_losses(service, destination);
}

void Writer::note_losses(const Service& service, const Destination& destination) {
    if (destination.method == ForwardingMethod::local || destination.method == ForwardingMethod::bypass) {
        lose(service, destination, "forwarding method " + to_string(destination.method) + "; it becomes DR");
    }
    const std::uint16_t port = port_of(service);
    if (!keeps_port(destination) && destination.key.port != port) {
        lose(service, destination, fmt::format("another port than the service's without NAT; it becomes {}", port));
    }
    if (keeps_port(destination) && destination.key.port == 0 && port != 0) {
        lose(service, destination, fmt::format("port 0; it becomes {}", port));
    }
    if (destination.method != ForwardingMethod::tunnel) return;
    const table::Tunnel& tunnel = destination.tunnel;
    const bool ipip =
        tunnel.type == table::TunnelType::ipip && (tunnel.checksum != table::TunnelChecksum::none || tunnel.port != 0);
    const bool gre = tunnel.type == table::TunnelType::gre &&
                     (tunnel.checksum == table::TunnelChecksum::remote_checksum || tunnel.port != 0);
    if (ipip || gre) lose(service, destination, "a port or checksum that its kind of tunnel does not have");
}

std::optional<GroupKey> Writer::group_key(const Service& service) {
    // Groups never apply a granularity, and port 0 makes a whole group persistent.
    if (service.netmask != table::default_netmask(family_of(service.key))) return std::nullopt;
    const auto* address = std::get_if<AddressKey>(&service.key);
    if (address != nullptr && address->port == 0 && !persists(service)) return std::nullopt;
    std::string servers;
    for (const Destination* destination : ipvsadm::in_ipvsadm_order(service.destinations)) {
        const bool keeps = keeps_port(*destination);
        if (!keeps && destination->key.port != port_of(service)) return std::nullopt;
        if (keeps && destination->key.port == 0 && port_of(service) != 0) return std::nullopt;
        servers += fmt::format("{} {} {} {} {} {}\n", destination->key.address.to_string(),
                               keeps ? destination->key.port : 0, method_words(*destination), destination->weight,
                               destination->upper_threshold, destination->lower_threshold);
    }
    return GroupKey{address == nullptr ? std::nullopt : std::optional(address->protocol),
                    family_of(service.key),
                    service.scheduler,
                    service.flags,
                    service.persistence ? service.persistence->timeout : 0,
                    service.persistence ? service.persistence->engine : std::string(),
                    servers};
}

std::string Writer::write_group(const std::vector<const Service*>& unit) {
    std::string name = fmt::format("group_{}", ++group_number_);
    line(0, fmt::format("virtual_server_group {} {{", name));
    for (const Service* service : unit) {
        if (const auto* address = std::get_if<AddressKey>(&service->key)) {
            line(1, fmt::format("{} {}", address->address.to_string(), address->port));
        } else {
            const auto& fwmark = std::get<FwmarkKey>(service->key);
            line(1, fmt::format("fwmark {} {}", fwmark.mark, to_string(fwmark.family)));
        }
    }
    line(0, "}\n");
    return name;
}

void Writer::write_options(const Service& service, bool in_group) {
    const bool known = std::find(schedulers.begin(), schedulers.end(), service.scheduler) != schedulers.end();
    line(1, fmt::format("lb_algo {}", known ? service.scheduler : "wlc"));
    // The words of sh and mh count only after their scheduler.
    if (service.flags != 0) {
        const std::string words = table::flags_text(known ? service.scheduler : "", service.flags);
        for (std::string_view rest = words; !rest.empty();) {
            const std::size_t comma = std::min(rest.find(','), rest.size());
            line(1, rest.substr(0, comma));
            rest.remove_prefix(std::min(comma + 1, rest.size()));
        }
    }
    if (const auto* address = std::get_if<AddressKey>(&service.key)) {
        line(1, fmt::format("protocol {}", to_string(address->protocol)));
    } else if (!in_group) {
        line(1, fmt::format("ip_family {}", to_string(family_of(service.key))));
    }
    if (!persists(service)) return;
    line(1, fmt::format("persistence_timeout {}", std::min(service.persistence->timeout, longest_timeout)));
    const Family family = family_of(service.key);
    if (service.netmask != table::default_netmask(family)) {
        line(1, fmt::format("persistence_granularity {}", table::netmask_text(family, service.netmask)));
    }
    if (!service.persistence->engine.empty())
        line(1, fmt::format("persistence_engine {}", service.persistence->engine));
}

void Writer::write_server(const Service& service, const Destination& destination, std::string_view kind,
                          bool in_group) {
    std::string name = destination.key.address.to_string();
    const bool entry_decides = !keeps_port(destination) && (in_group || std::holds_alternative<FwmarkKey>(service.key));
    if (destination.key.port != 0 && !entry_decides) name += fmt::format(" {}", destination.key.port);
    line(1, fmt::format("real_server {} {{", name));
    line(2, fmt::format("weight {}", destination.weight));
    if (const std::string method = method_words(destination); method != kind)
        line(2, fmt::format("lvs_method {}", method));
    if (destination.upper_threshold != 0) line(2, fmt::format("uthreshold {}", destination.upper_threshold));
    if (destination.lower_threshold != 0) line(2, fmt::format("lthreshold {}", destination.lower_threshold));
    line(1, "}");
}

void Writer::write_unit(const std::vector<const Service*>& unit) {
    const Service& service = *unit.front();
    const bool in_group = unit.size() > 1;
    for (const Service* each : unit) note_losses(*each);
    std::string name;
    if (in_group) {
        name = "group " + write_group(unit);
    } else if (const auto* address = std::get_if<AddressKey>(&service.key)) {
        name = fmt::format("{} {}", address->address.to_string(), address->port);
    } else {
        name = fmt::format("fwmark {}", std::get<FwmarkKey>(service.key).mark);
    }
    line(0, fmt::format("virtual_server {} {{", name));
    write_options(service, in_group);
    const std::string kind = method_words(*ipvsadm::in_ipvsadm_order(service.destinations).front());
    line(1, "lb_kind " + kind);
    for (const Destination* destination : ipvsadm::in_ipvsadm_order(service.destinations)) {
        line(0, "");
        write_server(service, *destination, kind, in_group);
    }
    line(0, "}\n");
}

}  // namespace

KeepalivedText to_keepalived(const table::Table& table) {
    return Writer(table).write();
}

}  // namespace lbctl::emit
