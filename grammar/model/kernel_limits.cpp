#include "grammar/model/kernel_limits.h"

#include <algorithm>

#include "grammar/ast/argument_values.h"

namespace lbctl::model {

namespace {

bool all_zero(std::span<const std::uint8_t> bytes) {
    return std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte == 0; });
}

}  // namespace

std::string_view refused_server_address(const IpAddress& address) {
    const auto bytes = address.bytes();
    if (ast::is_multicast(address)) return "a multicast address";
    if (all_zero(bytes)) return "the address of no host";
    if (address.family() == Family::inet) {
        const bool broadcast = std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t byte) { return byte == 255; });
        return broadcast ? "the broadcast address" : "";
    }
    if (ast::is_link_local(address)) return "a link-local address";
    const bool mapped = all_zero(bytes.first(10)) && bytes[10] == 255 && bytes[11] == 255;
    return mapped ? "an IPv4 address in IPv6 form" : "";
}

}  // namespace lbctl::model
