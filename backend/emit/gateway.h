#pragma once

#include <string>

#include "backend/emit/configuration.h"
#include "backend/emit/emitter.h"
#include "grammar/base/address.h"
#include "grammar/base/result.h"

/// Where the answers of real servers behind NAT have to go.
namespace lbctl::emit {

inline constexpr EmitterOption gateway_option{
    .name = "--gateway",
    .value_name = "ADDRESS",
    .what = "the directors' inside address, for NAT; default: one beside the server that VRRP moves",
    .words = {}};

struct Gateway {
    IpAddress address;
    std::string from;  ///< where it was found, as "keepalived.conf:12"
};

/// That of --gateway, or the address that VRRP moves and that lies beside the server. One that is no service's own
/// comes first. A failure when there is none.
Result<Gateway> gateway_of(const Configuration& configuration, const Choices& choices, const IpAddress& server);

}  // namespace lbctl::emit
