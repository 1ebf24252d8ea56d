#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "backend/table/table.h"

/// The words that lbctl uses for parts of a table, in messages, in differences and in JSON.
namespace lbctl::table {

/// "TCP", "UDP", "SCTP"; "protocol 47" for what else the kernel may hold.
std::string to_string(Protocol protocol);

/// "TCP 10.0.0.1:80", "FWM 7", "FWM 7 IPv6".
std::string to_string(const ServiceKey& key);

/// "10.0.0.2:80", "[fd00::2]:80".
std::string to_string(const DestinationKey& key);

/// keepalived's words: "NAT", "DR", "TUN"; "LOCAL" and "BYPASS" for the kernel's other two.
std::string to_string(ForwardingMethod method);

/// "ipip", "gue port 6080 csum", "gre nocsum": the options of lvs_method TUN as keepalived.conf words them.
std::string to_string(const Tunnel& tunnel);

/// "255.255.255.0" or "64".
std::string netmask_text(Family family, std::uint32_t netmask);

/// The names of scheduler flags and ops.
std::vector<std::string_view> flag_words(std::string_view scheduler, std::uint32_t flags);

/// The same, comma-separated, "none" without any: "ops,flag-1", "sh-port".
std::string flags_text(std::string_view scheduler, std::uint32_t flags);

/// "360 s", "360 s by engine sip", "off".
std::string to_string(const std::optional<Persistence>& persistence);

/// "master" or "backup".
std::string_view to_string(DaemonState state);

}  // namespace lbctl::table
