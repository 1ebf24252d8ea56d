#include "backend/emit/real_servers.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "backend/emit/add_new.h"
#include "backend/table/names.h"

namespace lbctl::emit {

namespace {

/// Whoever has more runs of addresses on a loopback has another problem.
constexpr std::uint64_t most_virtual_addresses = 256;

/// The addresses of --vip; nothing without it.
Result<std::optional<std::vector<IpAddress>>> given_addresses(const Choices& choices) {
    std::string_view rest = choices.value(vip_option.name);
    if (rest.empty()) return std::nullopt;
    std::vector<IpAddress> addresses;
    while (!rest.empty()) {
        const std::string_view word = rest.substr(0, rest.find(','));
        const auto address = IpAddress::parse(word);
        if (!address) return failure(fmt::format("--vip: `{}' is no address", word));
        add_new(addresses, *address);
        rest.remove_prefix(std::min(word.size() + 1, rest.size()));
    }
    return addresses;
}

/// "direct routing", "a tunnel (ipip)", "NAT"
std::string method_text(const Delivery& delivery) {
    switch (delivery.method) {
        case table::ForwardingMethod::nat:
            return "NAT";
        case table::ForwardingMethod::tunnel:
            return fmt::format("a tunnel ({})", table::to_string(delivery.tunnel));
        default:
            return "direct routing";
    }
}

class Collection {
public:
    Collection(const Configuration& configuration, const Choices& choices)
        : configuration_(configuration), choices_(choices) {}

    Result<std::vector<RealServer>> collect() {
        for (const table::Wanted& state : configuration_.states) {
            for (const table::WantedService& wanted : state.services) {
                if (auto added = add(wanted); !added) return tl::make_unexpected(added.error());
            }
        }
        return std::move(servers_);
    }

private:
    Result<void> add(const table::WantedService& wanted) {
        for (const table::Destination& destination : wanted.service.destinations) {
            Delivery delivery;
            delivery.service = wanted.name;
            delivery.service_place = wanted.place;
            delivery.place = wanted.place_of(destination);
            delivery.method = destination.method;
            delivery.tunnel = destination.tunnel;
            if (delivery.method != table::ForwardingMethod::nat) {
                auto addresses = virtual_addresses_of(configuration_, choices_, wanted);
                if (!addresses) return tl::make_unexpected(addresses.error());
                delivery.virtual_addresses = *std::move(addresses);
            }
            delivery.ports = ports_of(wanted, destination);
            const auto [found, added] = by_address_.emplace(destination.key.address, servers_.size());
            if (added) servers_.push_back({destination.key.address, {}});
            add_new(servers_[found->second].deliveries, delivery);
        }
        return {};
    }

    [[nodiscard]] static std::vector<ServedPort> ports_of(const table::WantedService& wanted,
                                                          const table::Destination& destination) {
        if (const auto* key = std::get_if<table::AddressKey>(&wanted.service.key))
            return {{key->protocol, destination.key.port}};
        std::vector<ServedPort> ports;
        for (const table::MarkedAddresses& run : wanted.marked) add_new(ports, {run.protocol, run.port});
        return ports;
    }

    const Configuration& configuration_;
    const Choices& choices_;
    std::vector<RealServer> servers_;
    std::map<IpAddress, std::size_t> by_address_;
};

}  // namespace

Result<std::vector<IpAddress>> virtual_addresses_of(const Configuration& configuration, const Choices& choices,
                                                    const table::WantedService& wanted) {
    if (const auto* key = std::get_if<table::AddressKey>(&wanted.service.key))
        return std::vector<IpAddress>{key->address};
    const Family family = table::family_of(wanted.service.key);
    std::vector<IpAddress> addresses;
    for (const table::MarkedAddresses& run : wanted.marked) {
        const std::uint64_t distance = run.first.distance_to(run.last).value_or(0);
        if (distance + addresses.size() >= most_virtual_addresses) {
            return failure(
                fmt::format("{} stands for more than {} addresses, which are too many to be set one by "
                            "one on a real server",
                            wanted.name, most_virtual_addresses));
        }
        for (std::uint64_t i = 0; i <= distance; ++i) add_new(addresses, *run.first.advanced(i));
    }
    if (!addresses.empty()) return addresses;
    auto given = given_addresses(choices);
    if (!given) return tl::make_unexpected(given.error());
    if (*given) {
        std::ranges::copy_if(**given, std::back_inserter(addresses),
                             [&](const IpAddress& address) { return address.family() == family; });
    } else {
        for (const VirtualAddress& moved : virtual_addresses_of(configuration)) {
            if (moved.address.family() == family) addresses.push_back(moved.address);
        }
    }
    if (!addresses.empty()) return addresses;
    return failure(fmt::format("{} ({}) finds its packets by a mark, and nothing in the file says which addresses "
                               "are marked; its real servers need them",
                               wanted.name, table::to_string(wanted.place)),
                   "name them with --vip ADDRESS,...");
}

bool RealServer::has(table::ForwardingMethod method) const {
    return std::ranges::any_of(deliveries, [&](const Delivery& delivery) { return delivery.method == method; });
}

std::vector<IpAddress> RealServer::virtual_addresses() const {
    std::vector<IpAddress> addresses;
    for (const Delivery& delivery : deliveries) {
        for (const IpAddress& each : delivery.virtual_addresses) add_new(addresses, each);
    }
    return addresses;
}

std::vector<ServedPort> RealServer::ports() const {
    std::vector<ServedPort> ports;
    for (const Delivery& delivery : deliveries) {
        for (const ServedPort& port : delivery.ports) add_new(ports, port);
    }
    return ports;
}

Result<std::vector<RealServer>> real_servers_of(const Configuration& configuration, const Choices& choices) {
    if (auto given = given_addresses(choices); !given) return tl::make_unexpected(given.error());
    auto servers = Collection(configuration, choices).collect();
    if (!servers) return servers;
    if (servers->empty())
        return failure(fmt::format("{} has no real server, so there is nothing to set up", configuration.name));
    const std::string_view wanted = choices.value(for_option.name);
    if (wanted.empty()) return servers;
    const auto address = IpAddress::parse(wanted);
    if (!address) return failure(fmt::format("--for: `{}' is no address", wanted));
    const auto found = std::ranges::find(*servers, *address, &RealServer::address);
    if (found == servers->end()) {
        std::vector<std::string> known;
        for (const RealServer& server : *servers) known.push_back(server.address.to_string());
        return failure(fmt::format("{} has no real server {}", configuration.name, wanted),
                       fmt::format("it has {}", fmt::join(known, ", ")));
    }
    return std::vector<RealServer>{std::move(*found)};
}

std::vector<std::string> served_lines(const RealServer& server) {
    std::vector<std::string> lines;
    for (const Delivery& delivery : server.deliveries) {
        lines.push_back(fmt::format("{} ({}), by {}; real_server: {}", delivery.service,
                                    table::to_string(delivery.service_place), method_text(delivery),
                                    table::to_string(delivery.place)));
    }
    return lines;
}

Result<std::vector<Document>> for_each_real_server(
    const Configuration& configuration, const Choices& choices, std::string_view ending,
    const std::function<Result<std::string>(const RealServer& server)>& write) {
    const auto servers = real_servers_of(configuration, choices);
    if (!servers) return tl::make_unexpected(servers.error());
    std::vector<Document> documents;
    for (const RealServer& server : *servers) {
        auto text = write(server);
        if (!text) return tl::make_unexpected(text.error());
        const std::string own = server.address.to_string();
        std::string name = fmt::format("real-server-{}{}", own, ending);
        // Not every file system takes colons.
        std::ranges::replace(name, ':', '-');
        documents.push_back({std::move(name), own, *std::move(text)});
    }
    return documents;
}

}  // namespace lbctl::emit
