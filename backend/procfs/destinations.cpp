#include "backend/procfs/destinations.h"
#include "grammar/base/number.h"

#include <algorithm>
#include <array>

namespace lbctl::procfs {

namespace {

using table::ForwardingMethod;

struct MethodWord {
    std::string_view word;
    ForwardingMethod method;
};

/// ip_vs_fwd_name() of net/netfilter/ipvs/ip_vs_ctl.c.
constexpr std::array<MethodWord, 5> methods{{{"Masq", ForwardingMethod::nat},
                                             {"Local", ForwardingMethod::local},
                                             {"Tunnel", ForwardingMethod::tunnel},
                                             {"Route", ForwardingMethod::direct_routing},
                                             {"Bypass", ForwardingMethod::bypass}}};

struct ProtocolWord {
    std::string_view word;
    table::Protocol protocol;
};

constexpr std::array<ProtocolWord, 3> protocols{
    {{"TCP", table::Protocol::tcp}, {"UDP", table::Protocol::udp}, {"SCTP", table::Protocol::sctp}}};

/// The first word, which is taken off the line together with the blanks before it.
std::string_view take_word(std::string_view& line) {
    line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
    const std::string_view word = line.substr(0, line.find(' '));
    line.remove_prefix(word.size());
    return word;
}

template <class Number>
bool read_number(std::string_view word, int base, Number& number) {
    const auto value = base::whole_number<Number>(word, base);
    if (value) number = *value;
    return value.has_value();
}

/// "0A000001:0050" or "[fd00:0000:0000:0000:0000:0000:0000:0001]:0050", always with all digits.
std::optional<Endpoint> read_endpoint(std::string_view word) {
    constexpr std::size_t ipv4_digits = 8;
    constexpr std::size_t ipv6_width = 39;
    Endpoint endpoint;
    std::string_view port;
    if (word.starts_with('[')) {
        if (word.size() != ipv6_width + 7 || word.substr(ipv6_width + 1, 2) != "]:") return std::nullopt;
        endpoint.family = Family::inet6;
        for (std::size_t group = 0; group < 8; ++group) {
            std::uint16_t value = 0;
            if (!read_number(word.substr(1 + 5 * group, 4), 16, value)) return std::nullopt;
            endpoint.bytes.at(2 * group) = static_cast<std::uint8_t>(value >> 8);
            endpoint.bytes.at(2 * group + 1) = static_cast<std::uint8_t>(value & 0xff);
        }
        port = word.substr(ipv6_width + 3);
    } else {
        std::uint32_t value = 0;
        if (word.size() != ipv4_digits + 5 || word[ipv4_digits] != ':') return std::nullopt;
        if (!read_number(word.substr(0, ipv4_digits), 16, value)) return std::nullopt;
        for (std::size_t i = 0; i < 4; ++i)
            endpoint.bytes.at(i) = static_cast<std::uint8_t>(value >> (24 - 8 * i) & 0xff);
        port = word.substr(ipv4_digits + 1);
    }
    return read_number(port, 16, endpoint.port) ? std::optional(endpoint) : std::nullopt;
}

}  // namespace

std::optional<DestinationRows::Row> DestinationRows::parse_row(std::string_view line) {
    if (take_word(line) != "->") return std::nullopt;
    Row row;
    const auto endpoint = read_endpoint(take_word(line));
    if (!endpoint) return std::nullopt;
    row.endpoint = *endpoint;
    const std::string_view word = take_word(line);
    const auto* method =
        std::find_if(methods.begin(), methods.end(), [word](const MethodWord& one) { return one.word == word; });
    if (method == methods.end()) return std::nullopt;
    row.method = method->method;
    std::int32_t weight = 0;
    if (!read_number(take_word(line), 10, weight)) return std::nullopt;
    row.weight = static_cast<std::uint32_t>(weight);
    for (std::uint32_t* number : {&row.active, &row.inactive}) {
        std::int32_t value = 0;
        if (!read_number(take_word(line), 10, value)) return std::nullopt;
        *number = static_cast<std::uint32_t>(value);
    }
    return take_word(line).empty() ? std::optional(row) : std::nullopt;
}

std::optional<table::ServiceKey> DestinationRows::parse_service(std::string_view line) {
    const std::string_view word = take_word(line);
    const auto* protocol =
        std::find_if(protocols.begin(), protocols.end(), [word](const ProtocolWord& one) { return one.word == word; });
    if (protocol == protocols.end()) return std::nullopt;
    const auto endpoint = read_endpoint(take_word(line));
    if (!endpoint) return std::nullopt;
    return table::AddressKey{protocol->protocol, endpoint->address(), endpoint->port};
}

void DestinationRows::take_line(std::string_view line) {
    if (line.starts_with("  -> ")) {
        if (!in_service_) return;
        if (const auto row = parse_row(line)) {
            rows_.push_back(*row);
            ++services_.back().count;
        } else {
            services_.back().certain = false;
        }
        return;
    }
    const auto key = parse_service(line);
    in_service_ = key.has_value();
    if (key) services_.push_back({*key, rows_.size(), 0, true});
}

Result<DestinationRows> DestinationRows::read(const Source& source) {
    // Memory that is asked for and not touched costs nothing; growing by copies would touch twice as much.
    constexpr std::size_t many_services = 4096;
    constexpr std::size_t many_rows = 65536;
    DestinationRows all;
    all.services_.reserve(many_services);
    all.rows_.reserve(many_rows);
    LineCutter cutter;
    const auto on_line = [&all](const LineCutter::Line& line) { all.take_line(line.text); };
    const auto read = read_text(source, [&](std::string_view piece) {
        cutter.feed(piece, on_line);
        return true;
    });
    if (!read) return tl::make_unexpected(read.error());
    cutter.finish(on_line);
    std::sort(all.services_.begin(), all.services_.end(),
              [](const Service& left, const Service& right) { return left.key < right.key; });
    return all;
}

std::optional<std::vector<table::LiveDestination>> DestinationRows::of(const table::ServiceKey& key) const {
    const auto first =
        std::lower_bound(services_.begin(), services_.end(), key,
                         [](const Service& one, const table::ServiceKey& wanted) { return one.key < wanted; });
    if (first == services_.end() || first->key != key || !first->certain) return std::nullopt;
    if (const auto next = first + 1; next != services_.end() && next->key == key) return std::nullopt;
    std::vector<table::LiveDestination> destinations(first->count);
    for (std::size_t i = 0; i < first->count; ++i) {
        const Row& row = rows_[first->first + i];
        table::LiveDestination& live = destinations[i];
        live.destination.key = {row.endpoint.address(), row.endpoint.port};
        live.destination.method = row.method;
        live.destination.weight = row.weight;
        live.active_connections = row.active;
        live.inactive_connections = row.inactive;
    }
    return destinations;
}

}  // namespace lbctl::procfs
