#include "cli/name_pattern.h"

#include <fnmatch.h>

#include <optional>
#include <string_view>

#include "backend/ipvsadm/port_name.h"
#include "backend/table/names.h"

namespace lbctl::cli {

/// Of what fnmatch(3) knows only * and ? count: brackets are those of IPv6 addresses.
bool matches(const std::string& pattern, const std::string& text) {
    std::string plain;
    for (const char c : pattern) c == '[' ? plain.append("[[]") : plain.append(1, c);
    return ::fnmatch(plain.c_str(), text.c_str(), FNM_NOESCAPE | FNM_CASEFOLD) == 0;
}

namespace {

/// The address in the pattern as lbctl writes it, for there are many ways to write one of IPv6; else the pattern.
std::string in_short(const std::string& pattern) {
    if (const auto address = IpAddress::parse(pattern)) return address->to_string();
    // Brackets are for a port after them, and are often written without one.
    if (pattern.starts_with('[') && pattern.ends_with(']')) return in_short(pattern.substr(1, pattern.size() - 2));
    const std::size_t open = pattern.find('[');
    const std::size_t close = pattern.find(']');
    if (open == std::string::npos || close == std::string::npos || close < open) return pattern;
    const auto address = IpAddress::parse(pattern.substr(open + 1, close - open - 1));
    if (!address) return pattern;
    return pattern.substr(0, open + 1) + address->to_string() + pattern.substr(close);
}

/// With the number of the port where its name stands after the last colon ("10.0.8.9:http", "UDP 10.0.8.9:domain").
std::string with_port_number(const std::string& pattern) {
    const std::size_t colon = pattern.rfind(':');
    if (colon == std::string::npos || IpAddress::parse(pattern)) return pattern;
    std::optional<table::Protocol> protocol;
    for (const auto each : {table::Protocol::tcp, table::Protocol::udp, table::Protocol::sctp}) {
        if (matches(to_string(each) + " *", pattern)) protocol = each;
    }
    const auto port = lbctl::ipvsadm::read_port(std::string_view(pattern).substr(colon + 1), protocol);
    return port ? pattern.substr(0, colon + 1) + std::to_string(*port) : pattern;
}

}  // namespace

std::string name_pattern(const std::string& word) {
    return in_short(with_port_number(word));
}

bool names(const std::string& pattern, const table::DestinationKey& key) {
    return matches(pattern, to_string(key)) || matches(pattern, key.address.to_string());
}

bool names(const std::string& pattern, const table::ServiceKey& key) {
    if (matches(pattern, to_string(key))) return true;
    if (const auto* fwmark = std::get_if<table::FwmarkKey>(&key)) return matches(pattern, std::to_string(fwmark->mark));
    const auto& address = std::get<table::AddressKey>(key);
    return matches(pattern, with_port(address.address, address.port)) || matches(pattern, address.address.to_string());
}

}  // namespace lbctl::cli
