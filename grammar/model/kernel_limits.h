#pragma once

#include <cstdint>
#include <string_view>

#include "grammar/base/address.h"

/// What the kernel's IPVS refuses although keepalived takes it (net/netfilter/ipvs/ip_vs_ctl.c).
namespace lbctl::model {

/// Why the kernel takes no real server with this address ("a multicast address"); empty when it does.
std::string_view refused_server_address(const IpAddress& address);

/// The kernel wants the lower threshold at or below the upper one, also when that is 0.
constexpr bool refused_thresholds(std::uint32_t lower, std::uint32_t upper) {
    return lower > upper;
}

/// The kernel has one persistence engine.
constexpr bool known_persistence_engine(std::string_view name) {
    return name == "sip";
}

}  // namespace lbctl::model
