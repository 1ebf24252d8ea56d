#include "backend/emit/gateway.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "grammar/ast/argument_values.h"

namespace lbctl::emit {

namespace {

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
        if (moved.address.family() != server.family() || moved.address == server || ast::is_link_local(moved.address))
            continue;
        const int common = moved.address.common_bits(server);
        const int full = ast::full_length(server.family());
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
