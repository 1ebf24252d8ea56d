#include "backend/emit/gateway.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <optional>

namespace lbctl::emit {

namespace {

/// How many leading bits two addresses of a family share.
int common_bits(const IpAddress& one, const IpAddress& other) {
    int bits = 0;
    for (std::size_t i = 0; i < one.bytes().size(); ++i) {
        const auto difference = static_cast<std::uint8_t>(one.bytes()[i] ^ other.bytes()[i]);
        bits += std::countl_zero(difference);
        if (difference != 0) break;
    }
    return bits;
}

bool is_link_local(const IpAddress& address) {
    return address.family() == Family::inet6 && address.bytes()[0] == 0xfe && (address.bytes()[1] & 0xc0) == 0x80;
}

bool is_served(const Configuration& configuration, const IpAddress& address) {
    return std::ranges::any_of(configuration.wanted.services, [&](const table::WantedService& wanted) {
        const auto* key = std::get_if<table::AddressKey>(&wanted.service.key);
        return key != nullptr && key->address == address;
    });
}

std::optional<Gateway> find_gateway(const Configuration& configuration, const IpAddress& server) {
    std::optional<Gateway> best;
    int best_rank = 0;
    for (const VirtualAddress& moved : virtual_addresses_of(configuration)) {
        if (moved.address.family() != server.family() || moved.address == server || is_link_local(moved.address))
            continue;
        const int common = common_bits(moved.address, server);
        const int full = server.family() == Family::inet ? 32 : 128;
        // Without a length that tells the network, half of the bits have to be the same.
        const int network = moved.prefix < full && moved.prefix > 0 ? moved.prefix : full / 2;
        if (common < network) continue;
        const int rank = common + (is_served(configuration, moved.address) ? 0 : full);
        if (rank <= best_rank) continue;
        best = Gateway{moved.address, table::to_string(moved.place)};
        best_rank = rank;
    }
    return best;
}

}  // namespace

Result<Gateway> gateway_of(const Configuration& configuration, const Choices& choices, const IpAddress& server) {
    if (const std::string_view given = choices.value(gateway_option.name); !given.empty()) {
        const auto address = IpAddress::parse(given);
        if (!address) return failure(fmt::format("--gateway: `{}' is no address", given));
        if (address->family() == server.family()) return Gateway{*address, "--gateway"};
    }
    if (auto found = find_gateway(configuration, server)) return *std::move(found);
    return failure(fmt::format("the real server {} is reached by NAT, and VRRP moves no address beside it that its "
                               "answers could go through",
                               server.to_string()),
                   "name the directors' inside address with --gateway ADDRESS");
}

}  // namespace lbctl::emit
