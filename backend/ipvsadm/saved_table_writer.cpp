#include <fmt/format.h>

#include <string>

#include "backend/ipvsadm/order.h"
#include "backend/ipvsadm/saved_table.h"
#include "backend/table/names.h"
#include "grammar/base/append.h"
#include "grammar/keywords/scheduler_flag.h"

namespace lbctl::ipvsadm {

namespace {

std::string_view checksum_option(table::TunnelChecksum checksum) {
    switch (checksum) {
        case table::TunnelChecksum::checksum:
            return "--tun-csum";
        case table::TunnelChecksum::remote_checksum:
            return "--tun-remcsum";
        case table::TunnelChecksum::none:
            break;
    }
    return "--tun-nocsum";
}

/// What follows -b. ipvsadm has no word for the third flag of sh and mh and prints none; the general words always work.
std::string scheduler_flags(const table::Service& service, SavedForm form) {
    const std::uint32_t flags = service.flags & ~table::service_flag::one_packet;
    if (!keywords::has_own_flags(service.scheduler)) return table::flags_text("", flags);
    if ((flags & table::service_flag::scheduler_3) == 0) return table::flags_text(service.scheduler, flags);
    if (form == SavedForm::complete) return table::flags_text("", flags);
    const std::uint32_t printed = flags & ~table::service_flag::scheduler_3;
    return printed == 0 ? "" : table::flags_text(service.scheduler, printed);
}

void write_key(std::string& text, const table::ServiceKey& key, SavedForm form) {
    if (const auto* fwmark = std::get_if<table::FwmarkKey>(&key)) {
        // ipvsadm prints the mark signed, and cannot read that back.
        const auto mark = form == SavedForm::ipvsadm ? std::int64_t{static_cast<std::int32_t>(fwmark->mark)}
                                                     : std::int64_t{fwmark->mark};
        base::append(text, "-f {}{}", mark, fwmark->family == Family::inet6 ? " -6" : "");
        return;
    }
    const auto& address = std::get<table::AddressKey>(key);
    std::string_view option = "--xxx-service";
    switch (address.protocol) {
        case table::Protocol::tcp:
            option = "-t";
            break;
        case table::Protocol::udp:
            option = "-u";
            break;
        case table::Protocol::sctp:
            option = "--sctp-service";
            break;
    }
    base::append(text, "{} {}", option, with_port(address.address, address.port));
}

void write_service(std::string& text, const table::Service& service, SavedForm form) {
    write_key(text, service.key, form);
    base::append(text, " -s {}", service.scheduler);
    const auto& persistence = service.persistence;
    const bool persistent = table::is_persistent(service);
    if (persistent) base::append(text, " -p {}", persistence->timeout);
    const Family family = table::family_of(service.key);
    if (service.netmask != table::default_netmask(family) && (persistent || form == SavedForm::complete)) {
        base::append(text, " -M {}", table::netmask_text(family, service.netmask));
    }
    if (persistence && !persistence->engine.empty()) base::append(text, " --pe {}", persistence->engine);
    if ((service.flags & table::service_flag::one_packet) != 0) text += " -o";
    if ((service.flags & ~table::service_flag::one_packet) != 0)
        base::append(text, " -b {}", scheduler_flags(service, form));
}

void write_destination(std::string& text, std::string_view service, const table::Destination& destination,
                       SavedForm form) {
    base::append(text, "{} -r {} ", service, with_port(destination.key.address, destination.key.port));
    switch (destination.method) {
        case table::ForwardingMethod::nat:
            text += "-m";
            break;
        case table::ForwardingMethod::tunnel:
            text += "-i";
            break;
        default:
            text += "-g";
    }
    // ipvsadm reads and prints the weight as a signed number.
    base::append(text, " -w {}", static_cast<std::int32_t>(destination.weight));
    if (form == SavedForm::complete) {
        if (destination.upper_threshold != 0) base::append(text, " -x {}", destination.upper_threshold);
        if (destination.lower_threshold != 0) base::append(text, " -y {}", destination.lower_threshold);
    }
    if (destination.method != table::ForwardingMethod::tunnel) return;
    switch (destination.tunnel.type) {
        case table::TunnelType::gue:
            base::append(text, " --tun-type gue --tun-port {} {}", destination.tunnel.port,
                         checksum_option(destination.tunnel.checksum));
            break;
        case table::TunnelType::gre:
            base::append(text, " --tun-type gre {}", checksum_option(destination.tunnel.checksum));
            break;
        default:
            text += " --tun-type ipip";
    }
}

}  // namespace

std::string saved_key(const table::ServiceKey& key, SavedForm form) {
    std::string text;
    write_key(text, key, form);
    return text;
}

std::string saved_service(const table::Service& service, SavedForm form) {
    std::string text;
    write_service(text, service, form);
    return text;
}

std::string saved_destination(const table::ServiceKey& service, const table::Destination& destination, SavedForm form) {
    std::string text;
    write_destination(text, saved_key(service, form), destination, form);
    return text;
}

std::string saved_daemon(const table::SyncDaemon& daemon) {
    std::string text =
        fmt::format("{} --mcast-interface {} --syncid {}", to_string(daemon.state), daemon.interface, daemon.sync_id);
    if (daemon.max_length != 0) text += fmt::format(" --sync-maxlen {}", daemon.max_length);
    if (daemon.group) text += " --mcast-group " + daemon.group->to_string();
    if (daemon.port != 0) text += fmt::format(" --mcast-port {}", daemon.port);
    if (daemon.ttl != 0) text += fmt::format(" --mcast-ttl {}", daemon.ttl);
    return text;
}

std::string to_saved_text(const table::Table& table, SavedForm form) {
    std::string text;
    if (form == SavedForm::complete) {
        if (table.timeouts != table::Timeouts{}) {
            base::append(text, "--set {} {} {}\n", table.timeouts.tcp, table.timeouts.tcp_fin, table.timeouts.udp);
        }
        for (const table::SyncDaemon& daemon : table.daemons)
            base::append(text, "--start-daemon {}\n", saved_daemon(daemon));
    }
    for (const table::Service* service : in_ipvsadm_order(table.services)) {
        text += "-A ";
        write_service(text, *service, form);
        text += '\n';
        const std::string key = saved_key(service->key, form);
        for (const table::Destination* destination : in_ipvsadm_order(service->destinations)) {
            text += "-a ";
            write_destination(text, key, *destination, form);
            text += '\n';
        }
    }
    return text;
}

}  // namespace lbctl::ipvsadm
