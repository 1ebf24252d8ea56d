#include "backend/procfs/connection_filter.h"

#include <algorithm>

#include "backend/ipvsadm/port_name.h"
#include "grammar/base/ascii.h"
#include "grammar/base/number.h"

namespace lbctl::procfs {

namespace {

template <class Number>
std::optional<Number> read_number(std::string_view text, Number most) {
    const auto value = base::whole_number<Number>(text);
    return value && *value <= most ? value : std::nullopt;
}

bool same_bits(const std::array<std::uint8_t, 16>& one, const std::array<std::uint8_t, 16>& other, int bits) {
    std::size_t i = 0;
    for (; bits >= 8; bits -= 8, ++i) {
        if (one[i] != other[i]) return false;
    }
    return bits == 0 || (one[i] ^ other[i]) >> (8 - bits) == 0;
}

bool any_matches(const std::vector<EndpointPattern>& patterns, const Endpoint& endpoint) {
    return patterns.empty() || std::any_of(patterns.begin(), patterns.end(),
                                           [&](const EndpointPattern& pattern) { return pattern.matches(endpoint); });
}

bool any_equals(const std::vector<std::string>& words, std::string_view word) {
    if (words.empty()) return true;
    const auto equal = [word](const std::string& wanted) {
        return wanted.size() == word.size() && std::equal(wanted.begin(), wanted.end(), word.begin(),
                                                          [](char a, char b) { return a == base::upper(b); });
    };
    return std::any_of(words.begin(), words.end(), equal);
}

constexpr int any_address = -1;

}  // namespace

bool EndpointPattern::matches(const Endpoint& endpoint) const {
    if (port && *port != endpoint.port) return false;
    return prefix == any_address ||
           (network.family == endpoint.family && same_bits(network.bytes, endpoint.bytes, prefix));
}

std::optional<EndpointPattern> EndpointPattern::parse(std::string_view text) {
    EndpointPattern pattern;
    if (text.starts_with('[')) {
        const std::size_t close = text.find(']');
        if (close == std::string_view::npos) return std::nullopt;
        const std::string_view behind = text.substr(close + 1);
        if (!behind.empty()) {
            if (behind.front() != ':' || !(pattern.port = ipvsadm::read_port(behind.substr(1)))) return std::nullopt;
        }
        text = text.substr(1, close - 1);
    } else if (const std::size_t colon = text.find(':'); colon != std::string_view::npos && colon == text.rfind(':')) {
        pattern.port = ipvsadm::read_port(text.substr(colon + 1));
        if (!pattern.port) return std::nullopt;
        text = text.substr(0, colon);
        if (text.empty()) {
            pattern.prefix = any_address;
            return pattern;
        }
    }
    const std::size_t slash = text.find('/');
    const auto address = IpAddress::parse(text.substr(0, slash));
    if (!address) return std::nullopt;
    const int most = address->family() == Family::inet ? 32 : 128;
    pattern.prefix = most;
    if (slash != std::string_view::npos) {
        const auto bits = read_number<int>(text.substr(slash + 1), most);
        if (!bits || *bits < 0) return std::nullopt;
        pattern.prefix = *bits;
    }
    pattern.network.family = address->family();
    pattern.network.bytes = address->padded_bytes();
    for (int bit = pattern.prefix; bit < most; ++bit) {
        const unsigned byte = pattern.network.bytes[static_cast<std::size_t>(bit / 8)];
        if ((byte >> (7 - bit % 8) & 1) != 0) return std::nullopt;
    }
    return pattern;
}

bool ConnectionFilter::accepts(const Connection& connection) const {
    return connection.expires >= least_expires && (!family || *family == connection.client.family) &&
           any_equals(states, connection.state) && any_equals(protocols, connection.protocol) &&
           any_matches(services, connection.service) && any_matches(clients, connection.client) &&
           any_matches(real_servers, connection.destination);
}

bool ConnectionFilter::accepts_everything() const {
    return services.empty() && clients.empty() && real_servers.empty() && states.empty() && protocols.empty() &&
           !family && least_expires == 0;
}

}  // namespace lbctl::procfs
