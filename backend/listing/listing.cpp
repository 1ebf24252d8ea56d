#include "backend/listing/listing.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>

#include "backend/ipvsadm/order.h"
#include "backend/ipvsadm/saved_table.h"
#include "backend/table/names.h"
#include "grammar/base/shown_text.h"
#include "grammar/keywords/scheduler_flag.h"

namespace lbctl::listing {

namespace {

constexpr std::size_t service_width = 33;
constexpr std::size_t destination_width = 28;

/// More than any line takes: names are at most 59 characters, a scheduler 15, an engine 16, five numbers 21 each.
constexpr std::size_t longest_line = 512;

char* put_left(char* out, std::string_view value, std::size_t width) {
    return text::pad_to(out, text::put(out, value), width);
}

char* put_left(char* out, std::uint64_t value, std::size_t width) {
    return text::pad_to(out, text::put_decimal(out, value), width);
}

char* put_right(char* out, std::uint64_t value, std::size_t width) {
    std::array<char, text::longest_decimal> digits{};
    const auto length = static_cast<std::size_t>(text::put_decimal(digits.data(), value) - digits.data());
    for (std::size_t i = length; i < width; ++i) *out++ = ' ';
    return text::put(out, {digits.data(), length});
}

/// Weights and fwmarks are unsigned to the kernel and signed to ipvsadm.
char* put_signed(char* out, std::uint32_t value, std::size_t width) {
    char* end = std::to_chars(out, out + text::longest_decimal, static_cast<std::int32_t>(value)).ptr;
    return text::pad_to(out, end, width);
}

char* put_counter(char* out, std::uint64_t value, bool exact) {
    struct Scale {
        std::uint64_t below;
        std::uint64_t unit;
        char letter;
    };
    constexpr std::array<Scale, 3> scales{
        {{1'000'000'000, 1'000, 'K'}, {100'000'000'000, 1'000'000, 'M'}, {100'000'000'000'000, 1'000'000'000, 'G'}}};
    constexpr std::uint64_t shown_in_full = 100'000'000;
    if (value < shown_in_full) return put_right(out, value, 9);
    if (exact) {
        *out++ = ' ';
        return text::put_decimal(out, value);
    }
    for (const Scale& scale : scales) {
        if (value >= scale.below) continue;
        out = put_right(out, value / scale.unit, 8);
        *out++ = scale.letter;
        return out;
    }
    out = put_right(out, value / 1'000'000'000'000, 8);
    *out++ = 'T';
    return out;
}

std::string_view protocol_word(table::Protocol protocol) {
    switch (protocol) {
        case table::Protocol::tcp:
            return "TCP";
        case table::Protocol::udp:
            return "UDP";
        case table::Protocol::sctp:
            return "SCTP";
    }
    return "?";
}

std::string_view method_word(table::ForwardingMethod method) {
    switch (method) {
        case table::ForwardingMethod::nat:
            return "Masq";
        case table::ForwardingMethod::local:
            return "Local";
        case table::ForwardingMethod::tunnel:
            return "Tunnel";
        case table::ForwardingMethod::direct_routing:
            return "Route";
        case table::ForwardingMethod::bypass:
            break;
    }
    return "(null)";
}

std::string tunnel_word(const table::Destination& destination) {
    if (destination.method != table::ForwardingMethod::tunnel) return "n/a";
    std::string_view checksum = "-c";
    if (destination.tunnel.checksum == table::TunnelChecksum::checksum) checksum = "+c";
    if (destination.tunnel.checksum == table::TunnelChecksum::remote_checksum) checksum = "r+c";
    switch (destination.tunnel.type) {
        case table::TunnelType::ipip:
            return "ipip";
        case table::TunnelType::gue:
            return fmt::format("gue:{}:{}", destination.tunnel.port, checksum);
        case table::TunnelType::gre:
            return fmt::format("gre:{}", checksum);
    }
    return "?";
}

char* put_endpoint(char* out, const IpAddress& address, std::uint16_t port, std::uint16_t protocol, NameCache* names) {
    if (names == nullptr) return text::put_endpoint(out, address.family(), address.padded_bytes(), port);
    return text::put(out, names->endpoint(address, port, protocol));
}

/// ipvsadm cuts names at the column when the address is IPv4, and lets IPv6 push the rest.
char* cut_at(char* begin, char* end, Family family, std::size_t width) {
    const auto length = static_cast<std::size_t>(end - begin);
    return family == Family::inet && length > width ? begin + width : end;
}

char* put_service_name(char* out, const table::LiveService& live, NameCache* names) {
    if (const auto* fwmark = std::get_if<table::FwmarkKey>(&live.service.key)) {
        out = put_signed(text::put(out, "FWM  "), fwmark->mark, 0);
        return fwmark->family == Family::inet6 ? text::put(out, " IPv6") : out;
    }
    const auto& key = std::get<table::AddressKey>(live.service.key);
    char* end = put_left(out, protocol_word(key.protocol), 4);
    *end++ = ' ';
    end = put_endpoint(end, key.address, key.port, name_protocol(live), names);
    return cut_at(out, end, key.address.family(), service_width);
}

/// The names of flags 1 and 2 of sh and mh; their flag 3 has none, and ipvsadm prints nothing for it.
std::string flag_words(const table::Service& service) {
    const std::uint32_t flags = service.flags & ~table::service_flag::one_packet;
    if (!keywords::has_own_flags(service.scheduler)) return table::flags_text("", flags);
    const std::uint32_t named = flags & ~table::service_flag::scheduler_3;
    return named == 0 ? std::string() : table::flags_text(service.scheduler, named);
}

char* put_service_options(char* out, const table::Service& service) {
    *out++ = ' ';
    out = text::put(out, base::shown(service.scheduler));
    if ((service.flags & ~table::service_flag::one_packet) != 0)
        out = text::put(out, fmt::format(" ({})", flag_words(service)));
    if (table::is_persistent(service)) {
        out = text::put_decimal(text::put(out, " persistent "), service.persistence->timeout);
        const Family family = table::family_of(service.key);
        if (service.netmask != table::default_netmask(family))
            out = text::put(text::put(out, " mask "), table::netmask_text(family, service.netmask));
        if (!service.persistence->engine.empty())
            out = text::put(text::put(out, " pe "), base::shown(service.persistence->engine));
    }
    return (service.flags & table::service_flag::one_packet) != 0 ? text::put(out, " ops") : out;
}

char* put_counters(char* out, const std::array<std::uint64_t, 5>& values, bool exact) {
    for (const std::uint64_t value : values) out = put_counter(out, value, exact);
    return out;
}

template <class Numbers>
std::array<std::uint64_t, 5> in_order(const Numbers& numbers) {
    return {numbers.connections, numbers.in_packets, numbers.out_packets, numbers.in_bytes, numbers.out_bytes};
}

std::uint64_t low_half(std::uint64_t value) {
    return value & 0xffffffff;
}

char* put_destination_counters(char* out, const table::Counters& counters, bool exact) {
    auto values = in_order(counters);
    for (std::size_t i = 0; i < 3; ++i) values.at(i) = low_half(values.at(i));
    return put_counters(out, values, exact);
}

char* put_destination_rates(char* out, const table::Rates& rates, bool exact) {
    const auto values = in_order(rates);
    for (std::size_t i = 0; i < 3; ++i) {
        *out++ = ' ';
        out = put_right(out, low_half(values.at(i)), 8);
    }
    return put_counter(put_counter(out, low_half(rates.in_bytes), exact), low_half(rates.out_bytes), exact);
}

char* put_connection_counts(char* out, const table::LiveDestination& live) {
    *out++ = ' ';
    out = put_left(out, live.active_connections, 10);
    *out++ = ' ';
    return put_left(out, live.inactive_connections, 10);
}

char* put_destination(char* out, const table::LiveDestination& live, std::uint16_t protocol,
                      const ListingStyle& style) {
    const table::Destination& destination = live.destination;
    out = text::put(out, "  -> ");
    char* name = out;
    out = put_endpoint(out, destination.key.address, destination.key.port, protocol, style.names);
    out = cut_at(name, out, destination.key.address.family(), destination_width);
    out = text::pad_to(name, out, destination_width);
    switch (style.columns) {
        case ListingColumns::statistics:
            return put_destination_counters(out, live.counters, style.exact);
        case ListingColumns::rates:
            return put_destination_rates(out, live.rates, style.exact);
        case ListingColumns::thresholds:
            *out++ = ' ';
            out = put_left(out, destination.upper_threshold, 10);
            *out++ = ' ';
            out = put_left(out, destination.lower_threshold, 10);
            return put_connection_counts(out, live);
        case ListingColumns::persistence:
            *out++ = ' ';
            out = put_left(out, destination.weight, 9);
            *out++ = ' ';
            out = put_left(out, live.persistent_connections, 11);
            return put_connection_counts(out, live);
        case ListingColumns::tunnels:
        case ListingColumns::plain:
            break;
    }
    *out++ = ' ';
    out = put_left(out, method_word(destination.method), 7);
    if (style.columns == ListingColumns::tunnels) {
        *out++ = ' ';
        out = put_left(out, tunnel_word(destination), 13);
    }
    *out++ = ' ';
    out = put_signed(out, destination.weight, 6);
    return put_connection_counts(out, live);
}

template <class T, class Compare>
std::vector<const T*> pointers_to(const std::vector<T>& values, bool sorted, Compare compare) {
    std::vector<const T*> pointers;
    pointers.reserve(values.size());
    for (const T& value : values) pointers.push_back(&value);
    // qsort for the reason given in ipvsadm_order.cpp.
    if (sorted && !pointers.empty()) std::qsort(pointers.data(), pointers.size(), sizeof(const T*), compare);
    return pointers;
}

/// What the file says of a server: its name there, and its weight where that is another.
std::string note_of(const table::ServiceKey& service, const table::Destination& live, const ListingNotes& notes) {
    if (!notes.knows(service, live.key)) return "not in the file";
    std::string note;
    if (const ListingLabel* label = notes.label(service, live.key)) note = to_string(*label);
    if (const table::Destination* wanted = notes.find(service, live.key);
        wanted != nullptr && wanted->weight != live.weight)
        note += fmt::format("{}weight {} in the file", note.empty() ? "" : ", ", wanted->weight);
    return note;
}

/// "drained by alice since 2026-11-30 11:03, weight 3 before"; empty for a server that is not.
std::string drain_of(const table::ServiceKey& service, const table::Destination& live,
                     const table::DrainedServers& drained) {
    if (drained.empty() || live.weight != 0) return {};
    const auto found = drained.find(table::drained_key(service, live.key));
    if (found == drained.end()) return {};
    const std::string told = to_string(found->second);
    return fmt::format("drained{}{}, weight {} before", told.empty() ? "" : " ", told, found->second.weight);
}

/// What stands after the row of a server.
void write_remarks(text::Output& out, const table::ServiceKey& service, const table::Destination& live,
                   const ListingStyle& style) {
    std::string remark = style.drained == nullptr ? std::string() : drain_of(service, live, *style.drained);
    const std::string note = style.notes == nullptr ? std::string() : note_of(service, live, *style.notes);
    if (!remark.empty() && !note.empty()) remark += ", ";
    remark += note;
    if (!remark.empty()) out.write("  # " + base::shown(remark));
}

/// The columns that the line of a server takes.
std::size_t width_of(ListingColumns columns) {
    constexpr std::size_t name = service_width;
    constexpr std::size_t counts = 2 * 11;
    switch (columns) {
        case ListingColumns::statistics:
        case ListingColumns::rates:
            return name + 5 * 9;
        case ListingColumns::thresholds:
            return name + 2 * 11 + counts;
        case ListingColumns::persistence:
            return name + 10 + 12 + counts;
        case ListingColumns::tunnels:
            return name + 8 + 14 + 7 + counts;
        case ListingColumns::plain:
            break;
    }
    return name + 8 + 7 + counts;
}

/// A server that only the file has: its note stands below those of the others.
void write_missing(text::Output& out, const ListingNotes::Missing& missing, const ListingStyle& style) {
    const ListingLabel* label = style.notes->label(missing.place);
    const std::string name = fmt::format("  -> {}", with_port(missing.key.address, missing.key.port));
    out.write(fmt::format("{:<{}}  # {}{}not in the kernel ({})\n", name, width_of(style.columns),
                          label == nullptr ? "" : base::shown(to_string(*label)), label == nullptr ? "" : ", ",
                          base::shown(to_string(missing.place))));
}

void write_missing(text::Output& out, const table::LiveService& service, const ListingStyle& style) {
    std::vector<table::DestinationKey> present;
    for (const table::LiveDestination& destination : service.destinations)
        present.push_back(destination.destination.key);
    for (const auto& missing : style.notes->missing(service.service.key, present)) write_missing(out, missing, style);
}

}  // namespace

std::uint16_t name_protocol(const table::LiveService& service) {
    return std::holds_alternative<table::FwmarkKey>(service.service.key) ? std::uint16_t{0} : service.raw_protocol;
}

std::vector<const table::LiveService*> listing_order(const std::vector<table::LiveService>& services, bool sorted) {
    return pointers_to(services, sorted, [](const void* left, const void* right) {
        return ipvsadm::compare_as_ipvsadm((*static_cast<const table::LiveService* const*>(left))->service,
                                           (*static_cast<const table::LiveService* const*>(right))->service);
    });
}

std::vector<const table::LiveDestination*> listing_order(const std::vector<table::LiveDestination>& destinations,
                                                         bool sorted) {
    return pointers_to(destinations, sorted, [](const void* left, const void* right) {
        return ipvsadm::compare_as_ipvsadm((*static_cast<const table::LiveDestination* const*>(left))->destination,
                                           (*static_cast<const table::LiveDestination* const*>(right))->destination);
    });
}

std::string listing_version(const table::KernelInfo& info) {
    return fmt::format("IP Virtual Server version {}.{}.{} (size={})\n", info.version >> 16 & 0xff,
                       info.version >> 8 & 0xff, info.version & 0xff, info.connection_table_size);
}

std::string listing_title(const ListingStyle& style) {
    constexpr std::string_view name = "Prot LocalAddress:Port";
    constexpr std::string_view remote = "  -> RemoteAddress:Port";
    switch (style.columns) {
        case ListingColumns::statistics:
            return fmt::format("{:<33} {:>8} {:>8} {:>8} {:>8} {:>8}\n{}\n", name, "Conns", "InPkts", "OutPkts",
                               "InBytes", "OutBytes", remote);
        case ListingColumns::rates:
            return fmt::format("{:<33} {:>8} {:>8} {:>8} {:>8} {:>8}\n{}\n", name, "CPS", "InPPS", "OutPPS", "InBPS",
                               "OutBPS", remote);
        case ListingColumns::thresholds:
            return fmt::format("{:<33} {:<10} {:<10} {:<10} {:<10}\n{}\n", name, "Uthreshold", "Lthreshold",
                               "ActiveConn", "InActConn", remote);
        case ListingColumns::persistence:
            return fmt::format("{:<33} {:<9} {:<11} {:<10} {:<10}\n{}\n", name, "Weight", "PersistConn", "ActiveConn",
                               "InActConn", remote);
        case ListingColumns::tunnels:
            return fmt::format("{} Scheduler Flags\n{:<33} Forward {:<13} Weight ActiveConn InActConn\n", name, remote,
                               "TunnelInfo");
        case ListingColumns::plain:
            break;
    }
    return fmt::format("{} Scheduler Flags\n{:<33} Forward Weight ActiveConn InActConn\n", name, remote);
}

void write_listing(text::Output& out, const table::LiveService& service, const ListingStyle& style) {
    char* begin = out.room(longest_line);
    char* at = put_service_name(begin, service, style.names);
    switch (style.columns) {
        case ListingColumns::statistics:
            at = put_counters(text::pad_to(begin, at, service_width), in_order(service.counters), style.exact);
            break;
        case ListingColumns::rates:
            at = put_counters(text::pad_to(begin, at, service_width), in_order(service.rates), style.exact);
            break;
        default:
            at = put_service_options(at, service.service);
    }
    out.advance(at);
    if (style.notes != nullptr) out.write("  # " + base::shown(style.notes->about(service.service.key)));
    out.write("\n");
    const std::uint16_t protocol = name_protocol(service);
    for (const table::LiveDestination* destination : listing_order(service.destinations, style.sorted)) {
        out.advance(put_destination(out.room(longest_line), *destination, protocol, style));
        write_remarks(out, service.service.key, destination->destination, style);
        out.write("\n");
    }
    if (style.notes != nullptr) write_missing(out, service, style);
}

void write_listing(text::Output& out, const table::LiveTable& live, const ListingStyle& style) {
    out.write(listing_version(live.info));
    out.write(listing_title(style));
    for (const table::LiveService* service : listing_order(live.services, style.sorted))
        write_listing(out, *service, style);
    if (style.notes != nullptr) write_missing_services(out, live, style);
}

void write_missing_services(text::Output& out, const table::LiveTable& live, const ListingStyle& style) {
    const ListingNotes& notes = *style.notes;
    for (const table::WantedService& wanted : notes.services()) {
        const table::ServiceKey& key = wanted.service.key;
        const bool present =
            std::any_of(live.services.begin(), live.services.end(),
                        [&key](const table::LiveService& service) { return service.service.key == key; });
        if (present) continue;
        table::LiveService missing;
        missing.service.key = key;
        out.advance(put_service_name(out.room(longest_line), missing, nullptr));
        out.write(fmt::format("  # {}, not in the kernel\n", base::shown(notes.about(key))));
        write_missing(out, missing, style);
    }
}

std::string listing_timeouts(const table::Timeouts& timeouts) {
    return fmt::format("Timeout (tcp tcpfin udp): {} {} {}\n", timeouts.tcp, timeouts.tcp_fin, timeouts.udp);
}

std::string listing_daemons(const std::vector<table::SyncDaemon>& daemons) {
    std::string lines;
    for (const table::SyncDaemon& daemon : daemons) {
        lines += fmt::format("{} sync daemon (mcast={}, syncid={}", to_string(daemon.state),
                             base::shown(daemon.interface), daemon.sync_id);
        if (daemon.max_length != 0) lines += fmt::format(", maxlen={}", daemon.max_length);
        if (daemon.group) lines += fmt::format(", group={}", daemon.group->to_string());
        if (daemon.port != 0) lines += fmt::format(", port={}", daemon.port);
        if (daemon.ttl != 0) lines += fmt::format(", ttl={}", daemon.ttl);
        lines += ")\n";
    }
    return lines;
}

std::string listing_rules(const table::LiveTable& live, NameCache* names) {
    if (names == nullptr) return ipvsadm::to_saved_text(table::configuration_of(live), ipvsadm::SavedForm::ipvsadm);
    std::string rules;
    for (const table::LiveService* service : listing_order(live.services, true)) {
        const std::string numeric_key = ipvsadm::saved_key(service->service.key, ipvsadm::SavedForm::ipvsadm);
        std::string key = numeric_key;
        if (const auto* address = std::get_if<table::AddressKey>(&service->service.key)) {
            // The option stays, what follows its blank becomes a name.
            key.resize(key.find(' ') + 1);
            key += names->endpoint(address->address, address->port, name_protocol(*service));
        }
        rules += "-A " + key +
                 ipvsadm::saved_service(service->service, ipvsadm::SavedForm::ipvsadm).substr(numeric_key.size()) +
                 "\n";
        for (const table::LiveDestination* live_destination : listing_order(service->destinations, true)) {
            const table::Destination& destination = live_destination->destination;
            const std::size_t prefix =
                numeric_key.size() + 4 + with_port(destination.key.address, destination.key.port).size();
            rules += "-a " + key + " -r " +
                     names->endpoint(destination.key.address, destination.key.port, name_protocol(*service)) +
                     ipvsadm::saved_destination(service->service.key, destination, ipvsadm::SavedForm::ipvsadm)
                         .substr(prefix) +
                     "\n";
        }
    }
    return rules;
}

}  // namespace lbctl::listing
